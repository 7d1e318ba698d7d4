/* cleanup.c - see cleanup.h. */
#include <errno.h>

#include "cleanup.h"
#include "event.h"
#include "group.h"
#include "runtime.h"

static bool on_own_stack(const struct fiber *fiber, const void *node)
{
    const char *at = node;

    return at >= stack_low(&fiber->rt->stacks, &fiber->stack) && at < stack_high(&fiber->stack);
}

int qs_defer(struct qs_cleanup *node, const char *name, qs_cleanup_fn *fn, void *arg)
{
    struct fiber *fiber = running_fiber();

    if (!fiber)
        return -EPERM;
    if (!fn || on_own_stack(fiber, node))
        return -EINVAL;
    if (node->armed)
        return -EBUSY;
    *node = (struct qs_cleanup){
        .next = fiber->cleanups, .fn = fn, .arg = arg, .name = name, .armed = true};
    fiber->cleanups = node;
    event_cleanup(fiber->rt, "cleanup.arm", fiber->task->id, name);
    return 0;
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

/* The node may be gone when its function returns: that may free what the node lies in. */
static int run(struct fiber *fiber, struct qs_cleanup *node)
{
    struct runtime *rt = fiber->rt;
    struct task *task = fiber->task;
    struct qs_shield *shield = fiber->shield;
    const char *name = node->name, *outer = fiber->cleaning;
    int rc;

    fiber->cleaning = name ? name : "-";
    event_cleanup(rt, "cleanup.begin", task->id, name);
    rc = node->fn(node->arg);
    fiber->shield = shield; /* one left open lay in a frame that is gone */
    fiber->cleaning = outer;
    event_cleanup_end(rt, task->id, name, rc);
    if (rc < 0) {
        if (task->group)
            group_cleanup_failed(task->group, task, name, rc);
        else if (!rt->cleanup_error)
            rt->cleanup_error = rc;
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
