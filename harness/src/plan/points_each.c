/* points_each.c - sets as text: KIND[/SIDE][~MODIFIER=VALUE]... */
#include "plan/points_read.h"
#include "scenario/pattern.h"
#include "scenario/point.h"

#include <stdlib.h>
#include <string.h>

/* The next `~` that has no backslash before it, or NULL. */
static char *next_tilde(char *text)
{
    for (; *text != '\0' && *text != '~'; text++) {
        if (*text == '\\' && text[1] != '\0')
            text++;
    }
    return *text == '~' ? text : NULL;
}

static int read_bound(const struct reading *r, size_t at, char *value, struct point **out)
{
    size_t len = strcspn(value, ":");
    char *kind = mem_strndup(value, len);
    bool fits = point_bounds(point_kind_parse(kind));

    free(kind);
    if (!fits)
        return points_wrong(r, at, "a set is bounded by an event, a syscall or a function");
    *out = mem_alloc(sizeof(**out));
    return points_read_point(r, at, value, *out);
}

static int read_text(const struct reading *r, size_t at, const char *value, bool regex, char **out)
{
    struct error reason = {0};

    if (regex && pattern_check(value, &reason) < 0)
        return points_wrong(r, at, "%s", reason.text);
    if (value[0] == '\0')
        return points_wrong(r, at, "expected the name of an object file");
    *out = mem_strdup(value);
    return 0;
}

static int read_modifier(const struct reading *r, size_t at, char *word, struct point *p)
{
    static const char *const names[] = {"match", "in", "from", "to"};
    char *value = strchr(word, '=');
    struct suggestion near;
    bool again;

    if (value == NULL)
        return points_wrong(r, at, "expected a modifier such as match=REGEX, found `%.40s`", word);
    *value++ = '\0';
    points_unescape(value, "~,\\");
    again = (strcmp(word, "match") == 0 && p->match != NULL) ||
            (strcmp(word, "in") == 0 && p->in != NULL) ||
            (strcmp(word, "from") == 0 && p->from != NULL) ||
            (strcmp(word, "to") == 0 && p->to != NULL);
    if (again)
        return points_wrong(r, at, "`%s` is given twice", word);
    if (strcmp(word, "in") == 0 && p->each != EACH_FUNCTION && p->each != EACH_INSTRUCTION)
        return points_wrong(r, at, "`in` goes with `function` and `instruction` only");
    at += (size_t)(value - word);
    if (strcmp(word, "match") == 0)
        return read_text(r, at, value, true, &p->match);
    if (strcmp(word, "in") == 0)
        return read_text(r, at, value, false, &p->in);
    if (strcmp(word, "from") == 0)
        return read_bound(r, at, value, &p->from);
    if (strcmp(word, "to") == 0)
        return read_bound(r, at, value, &p->to);
    near = suggest_for(word);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        suggest_try(&near, names[i]);
    return points_unknown(r, at - (size_t)(value - word), "modifier", near);
}

/* KIND[/SIDE] */
static int read_kind(const struct reading *r, size_t at, char *word, struct point *p)
{
    char *slash = strchr(word, '/');
    struct suggestion near;
    int each;

    if (slash != NULL)
        *slash = '\0';
    each = each_parse(word);
    if (each < 0) {
        near = suggest_for(word);
        for (int i = 0; i < EACH_KINDS; i++)
            suggest_try(&near, each_name((enum each)i));
        return points_unknown(r, at, "set", near);
    }
    p->each = (enum each)each;
    if (slash == NULL)
        return 0;
    at += (size_t)(slash + 1 - word);
    if (p->each != EACH_SYSCALL)
        return points_wrong(r, at, "a side goes with `syscall` only");
    return points_read_side(r, at, slash + 1, true, &p->side);
}

int points_read_each(const struct reading *r, size_t at, char *arg, struct point *p)
{
    char *word = arg, *next = next_tilde(arg);
    int rc;

    if (next != NULL)
        *next++ = '\0';
    rc = read_kind(r, at, arg, p);
    while (rc == 0 && next != NULL) {
        word = next;
        next = next_tilde(word);
        if (next != NULL)
            *next++ = '\0';
        rc = read_modifier(r, at + (size_t)(word - arg), word, p);
    }
    if (rc == 0 && p->each == EACH_INSTRUCTION && p->match == NULL)
        return points_wrong(r, at, "`instruction` needs ~match=REGEX: the functions to step in");
    return rc;
}
