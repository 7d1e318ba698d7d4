#include "scenario/suggest.h"

#include <ctype.h>
#include <string.h>

#define WORD_MAX 40 /* longer words are not misspelt keys */

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Edits between two words; two neighbours swapped count as one edit (Damerau), letter case as none.
 */
static unsigned edits(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned d[WORD_MAX + 1][WORD_MAX + 1];

    for (unsigned i = 0; i <= a_len; i++)
        d[i][0] = i;
    for (unsigned j = 0; j <= b_len; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        for (size_t j = 1; j <= b_len; j++) {
            int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (x != y));
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
                tolower((unsigned char)a[i - 2]) == y)
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[a_len][b_len];
}

struct suggestion suggest_for(const char *typed)
{
    /* A third of the letters may be wrong: `evnt` still means `event`; `xy` means nothing. */
    size_t len = strlen(typed);
    unsigned near = len < 3 ? (unsigned)len / 2 : (unsigned)(len + 2) / 3;

    return (struct suggestion){.typed = typed, .distance = near + 1};
}

void suggest_try(struct suggestion *s, const char *candidate)
{
    size_t len = strlen(s->typed), other = strlen(candidate);
    unsigned distance;

    if (len == 0 || len > WORD_MAX || other > WORD_MAX)
        return;
    distance = edits(s->typed, len, candidate, other);
    if (distance < s->distance) {
        s->distance = distance;
        s->word = candidate;
    }
}
