#include "judge/reports.h"

#include "support/buf.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES_KEPT 30

/* One line at a time, without its end. */
struct reading {
    struct tool_reports *all;
    const char *tool;        /* whose leaks come, after a headline; NULL */
    struct tool_report *now; /* frames that come belong to it; NULL: to none */
};

static void begin(struct reading *r, const char *tool, bool leak, const char *what,
                  const char *line)
{
    struct tool_reports *all = r->all;

    all->list = mem_grow(all->list, all->n + 1, sizeof(*all->list));
    r->now = &all->list[all->n++];
    *r->now = (struct tool_report){
        .tool = tool, .leak = leak, .what = mem_strdup(what), .line = mem_strdup(line)};
}

/* ------------------------------------------------------------------------------- sanitizers */

static const char *sanitizer_name(const char *at)
{
    static const char *const names[] = {"AddressSanitizer", "LeakSanitizer", "ThreadSanitizer",
                                        "MemorySanitizer", "HWAddressSanitizer"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strncmp(at, names[i], strlen(names[i])) == 0)
            return names[i];
    }
    return NULL;
}

/* "heap-use-after-free on address 0x60.." is "heap-use-after-free"; addresses and process numbers
 * differ from run to run. */
static char *error_words(const char *after)
{
    static const char *const ends[] = {" on ", " (", " 0x", " in thread", ":"};
    size_t len;

    after += strspn(after, ": ");
    len = strlen(after);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        const char *at = strstr(after, ends[i]);
        if (at != NULL && at > after && (size_t)(at - after) < len)
            len = (size_t)(at - after);
    }
    return mem_strndup(after, len);
}

/* ==12==ERROR: NAME: what ..., WARNING: NAME: what ... */
static bool read_headline(struct reading *r, const char *line)
{
    const char *at = strstr(line, "==ERROR: "), *name;
    char *what;

    if (at != NULL)
        at += strlen("==ERROR: ");
    else if ((at = strstr(line, "WARNING: ")) != NULL)
        at += strlen("WARNING: ");
    name = at != NULL ? sanitizer_name(at) : NULL;
    if (name == NULL)
        return false;
    r->now = NULL;
    r->tool = name;
    at += strlen(name);
    if (strstr(at, "detected memory leaks") != NULL)
        return true; /* each of them follows */
    what = error_words(at);
    begin(r, name, false, what, line);
    free(what);
    return true;
}

/* FILE:LINE:COLUMN: runtime error: ...; other languages use the words alone. */
static bool read_undefined(struct reading *r, const char *line)
{
    const char *at = strstr(line, ": runtime error: ");
    char *place, *what;

    if (at == NULL || at == line || !isdigit((unsigned char)at[-1]))
        return false;
    what = error_words(at + strlen(": runtime error: "));
    begin(r, "UndefinedBehaviorSanitizer", false, what, line);
    place = mem_strndup(line, (size_t)(at - line));
    r->now->stack = mem_alloc(sizeof(char *));
    r->now->stack[r->now->stack_n++] = place;
    free(what);
    return true;
}

/* Direct leak of 102 byte(s) in 1 object(s) allocated from: What a lost block alone led to is lost
 * through it: that is no second cause. */
static bool read_sanitizer_leak(struct reading *r, const char *line)
{
    uint64_t bytes, blocks;
    bool direct = strncmp(line, "Direct leak of ", 15) == 0;

    if (!direct && strncmp(line, "Indirect leak of ", 17) != 0)
        return false;
    r->now = NULL;
    if (direct &&
        sscanf(line, "Direct leak of %" SCNu64 " byte(s) in %" SCNu64, &bytes, &blocks) == 2) {
        begin(r, r->tool != NULL ? r->tool : "LeakSanitizer", true, "leak", line);
        r->now->bytes = bytes;
        r->now->blocks = blocks;
    }
    return true;
}

/* --------------------------------------------------------------------------------- valgrind */

/* The text after "==12== ", or NULL. */
static const char *valgrind_text(const char *line)
{
    size_t digits = strncmp(line, "==", 2) == 0 ? strspn(line + 2, "0123456789") : 0;

    if (digits == 0 || strncmp(line + 2 + digits, "==", 2) != 0)
        return NULL;
    line += digits + 4;
    return line[0] == ' ' ? line + 1 : line[0] == '\0' ? line : NULL;
}

static uint64_t number(const char *text)
{
    uint64_t n = 0;

    for (; isdigit((unsigned char)*text) || *text == ','; text++)
        n = *text == ',' ? n : 10 * n + (uint64_t)(*text - '0');
    return n;
}

/* 1,024 (24 direct, 1,000 indirect) bytes in 1 blocks are definitely lost in loss record 3 of 4 */
static bool read_valgrind_leak(struct reading *r, const char *text)
{
    const char *in = strstr(text, " bytes in ");

    if (!isdigit((unsigned char)text[0]) || in == NULL || strstr(text, " in loss record") == NULL)
        return false;
    r->now = NULL;
    if (strstr(text, "definitely lost") != NULL) {
        begin(r, "valgrind", true, "leak", text);
        r->now->bytes = number(text);
        r->now->blocks = number(in + strlen(" bytes in "));
    }
    return true;
}

