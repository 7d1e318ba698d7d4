/* cleanup.c - see cleanup.h. */
#include <errno.h>

#include "block.h"
#include "cleanup.h"
#include "event.h"
#include "group.h"
#include "probe.h"

bool cleanup_on_stack(const struct fiber *fiber, const void *node)
{
    const char *at = node;

    return at >= stack_low(&fiber->rt->stacks, &fiber->stack) && at < stack_high(&fiber->stack);
}

void cleanup_arm(struct fiber *fiber, struct qs_cleanup *node)
{
    node->next = fiber->cleanups;
    node->armed = true;
    fiber->cleanups = node;
    event_cleanup(fiber->rt, "cleanup.arm", fiber->task->id, node->name);
}

int qs_defer_within(struct qs_cleanup *node, const char *name, qs_cleanup_fn *fn, void *arg,
                    int64_t limit_ns)
{
    struct fiber *fiber = running_fiber();

    if (!fiber)
        return -EPERM;
    if (!fn || limit_ns < 0 || cleanup_on_stack(fiber, node))
        return -EINVAL;
    if (node->armed)
        return -EBUSY;
    *node = (struct qs_cleanup){.fn = fn, .arg = arg, .name = name, .limit_ns = limit_ns};
    cleanup_arm(fiber, node);
    return 0;
}

int qs_defer(struct qs_cleanup *node, const char *name, qs_cleanup_fn *fn, void *arg)
{
    return qs_defer_within(node, name, fn, arg, 0);
}

/* Takes the node out of the task's list. */
static int disarm(struct fiber *fiber, struct qs_cleanup *node)
{
    for (struct qs_cleanup **at = &fiber->cleanups; *at; at = &(*at)->next)
        if (*at == node) {
            *at = node->next;
            node->armed = false;
            return 0;
        }
    return -ENOENT;
}

static void report(struct fiber *fiber, const char *name, int rc, bool overrun)
{
    const struct task *task = fiber->task;

    name = name ? name : "";
    if (task->group) {
        group_cleanup_failed(task->group, task, name, rc, overrun);
        return;
    }
    *(overrun ? &fiber->rt->end.cleanups_overrun : &fiber->rt->end.cleanups_failed) += 1;
    run_error(fiber->rt, task, name, rc);
}

static int64_t end_of(const struct qs_cleanup *node)
{
    int64_t now = qs_now();

    return node->limit_ns && node->limit_ns < QS_FOREVER - now ? now + node->limit_ns : QS_FOREVER;
}

/* Calls the function in its limit, and takes back what it has left open. */
static int call(struct fiber *fiber, qs_cleanup_fn *fn, void *arg, int64_t until)
{
    struct qs_block *keep = fiber->block, limit;
    int rc;

    if (until != QS_FOREVER)
        block_begin(fiber, &limit, BLOCK_LIMIT, until);
    fiber->depth++;
    rc = fn(arg);
    block_restore(fiber, until != QS_FOREVER ? &limit : keep);
    rc = group_close_left(fiber, fiber->depth, rc);
    fiber->depth--;
    if (until != QS_FOREVER)
        block_end(fiber, &limit);
    return rc;
}

/* The node may be gone when its function returns: that may free what the node lies in. */
static int run(struct fiber *fiber, struct qs_cleanup *node)
{
    struct runtime *rt = fiber->rt;
    const char *name = node->name, *outer = fiber->cleaning;
    int64_t outer_until = fiber->cleaning_until, outer_since = fiber->cleaning_since;
    int64_t until = node->limit_ns ? end_of(node) : QS_FOREVER;
    int rc;

    fiber->cleaning = name ? name : "-";
    fiber->cleaning_until = until;
    fiber->cleaning_since = rt->now;
    QS_PROBE2(cleanup_begin, fiber->task->id, name);
    event_cleanup(rt, "cleanup.begin", fiber->task->id, name);
    rc = call(fiber, node->fn, node->arg, until);
    fiber->cleaning = outer;
    fiber->cleaning_until = outer_until;
    fiber->cleaning_since = outer_since;
    QS_PROBE3(cleanup_end, fiber->task->id, name, rc);
    event_cleanup_end(rt, fiber->task->id, name, rc);
    if (rc < 0)
        report(fiber, name, rc, false);
    int64_t over = until == QS_FOREVER ? -1 : qs_now() - until;
    if (over >= 0) {
        debug_overrun(rt, fiber->task, name ? name : "", over);
        report(fiber, name, -ETIME, true);
    }
    return rc;
}

int qs_undefer(struct qs_cleanup *node)
{
    struct fiber *fiber = running_fiber();

    if (!fiber || disarm(fiber, node))
        return -ENOENT;
    event_cleanup(fiber->rt, "cleanup.disarm", fiber->task->id, node->name);
    return 0;
}

int qs_cleanup_now(struct qs_cleanup *node)
{
    struct fiber *fiber = running_fiber();

    if (!fiber || disarm(fiber, node))
        return -ENOENT;
    return run(fiber, node);
}

void cleanup_run_all(struct fiber *fiber)
{
    while (fiber->cleanups) {
        struct qs_cleanup *node = fiber->cleanups;

        disarm(fiber, node);
        run(fiber, node);
    }
}
