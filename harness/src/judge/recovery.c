/* recovery.c - what the next one meets: a recovery command, or the program itself once more. */
#include "judge/check.h"

#include <stdlib.h>
#include <string.h>

static bool ended_by_harness(const struct record *r)
{
    return r->how == ENDED_DEADLINE || r->how == ENDED_FLOOD || r->how == ENDED_ALIVE;
}

static void ending(struct buf *b, const struct record *r)
{
    if (r->how == ENDED_NOT_BEGUN)
        buf_addf(b, "it could not be started: %s", r->trouble != NULL ? r->trouble : "?");
    else if (ended_by_harness(r))
        buf_adds(b, "still alive at the deadline");
    else
        text_ended(b, r->how == ENDED_SIGNALED, r->value);
}

static void report(const struct view *v, const struct record *r, const char *subject,
                   const char *message, const char *expected)
{
    struct buf seen = {0};

    ending(&seen, r);
    text_last_line(&seen, r->err.bytes > 0 ? &r->err : &r->out);
    findings_add(v->out, KIND_RECOVERY, subject, message, expected, seen.data);
    buf_free(&seen);
}

static bool recovered(const struct expect *e, const struct record *r)
{
    if (r->how != ENDED_EXITED && r->how != ENDED_SIGNALED)
        return false;
    if (e->recover_ended_n == 0)
        return r->how == ENDED_EXITED && r->value == 0;
    for (size_t i = 0; i < e->recover_ended_n; i++) {
        if (e->recover_ended[i].by_signal == (r->how == ENDED_SIGNALED) &&
            e->recover_ended[i].value == r->value)
            return true;
    }
    return false;
}

static void check_recover(const struct view *v)
{
    struct buf command = {0}, expected = {0};
    const struct expect *e = &v->s->expect;
    struct expect only = {.ended = e->recover_ended, .ended_n = e->recover_ended_n};
    char *message;

    if (v->r->recover == NULL || recovered(e, v->r->recover))
        return;
    for (char **arg = e->recover; arg != NULL && *arg != NULL; arg++)
        buf_addf(&command, "%s%.100s", arg == e->recover ? "" : " ", *arg);
    if (e->recover_ended_n > 0)
        text_allowed(&expected, &only);
    message = mem_printf("what the program left can't be recovered: `%.300s` failed",
                         command.data != NULL ? command.data : "");
    report(v, v->r->recover, command.data != NULL ? command.data : "recover", message,
           expected.data != NULL ? expected.data : "exit code 0");
    free(message);
    buf_free(&command);
    buf_free(&expected);
}

static bool same_file(const struct left_file *a, const struct left_file *b)
{
    if (strcmp(a->path, b->path) != 0 || a->state != b->state || a->type != b->type)
        return false;
    if (a->type != 'f' || a->state == FILE_REMOVED || b->unstable)
        return true;
    return a->size == b->size && (!a->hashed || !b->hashed || a->hash == b->hash);
}

/* The first path on which two sorted lists disagree, or NULL. What is not judged is passed over. */
static const char *difference(const struct scenario *s, const struct record *is,
                              const struct record *wanted)
{
    size_t i = 0, k = 0;

    while (i < is->files_n || k < wanted->files_n) {
        bool only_is = k == wanted->files_n, only_wanted = i == is->files_n;
        int order = only_is       ? -1
                    : only_wanted ? 1
                                  : strcmp(is->files[i].path, wanted->files[k].path);
        const char *path = order <= 0 ? is->files[i].path : wanted->files[k].path;

        if (files_rule(s, path) != FILE_ANY &&
            (order != 0 || !same_file(&is->files[i], &wanted->files[k])))
            return path;
        i += order <= 0;
        k += order >= 0;
    }
    return NULL;
}

static bool succeeded(const struct record *r)
{
    return r != NULL && r->how == ENDED_EXITED && r->value == 0;
}

static void check_rerun(const struct view *v)
{
    const struct record *again = v->r->rerun, *base = v->baseline;
    const char *path;
    char *message;

    if (again == NULL)
        return;
    /* Where the first run had finished the work, the second may do what it does then. */
    if (base != NULL && base->rerun != NULL && base->rerun->how == again->how &&
        base->rerun->value == again->value && difference(v->s, again, base->rerun) == NULL)
        return;
    if (!succeeded(again)) {
        report(v, again, "rerun", "the program, run again in what it left, does not succeed",
               "exit code 0");
        return;
    }
    if (base == NULL) {
        findings_untested(v->out, "rerun: there is no uninterrupted run to compare with");
        return;
    }
    path = difference(v->s, again, base);
    if (path == NULL)
        return;
    message = mem_printf("the program, run again in what it left, does not reach the state of an "
                         "uninterrupted run: %.200s differs",
                         path);
    findings_add(v->out, KIND_RECOVERY, "rerun", message,
                 "the files of an uninterrupted run, or those of two", path);
    free(message);
}

void check_recovery(const struct view *v)
{
    if (ended_by_harness(v->r)) /* it was killed: that is hang's business */
        return;
    check_recover(v);
    check_rerun(v);
}

bool recovery_wants_baseline(const struct view *v)
{
    return v->r->rerun != NULL;
}