static bool read_valgrind_error(struct reading *r, const char *text)
{
    static const char *const begins[] = {"Invalid read",
                                         "Invalid write",
                                         "Invalid free()",
                                         "Mismatched free()",
                                         "Conditional jump or move depends",
                                         "Use of uninitialised value",
                                         "Source and destination overlap",
                                         "Jump to the invalid address"};

    for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
        if (strncmp(text, begins[i], strlen(begins[i])) == 0) {
            begin(r, "valgrind", false, text, text);
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------------------------ frames */

static void add_frame(struct tool_report *one, const char *function, size_t len, const char *place)
{
    static const char wrapper[] = "__interceptor_"; /* the tool's own, around the real one */

    if (one->stack_n >= FRAMES_KEPT)
        return;
    if (len > sizeof(wrapper) && strncmp(function, wrapper, sizeof(wrapper) - 1) == 0) {
        function += sizeof(wrapper) - 1;
        len -= sizeof(wrapper) - 1;
        place = NULL;
    }
    one->stack = mem_grow(one->stack, one->stack_n + 1, sizeof(*one->stack));
    one->stack[one->stack_n++] = place != NULL && place[0] != '\0'
                                     ? mem_printf("%.*s (%s)", (int)len, function, place)
                                     : mem_strndup(function, len);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/*     #1 0x557f in make /tmp/leak.c:8        #2 0x7f in main (/bin/x+0x12)
 * ThreadSanitizer:     #0 make /tmp/x.c:8 (x+0x12) */
static bool read_sanitizer_frame(struct reading *r, const char *line)
{
    const char *at = line + strspn(line, " "), *space, *place;
    size_t len;

    if (at == line || at[0] != '#' || !isdigit((unsigned char)at[1]))
        return false;
    at += 1 + strspn(at + 1, "0123456789");
    at += strspn(at, " ");
    if (strncmp(at, "0x", 2) == 0) {
        const char *in = strstr(at, " in ");
        at = in != NULL ? in + 4 : at;
    }
    space = strchr(at, ' ');
    len = space != NULL ? (size_t)(space - at) : strlen(at);
    place = space != NULL ? space + 1 : "";
    if (r->now != NULL && place[0] == '(')
        add_frame(r->now, at, len, NULL);
    else if (r->now != NULL) {
        char *file = mem_strndup(base_name(place), strcspn(base_name(place), " "));
        add_frame(r->now, at, len, file);
        free(file);
    }
    return true;
}

/*    at 0x48417B4: malloc (in /usr/libexec/...)       by 0x1091B6: make (leak.c:8) */
static bool read_valgrind_frame(struct reading *r, const char *text)
{
    const char *at = text + strspn(text, " "), *colon, *open;
    char *place = NULL;

    if (at == text || (strncmp(at, "at 0x", 5) != 0 && strncmp(at, "by 0x", 5) != 0) ||
        (colon = strstr(at, ": ")) == NULL)
        return false;
    at = colon + 2;
    open = strstr(at, " (");
    if (open != NULL && strncmp(open, " (in ", 5) != 0)
        place = mem_strndup(open + 2, strcspn(open + 2, ")"));
    if (r->now != NULL)
        add_frame(r->now, at, open != NULL ? (size_t)(open - at) : strlen(at), place);
    free(place);
    return true;
}

/* ------------------------------------------------------------------------------------- lines */

static void read_line(struct reading *r, const char *line)
{
    const char *text = valgrind_text(line);

    if (strstr(line, "LeakSanitizer has encountered a fatal error") != NULL)
        r->all->cannot = true;
    if (read_sanitizer_frame(r, line) || read_headline(r, line) || read_undefined(r, line) ||
        read_sanitizer_leak(r, line))
        return;
    if (text != NULL && (read_valgrind_frame(r, text) || read_valgrind_leak(r, text) ||
                         read_valgrind_error(r, text)))
        return;
    /* The first stack is where it happened; what follows tells of the block, or of other threads.
     */
    if (r->now != NULL && r->now->stack_n != 0)
        r->now = NULL;
}

/* Most output has none of the words: it isn't copied for nothing. */
static bool may_tell(const char *text, size_t len)
{
    return memmem(text, len, "Sanitizer", 9) != NULL ||
           memmem(text, len, "runtime error", 13) != NULL || memmem(text, len, "== ", 3) != NULL;
}

void tool_reports_read(struct tool_reports *all, const char *text, size_t len)
{
    struct reading r = {.all = all};
    const char *end = text + len;

    if (len == 0 || !may_tell(text, len))
        return;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t n = (size_t)((newline != NULL ? newline : end) - text);
        char *line = mem_strndup(text, n > 0 && text[n - 1] == '\r' ? n - 1 : n);

        read_line(&r, line);
        free(line);
        text += n + 1;
    }
}

void tool_reports_free(struct tool_reports *all)
{
    for (size_t i = 0; i < all->n; i++) {
        struct tool_report *one = &all->list[i];

        for (size_t k = 0; k < one->stack_n; k++)
            free(one->stack[k]);
        free(one->stack);
        free(one->what);
        free(one->line);
    }
    free(all->list);
    *all = (struct tool_reports){0};
}

/* Of the tool, or of the allocator: they are at the top of every stack. */
static bool is_common(const char *frame)
{
    static const char *const begins[] = {
        "__sanitizer", "operator new", "malloc", "calloc", "realloc",        "free",
        "strdup",      "memcpy",       "memset", "__asan", "posix_memalign", "aligned_alloc"};

    for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
        if (strncmp(frame, begins[i], strlen(begins[i])) == 0)
            return true;
    }
    return false;
}

char *tool_report_function(const struct tool_report *one)
{
    for (size_t i = 0; i < one->stack_n; i++) {
        if (!is_common(one->stack[i]))
            return mem_strndup(one->stack[i], strcspn(one->stack[i], " "));
    }
    return mem_strdup("?");
}

char *tool_report_stack(const struct tool_report *one, size_t most)
{
    struct buf b = {0};

    for (size_t i = 0; i < one->stack_n && i < most; i++)
        buf_addf(&b, "%s%.120s", i == 0 ? "" : " < ", one->stack[i]);
    if (b.len == 0)
        buf_adds(&b, "(no stack)");
    return buf_take(&b);
}
