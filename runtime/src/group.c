/* group.c - see group.h. */
#include <errno.h>
#include <stdlib.h>

#include "cancel.h"
#include "group.h"
#include "schedule.h"
#include "sem.h"
#include "shield.h"

#define UNLIMITED INT32_MAX

static void group_due(struct runtime *rt, struct timer *timer)
{
    struct qs_group *group = CONTAINER(timer, struct qs_group, timer);

    if (!group->cancelled)
        group->timed_out = true;
    cancel_group(rt, group);
}

int qs_group_open(struct qs_group **out, const struct qs_group_options *options)
{
    struct fiber *fiber = running_fiber();
    struct qs_group *group;

    if (!fiber)
        return -EPERM;
    group = calloc(1, sizeof(*group));
    if (!group)
        return -ENOMEM;
    if (options)
        group->opts = *options;
    struct runtime *rt = fiber->rt;
    qs_sem_init(&group->slots, group->opts.slots ? group->opts.slots : UNLIMITED);
    list_init(&group->started);
    group->owner = fiber;
    group->shields = shield_depth(fiber);
    group->cancelled = cancel_holds(fiber);
    list_append(&fiber->groups, &group->open);
    if (group->opts.deadline && group->opts.deadline != QS_FOREVER) {
        group->timer.fire = group_due;
        timer_arm(&rt->timers, &group->timer, group->opts.deadline);
    }
    rt->slots += group->slots.total;
    event_number(rt, "slots n=", (int64_t)rt->slots);
    *out = group;
    return 0;
}

/* A spawn that came to nothing is still a task: it is counted, reported, and has its fini. */
static int spawn_refused(struct runtime *rt, struct qs_group *group, struct task *task, int rc)
{
    if (rc == -ECANCELED) {
        if (group)
            group->report.cancelled++;
    } else if (group) {
        group_outcome(group, task, OUTCOME_FAILED, rc);
    }
    if (rt) {
        event_task(rt, "task.queue", task->id);
        event_task_end(rt, task->id, rc == -ECANCELED ? OUTCOME_CANCELLED : OUTCOME_FAILED);
        rt->nowait++;
    }
    if (task->fini)
        task->fini(task->arg, rc);
    if (rt) {
        rt->nowait--;
        event_task(rt, "task.fini", task->id);
    }
    return rc;
}

int qs_spawn(struct qs_group *group, const char *name, qs_task_fn *fn, void *arg, qs_fini_fn *fini)
{
    struct runtime *rt = qs_running;
    struct task record = {.arg = arg, .fini = fini, .name = name, .group = group};

    record.fn = fn;
    if (!rt || !group || !fn)
        return spawn_refused(NULL, NULL, &record, rt ? -EINVAL : -EPERM);
    record.id = ++rt->last_id & ((UINT64_C(1) << 56) - 1);
    if (group->cancelled)
        return spawn_refused(rt, group, &record, -ECANCELED);
    struct task *task = arena_take(&rt->arena);
    if (!task)
        return spawn_refused(rt, group, &record, -ENOMEM);

    bool slot = group->slots.free > 0;
    record.state = slot ? TASK_STARTING : TASK_QUEUED;
    *task = record;
    group->live++;
    event_task(rt, "task.queue", record.id);
    if (slot) {
        group->slots.free--;
        group->starting++;
        list_append(&rt->ready, &task->link);
    } else {
        list_append(&group->slots.waiters, &task->link);
    }
    return 0;
}

int qs_group_cancel(struct qs_group *group)
{
    if (!qs_running)
        return -EPERM;
    cancel_group(qs_running, group);
    return 0;
}

static void report_error(struct qs_group *group, const struct task *task, const char *cleanup,
                         int rc)
{
    struct runtime *rt = group->owner->rt;

    if (!group->report.first_error) {
        group->report.first_error = rc;
        group->report.first_error_id = task->id;
    }
    if (group->opts.on_error) {
        rt->nowait++;
        group->opts.on_error(group->opts.ctx, task->id, task->name, cleanup, rc);
        rt->nowait--;
    }
}

void group_outcome(struct qs_group *group, const struct task *task, enum outcome outcome, int rc)
{
    if (outcome == OUTCOME_DONE) {
        group->report.done++;
    } else if (outcome == OUTCOME_CANCELLED) {
        group->report.cancelled++;
    } else {
        group->report.failed++;
        report_error(group, task, NULL, rc);
        if (!group->opts.keep_going)
            cancel_group(group->owner->rt, group);
    }
}

void group_cleanup_failed(struct qs_group *group, const struct task *task, const char *cleanup,
                          int rc)
{
    group->report.cleanups_failed++;
    report_error(group, task, cleanup ? cleanup : "", rc);
}

void group_leave(struct qs_group *group, bool slot)
{
    struct fiber *owner = group->owner;

    if (slot)
        sem_put(owner->rt, &group->slots);
    /* Only a join waits for its group's last task; the owner may also be waiting for another of its
     * groups. */
    if (--group->live == 0 && owner->wait == WAIT_JOIN && owner->sem == &group->slots)
        sched_wake(owner, 0);
}

int qs_group_close(struct qs_group *group, struct qs_report *report)
{
    struct fiber *fiber = running_fiber();
    int rc;

    if (!fiber || group->owner != fiber)
        return -EPERM;
    while (group->live) {
        cancel_holds(
            fiber); /* a shield that has just expired: its groups must know before the wait */
        fiber->sem = &group->slots;
        sched_park(fiber, WAIT_JOIN, QS_FOREVER);
    }
    timer_disarm(&fiber->rt->timers, &group->timer);
    list_remove(&group->open);
    fiber->rt->slots -= group->slots.total;
    rc = group->report.first_error;
    if (!rc && group->report.cancelled)
        rc = group->timed_out ? -ETIMEDOUT : -ECANCELED;
    if (report)
        *report = group->report;
    free(group);
    return rc;
}

void group_close_all(struct fiber *fiber)
{
    while (!list_empty(&fiber->groups)) {
        struct qs_group *group = CONTAINER(fiber->groups.prev, struct qs_group, open);

        cancel_group(fiber->rt, group);
        qs_group_close(group, NULL);
    }
}

struct qs_sem *qs_group_slots(struct qs_group *group)
{
    return &group->slots;
}
