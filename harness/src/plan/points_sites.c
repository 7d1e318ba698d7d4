/* points_sites.c - system calls, functions and instructions as text. */
#include "plan/points_read.h"
#include "scenario/point.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int points_read_side(const struct reading *r, size_t at, const char *word, bool set,
                     enum side *side)
{
    struct suggestion near = suggest_for(word);
    int found = side_parse(word);

    if (found == SIDE_ALL && !set)
        return points_wrong(r, at, "`all` is for sets only: before, inside or after");
    if (found >= 0) {
        *side = (enum side)found;
        return 0;
    }
    for (int i = 0; i <= SIDE_ALL; i++)
        suggest_try(&near, side_name((enum side)i));
    return points_unknown(r, at, "side", near);
}

/* PROCESS.THREAD.CALL[=NAME]; *name is NULL when none is given. */
static int read_numbered(const struct reading *r, size_t at, char *arg, struct point *p,
                         char **name)
{
    char *dot;

    *name = strchr(arg, '=');
    if (*name != NULL)
        *(*name)++ = '\0';
    dot = strrchr(arg, '.');
    if (dot != NULL)
        *dot = '\0';
    if (dot == NULL || point_thread_parse(arg, &p->process, &p->thread) < 0)
        return points_wrong(r, at, "expected PROCESS.THREAD.CALL, such as 1.1.214=openat");
    return points_number(r, at + (size_t)(dot + 1 - arg), dot + 1, NTH_MAX, &p->nth);
}

int points_read_syscall(const struct reading *r, size_t at, char *arg, struct point *p)
{
    char *slash = strchr(arg, '/'), *name = arg, instead[POINT_NAME_MAX];
    struct error reason = {0};
    int rc = 0;

    if (slash != NULL) {
        *slash = '\0';
        rc = points_read_side(r, at + (size_t)(slash + 1 - arg), slash + 1, false, &p->side);
    }
    if (rc == 0)
        rc = isdigit((unsigned char)arg[0]) ? read_numbered(r, at, arg, p, &name)
                                            : points_cut_nth(r, at, arg, p);
    if (rc < 0 || name == NULL)
        return rc;
    if (point_syscall_check(name, instead, &reason) == 0) {
        p->text = mem_strdup(name);
        return 0;
    }
    at += (size_t)(name - arg);
    if (instead[0] != '\0')
        return points_wrong(r, at, "%s; did you mean `%s`?", reason.text, instead);
    return points_wrong(r, at, "%s", reason.text);
}

/* [PROCESS.THREAD:]NAME, and +OFFSET for an instruction; #NTH. */
int points_read_site(const struct reading *r, size_t at, char *arg, struct point *p)
{
    char *name = arg, *colon = strchr(arg, ':'), *plus;
    struct error reason = {0};
    const char *instead;
    int rc = points_cut_nth(r, at, arg, p);

    if (rc < 0)
        return rc;
    if (isdigit((unsigned char)arg[0])) {
        if (colon != NULL)
            *colon = '\0';
        if (colon == NULL || point_thread_parse(arg, &p->process, &p->thread) < 0)
            return points_wrong(r, at, "expected PROCESS.THREAD:NAME, such as 1.1:main");
        name = colon + 1;
    }
    at += (size_t)(name - arg);
    plus = p->kind == POINT_INSTRUCTION ? strchr(name, '+') : NULL;
    if (plus != NULL) {
        *plus = '\0';
        if (point_offset_parse(plus + 1, &p->offset) < 0)
            return points_wrong(r, at + (size_t)(plus + 1 - name),
                                "expected an offset such as 0x12, found `%.40s`", plus + 1);
    }
    if (point_text_check(p->kind, name, &instead, &reason) < 0)
        return points_wrong(r, at, "%s", reason.text);
    p->text = mem_strdup(name);
    return 0;
}
