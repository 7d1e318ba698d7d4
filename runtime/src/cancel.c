/* cancel.c - see cancel.h. */
#include <errno.h>

#include "cancel.h"
#include "event.h"
#include "group.h"
#include "schedule.h"
#include "shield.h"
#include "signals.h"

void cancel_apply(struct fiber *fiber)
{
    bool open = !shield_holds(fiber);

    for (struct qs_link *link = fiber->groups.next; link != &fiber->groups; link = link->next) {
        struct qs_group *group = CONTAINER(link, struct qs_group, open);

        if (open || !group->shields)
            cancel_group(fiber->rt, group);
    }
    /* A join goes on: what it waits for is being cancelled, and it must not return before that is
     * done. */
    if (open && fiber->wait != WAIT_NONE && fiber->wait != WAIT_JOIN)
        sched_wake(fiber, -ECANCELED);
}

void cancel_fiber(struct fiber *fiber)
{
    if (fiber->cancelled)
        return;
    fiber->cancelled = true;
    cancel_apply(fiber);
}

bool cancel_holds(struct fiber *fiber)
{
    if (!fiber->cancelled || shield_holds(fiber))
        return false;
    if (fiber->shield) /* it has just expired, and nobody was told */
        cancel_apply(fiber);
    return true;
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

void cancel_group(struct runtime *rt, struct qs_group *group)
{
    struct qs_link unstarted;

    if (group->cancelled)
        return;
    group->cancelled = true;
    list_init(&unstarted);
    take_unstarted(rt, group, &unstarted);
    while (!list_empty(&unstarted)) {
        struct task *task = CONTAINER(unstarted.next, struct task, link);
        bool slot = task->state == TASK_STARTING;

        list_remove(&task->link);
        group->report.cancelled++;
        task_drop(rt, task, -ECANCELED);
        group_leave(group, slot);
    }
    for (struct qs_link *link = group->started.next; link != &group->started; link = link->next)
        cancel_fiber(CONTAINER(link, struct fiber, sibling));
}

/* Level 2: no shield holds any more, so everything below is cancelled and no wait but a join goes
 * on. */
static void expire_shields(struct fiber *fiber)
{
    cancel_apply(fiber);
    for (struct qs_link *link = fiber->groups.next; link != &fiber->groups; link = link->next) {
        struct qs_group *group = CONTAINER(link, struct qs_group, open);

        for (struct qs_link *child = group->started.next; child != &group->started;
             child = child->next)
            expire_shields(CONTAINER(child, struct fiber, sibling));
    }
}

void cancel_raise(struct runtime *rt, int level)
{
    while (rt->level < level && !rt->main_over) {
        rt->level++;
        event_number(rt, "cancel level=", rt->level);
        if (rt->level == 1) {
            if (rt->grace_ns)
                rt->escalate_at = qs_now() + rt->grace_ns;
            cancel_fiber(rt->main);
        } else {
            rt->escalate_at = QS_FOREVER;
            expire_shields(rt->main);
        }
    }
}

void cancel_by_signals(struct runtime *rt)
{
    unsigned count = signals_count();

    if (count != rt->signals_seen) {
        rt->signals_seen = count;
        cancel_raise(rt, count < 2 ? 1 : 2);
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
