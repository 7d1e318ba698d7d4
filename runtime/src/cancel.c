/* cancel.c - see cancel.h. */
#include <errno.h>

#include "block.h"
#include "cancel.h"
#include "event.h"
#include "group.h"
#include "offload.h"
#include "probe.h"
#include "schedule.h"
#include "signals.h"

/* A group that is to be cancelled waits its turn in a list: a tree of any depth takes no more stack
 * than a flat one. Whoever asked runs the list to its end before it returns. */
static void doom(struct runtime *rt, struct qs_group *group)
{
    group->cancelled = true;
    if (group->doomed)
        return;
    group->doomed = true;
    list_append(&rt->doomed, &group->doom);
}

/* For a task that is cancelled, or in a block that is over: ends its wait and dooms its groups, as
 * far as no shield holds. */
static void apply(struct fiber *fiber)
{
    struct qs_block *cause;

    for (struct qs_link *link = fiber->groups.next; link != &fiber->groups; link = link->next) {
        struct qs_group *group = CONTAINER(link, struct qs_group, open);

        if ((!group->cancelled || group->spared) && block_cancelled(fiber, group->block, &cause)) {
            if (cause)
                cause->felt = true;
            group->spared = NULL;
            doom(fiber->rt, group);
        }
    }
    /* A join goes on: what it waits for is being cancelled, and it must not return before that is
     * done. */
    if (fiber->wait != WAIT_NONE && fiber->wait != WAIT_GROUP && !fiber->firm &&
        block_cancelled(fiber, fiber->block, &cause)) {
        if (cause)
            cause->felt = true;
        if (fiber->wait != WAIT_OFFLOAD || offload_cancel(fiber))
            sched_wake(fiber, -ECANCELED);
    }
}

static void mark(struct fiber *fiber)
{
    if (fiber->cancelled)
        return;
    fiber->cancelled = true;
    apply(fiber);
}

/* Moves the group's tasks that have not started to list, in the order of their spawn: those with a
 * slot came first. */
static void take_unstarted(struct runtime *rt, struct qs_group *group, struct qs_link *list)
{
    struct qs_link *link, *next;

    for (link = rt->ready.next; group->starting && link != &rt->ready; link = next) {
        struct task *task = CONTAINER(link, struct task, link);

        next = link->next;
        if (task->state == TASK_STARTING && task->group == group) {
            list_remove(link);
            list_append(list, link);
            group->starting--;
        }
    }
    if (!group->slots.started) {
        list_splice(list, &group->slots.waiters);
        return;
    }
    for (link = group->slots.waiters.next; link != &group->slots.waiters; link = next) {
        next = link->next;
        if (CONTAINER(link, struct task, link)->state == TASK_QUEUED) {
            list_remove(link);
            list_append(list, link);
        }
    }
}

static void cancel_one_group(struct runtime *rt, struct qs_group *group)
{
    struct qs_link unstarted;

    list_init(&unstarted);
    take_unstarted(rt, group, &unstarted);
    while (!list_empty(&unstarted)) {
        struct task *task = CONTAINER(unstarted.next, struct task, link);

        list_remove(&task->link);
        task_cancel_unstarted(rt, task);
    }
    for (struct qs_link *link = group->started.next; link != &group->started; link = link->next) {
        struct fiber *fiber = CONTAINER(link, struct fiber, sibling);

        if (fiber != group->spared)
            mark(fiber);
    }
}

static void cancel_doomed(struct runtime *rt)
{
    while (!list_empty(&rt->doomed)) {
        struct qs_group *group = CONTAINER(rt->doomed.next, struct qs_group, doom);

        list_remove(&group->doom);
        group->doomed = false;
        cancel_one_group(rt, group);
    }
}

void cancel_group(struct runtime *rt, struct qs_group *group)
{
    if (!group->cancelled || group->spared) {
        group->spared = NULL;
        doom(rt, group);
    }
    cancel_doomed(rt);
}

void cancel_others(struct runtime *rt, struct qs_group *group, struct fiber *spared)
{
    if (group->cancelled)
        return;
    group->spared = spared;
    doom(rt, group);
    cancel_doomed(rt);
}

void cancel_fiber(struct fiber *fiber)
{
    mark(fiber);
    cancel_doomed(fiber->rt);
}

void cancel_apply(struct fiber *fiber)
{
    apply(fiber);
    cancel_doomed(fiber->rt);
}

bool cancel_holds(struct fiber *fiber)
{
    struct qs_block *cause;

    if (!block_cancelled(fiber, fiber->block, &cause))
        return false;
    if (cause)
        cause->felt = true;
    if (fiber->block) /* one of them may be over, and nobody was told */
        cancel_apply(fiber);
    return true;
}

static int expire_one(void *ctx, struct task *task)
{
    (void)ctx;
    if (task->state == TASK_RUNNING || task->state == TASK_CLEANING)
        apply(task->fiber);
    return 0;
}

/* Level 2: no shield holds any more, so everything below is cancelled and no wait but a join goes
 * on. */
static void expire_shields(struct runtime *rt)
{
    arena_each(&rt->arena, expire_one, NULL);
    cancel_doomed(rt);
}

void cancel_raise(struct runtime *rt, int level)
{
    while (rt->level < level && !rt->main_over) {
        rt->level++;
        event_number(rt, "cancel level=", rt->level);
        QS_PROBE1(cancel, rt->level);
        if (rt->level == 1) {
            rt->cancelled_at = qs_now();
            debug_cancelled(rt);
            if (rt->grace_ns)
                rt->escalate_at = qs_now() + rt->grace_ns;
            signals_reached(1);
            cancel_fiber(rt->main);
        } else {
            rt->escalate_at = QS_FOREVER;
            signals_reached(2);
            expire_shields(rt);
        }
    }
}

void cancel_by_signals(struct runtime *rt)
{
    unsigned count = signals_count();

    if (count != rt->signals_seen) {
        rt->signals_seen = count;
        cancel_raise(rt, signals_level());
        signals_notify();
    }
    if (rt->escalate_at != QS_FOREVER && qs_now() >= rt->escalate_at)
        cancel_raise(rt, 2);
}

int qs_cancel(int level)
{
    struct runtime *rt = qs_running;

    if (level != 1 && level != 2)
        return -EINVAL;
    if (!rt)
        return -EPERM;
    cancel_raise(rt, level);
    return 0;
}
