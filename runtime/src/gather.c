/* gather.c - several calls at once: all of them, or the first that succeeds. The group lies in the
 * caller's frame, so that opening it cannot fail. */
#include <errno.h>

#include "cancel.h"
#include "group.h"

struct qs_gather {
    struct qs_group group; /* of the calls' tasks */
    struct qs_call *calls; /* all of them */
    bool first;            /* one that succeeds ends it */
    ptrdiff_t winner;      /* which did, -1: none so far */
};

static int call_body(void *arg)
{
    struct qs_call *call = arg;
    struct qs_gather *gather = call->gather;
    int rc = call->fn(call->arg);

    if (rc >= 0 && gather->first && gather->winner < 0) {
        gather->winner = call - gather->calls;
        cancel_others(qs_running, &gather->group, qs_running->current);
    }
    return rc;
}

static void call_over(void *arg, int rc)
{
    ((struct qs_call *)arg)->rc = rc;
}

/* Returns what closing the group does. */
static int run(struct qs_gather *gather, size_t n, const struct qs_group_options *options,
               struct qs_report *report)
{
    struct fiber *fiber;
    int rc = wait_begin(&fiber);

    if (rc == -EPERM)
        return rc;
    for (size_t i = 0; i < n; i++)
        if (!gather->calls[i].fn)
            return -EINVAL;
    group_begin(fiber, &gather->group, options);
    for (size_t i = 0; i < n; i++) {
        gather->calls[i].gather = gather;
        group_spawn(&gather->group, NULL, gather->calls[i].name, call_body, &gather->calls[i],
                    call_over);
    }
    return group_end(fiber, &gather->group, report);
}

int qs_gather(struct qs_call *calls, size_t n, const struct qs_group_options *options,
              struct qs_report *report)
{
    struct qs_gather gather = {.calls = calls, .winner = -1};

    return run(&gather, n, options, report);
}

int qs_first(struct qs_call *calls, size_t n, const struct qs_group_options *options,
             struct qs_report *report)
{
    struct qs_gather gather = {.calls = calls, .first = true, .winner = -1};
    int rc = n ? run(&gather, n, options, report) : -EINVAL;

    return gather.winner >= 0 ? (int)gather.winner : rc;
}
