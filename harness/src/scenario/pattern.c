#include "scenario/pattern.h"

#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX  50     /* groups in groups */
#define SIZE_LIMIT 20000u /* single-character matchers after all repetition is written out */
#define LENGTH_MAX 2000

/* The end of the bracket expression that begins at p (which is '['): past its ']'. */
static const char *bracket_end(const char *p)
{
    p++;
    if (*p == '^')
        p++;
    if (*p == ']')
        p++;
    while (*p != '\0' && *p != ']') {
        if (*p == '[' && (p[1] == ':' || p[1] == '.' || p[1] == '=')) {
            const char stop[] = {p[1], ']', '\0'};
            const char *end = strstr(p + 2, stop);
            if (end == NULL)
                return p + strlen(p);
            p = end + 2;
        } else {
            p++;
        }
    }
    return *p == ']' ? p + 1 : p;
}

/* The copies that `{n,m}` at p stands for; *end is past its '}', or p itself when it is not one. */
static unsigned long bound_copies(const char *p, const char **end)
{
    char *after;
    unsigned long low, high;

    *end = p;
    if (!isdigit((unsigned char)p[1]) && p[1] != ',')
        return 1;
    low = high = strtoul(p + 1, &after, 10);
    if (*after == ',') {
        high = low + 1; /* `{n,}`: n copies, and one more that is starred */
        if (isdigit((unsigned char)after[1]))
            high = strtoul(after + 1, &after, 10);
        else
            after++;
    }
    if (*after == '}')
        *end = after + 1;
    return high > low ? high : low;
}

/* Whether the expression stays within the bounds with all its repetition written out. */
static bool small_enough(const char *p)
{
    unsigned long total[DEPTH_MAX + 1] = {0}; /* a group's size without its last atom */
    unsigned long atom[DEPTH_MAX + 1] = {0};  /* the last atom's size: what `+` or `{n}` copies */
    size_t depth = 0;

    while (*p != '\0') {
        unsigned long times = 0, size = 0;
        const char *next = p + 1;

        if (*p == '(') {
            if (++depth > DEPTH_MAX)
                return false;
            total[depth] = atom[depth] = 0;
        } else if (*p == ')' && depth > 0) {
            size = total[depth] + atom[depth] + 1;
            depth--;
        } else if (*p == '+') {
            times = 2;
        } else if (*p == '{') {
            times = bound_copies(p, &next);
            if (next == p)
                next = p + 1;
        } else if (*p == '[') {
            next = bracket_end(p);
            size = 1;
        } else {
            if (*p == '\\' && p[1] != '\0')
                next = p + 2;
            size = *p != '*' && *p != '?';
        }
        if (size != 0) {
            total[depth] += atom[depth];
            atom[depth] = size;
        }
        if (times > SIZE_LIMIT)
            return false;
        if (times > 1)
            atom[depth] *= times;
        if (total[depth] + atom[depth] > SIZE_LIMIT)
            return false;
        p = next;
    }
    return true;
}

int pattern_check(const char *regex, struct error *err)
{
    regex_t compiled;
    char reason[128];
    int rc;

    if (regex[0] == '\0')
        return error_set(err, -EINVAL, "an empty regular expression matches everything");
    if (strlen(regex) > LENGTH_MAX || !small_enough(regex))
        return error_set(err, -EINVAL, "the regular expression is too large or repeats too much");
    rc = regcomp(&compiled, regex, REG_EXTENDED | REG_NOSUB | REG_NEWLINE);
    if (rc != 0) {
        regerror(rc, &compiled, reason, sizeof(reason));
        return error_set(err, -EINVAL, "not a regular expression: %s", reason);
    }
    regfree(&compiled);
    return 0;
}
