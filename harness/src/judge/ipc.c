/* ipc.c - System V and POSIX objects that outlive the program. */
#include "judge/check.h"
#include "support/subject.h"

#include <stdlib.h>
#include <string.h>

#define LISTED 5

/* How many of the record's objects have this kind and name. */
static size_t count(const struct record *r, const struct left_ipc *one)
{
    size_t n = 0;

    for (size_t i = 0; r != NULL && i < r->ipc_n; i++) {
        char *mine = subject_of(r->ipc[i].name), *its = subject_of(one->name);
        n += r->ipc[i].kind == one->kind && strcmp(mine, its) == 0;
        free(mine);
        free(its);
    }
    return n;
}

void check_ipc(const struct view *v)
{
    const struct record *r = v->r;
    long limit = v->s->expect.ipc == NOT_GIVEN ? 0 : v->s->expect.ipc, n = 0;
    const struct left_ipc *first = NULL;
    struct buf seen = {0};
    char *message, *subject, *name, *expected;

    for (size_t i = 0; i < r->ipc_n; i++) {
        const struct left_ipc *one = &r->ipc[i];
        if (count(r, one) <= count(v->baseline, one))
            continue;
        if (n++ < LISTED)
            buf_addf(&seen, "%s%s %.100s", n > 1 ? ", " : "", ipc_kind_name(one->kind), one->name);
        if (first == NULL)
            first = one;
    }
    if (first != NULL && n > limit) {
        name = subject_of(first->name);
        subject = mem_printf("%s %.100s", ipc_kind_name(first->kind), name);
        message = n == 1 ? mem_printf("an object was left behind: %s", seen.data)
                         : mem_printf("%ld objects were left behind: %s%s", n, seen.data,
                                      n > LISTED ? ", ..." : "");
        expected = limit == 0 ? mem_strdup("no shared memory, semaphore or message queue left")
                              : mem_printf("at most %ld such objects", limit);
        (r->ipc_alone || v->s->expect.strict ? findings_add : findings_warn)(
            v->out, KIND_IPC_LEFT, subject, message, expected, seen.data);
        free(name);
        free(subject);
        free(message);
        free(expected);
    }
    buf_free(&seen);
}

bool ipc_wants_baseline(const struct view *v)
{
    return v->r->ipc_n > 0;
}
