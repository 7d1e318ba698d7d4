#include "support/subject.h"

#include "support/buf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------- of one name alone */

/* `under`: there may be underscores in it, as Python has them. */
static bool random_looking(const char *text, size_t len, bool under)
{
    bool digit = false, upper = false, lower = false;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (!isalnum(c) && !(under && c == '_'))
            return false;
        digit |= isdigit(c) != 0;
        upper |= isupper(c) != 0;
        lower |= islower(c) != 0;
    }
    return digit + upper + lower >= 2;
}

/* Of one part of a path. `any`: also six characters after anything, as in sedXXXXXX. */
static void mask_random(char *name, size_t len, bool any)
{
    static const size_t tails[] = {10, 8, 6};

    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        size_t tail = tails[i];
        bool python = len == tail + 3 && tail == 8 && strncmp(name, "tmp", 3) == 0;
        bool begins = (tail == 6 && any) || python || (len > tail && name[len - tail - 1] == '.');
        if (len >= tail && begins && random_looking(name + len - tail, tail, python)) {
            memset(name + len - tail, 'X', tail);
            break;
        }
    }
}

/* mktemp(1) takes ten characters after a dot, Python eight after "tmp", also for folders; gcc six
 * after "cc", and a suffix. */
char *subject_of(const char *path)
{
    char *subject = mem_strdup(path), *part = subject;

    for (;;) {
        size_t len = strcspn(part, "/"), stem = strcspn(part, "./");
        bool last = part[len] == '\0';

        if (last && stem == 8 && stem < len && strncmp(part, "cc", 2) == 0)
            mask_random(part, stem, true);
        mask_random(part, len, last);
        if (last)
            return subject;
        part += len + 1;
    }
}

/* ------------------------------------------------------------------------------- of two names */

#define MASK 6 /* at least so many X */
#define DIFFERENT                                                                                  \
    4 /* fewer letters that differ are no name drawn by chance: they are f1 and f2                 \
       */

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

enum letter { DIGIT, UPPER, LOWER, OTHER };

static enum letter letter_of(char c)
{
    if (isdigit((unsigned char)c))
        return DIGIT;
    if (isupper((unsigned char)c))
        return UPPER;
    return islower((unsigned char)c) ? LOWER : OTHER;
}

/* How often it goes from capitals to digits and the like, but for what words do: a capital at the
 * start, a number at the end. */
static size_t turns(const char *text, size_t len)
{
    size_t n = 0, digits = 0;

    while (digits < len && letter_of(text[len - 1 - digits]) == DIGIT)
        digits++;
    len -= digits < len ? digits : 0;
    for (size_t i = 1; i < len; i++)
        n += letter_of(text[i]) != letter_of(text[i - 1]) &&
             !(i == 1 && letter_of(text[0]) == UPPER && letter_of(text[1]) == LOWER);
    return n;
}

/* The mask in a word, if it has one. */
static size_t mask_of(const char *word, size_t len, size_t *at)
{
    for (size_t i = 0; i + MASK <= len; i++) {
        size_t n = strspn(word + i, "X");
        n = n < len - i ? n : len - i;
        if (n >= MASK) {
            *at = i;
            return n;
        }
    }
    return 0;
}

struct word {
    const char *text;
    size_t len;
};

/* Process ids have no fewer digits for long; and "f10" is no process's file. */
#define DIGITS 4

/* A number that may be a process id, alone in its word ("lock.312") or long enough. */
static bool is_pid(struct word w, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (letter_of(w.text[i]) != DIGIT)
            return false;
    }
    return to - from >= (to - from == w.len ? DIGITS - 1 : DIGITS) && w.text[from] != '0';
}

/* They differ in one number, from `first` to where `tail` characters are left. */
static bool numbers_same(struct word a, struct word b, size_t first, size_t tail)
{
    while (first > 0 && letter_of(a.text[first - 1]) == DIGIT)
        first--;
    while (tail > 0 && letter_of(a.text[a.len - tail]) == DIGIT)
        tail--;
    return is_pid(a, first, a.len - tail) && is_pid(b, first, b.len - tail);
}

/* `path`: they are of a file name. */
static bool words_same(struct word a, struct word b, bool path)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    size_t first = 0, tail = 0, equal = 0, at = 0, last, n;

    while (first < shorter && a.text[first] == b.text[first])
        first++;
    if (first == a.len && first == b.len)
        return true;
    while (tail < shorter - first && a.text[a.len - 1 - tail] == b.text[b.len - 1 - tail])
        tail++;
    if (path && numbers_same(a, b, first, tail))
        return true;
    if (a.len != b.len)
        return false;
    last = a.len - tail;
    if ((n = mask_of(a.text, a.len, &at)) != 0 || (n = mask_of(b.text, b.len, &at)) != 0)
        return first >= at && last <= at + n;
    for (size_t i = first; i < last; i++)
        equal += a.text[i] == b.text[i];
    n = last - first;
    return n >= DIFFERENT && equal <= n / DIFFERENT &&
           turns(a.text + first, n) + turns(b.text + first, n) >= 2;
}

static struct word word_at(const char *text)
{
    struct word w = {.text = text};

    while (in_word(text[w.len]))
        w.len++;
    return w;
}

bool subjects_same(const char *a, const char *b)
{
    bool path = false; /* an exit code, an argument are no process ids */

    for (;;) {
        struct word mine = word_at(a), its = word_at(b);

        if (!words_same(mine, its, path))
            return false;
        a += mine.len;
        b += its.len;
        if (*a != *b)
            return false;
        if (*a == '\0')
            return true;
        path = *a == '/' || (path && *a != ' ');
        a++;
        b++;
    }
}
