/* group.c - see group.h. */
#include <errno.h>
#include <stdlib.h>

#include "block.h"
#include "cancel.h"
#include "group.h"
#include "handle.h"
#include "probe.h"
#include "schedule.h"
#include "sem.h"

#define UNLIMITED INT32_MAX

static void group_due(struct runtime *rt, struct timer *timer)
{
    struct qs_group *group = CONTAINER(timer, struct qs_group, timer);

    if (!group->cancelled)
        group->timed_out = true;
    cancel_group(rt, group);
}

void group_begin(struct fiber *fiber, struct qs_group *group,
                 const struct qs_group_options *options)
{
    struct runtime *rt = fiber->rt;

    *group = (struct qs_group){.owner = fiber, .block = fiber->block, .depth = fiber->depth};
    if (options)
        group->opts = *options;
    qs_sem_init(&group->slots, group->opts.slots ? group->opts.slots : UNLIMITED);
    list_init(&group->started);
    group->cancelled = cancel_holds(fiber);
    list_append(&fiber->groups, &group->open);
    if (group->opts.deadline && group->opts.deadline != QS_FOREVER) {
        group->timer.fire = group_due;
        timer_arm(&rt->timers, &group->timer, group->opts.deadline);
    }
    rt->slots += group->slots.total;
    /* One group without a limit is enough: nothing can then be exceeded. */
    event_number(rt, "slots n=", rt->slots < UNLIMITED ? (int64_t)rt->slots : UNLIMITED);
}

int qs_group_open(struct qs_group **out, const struct qs_group_options *options)
{
    struct fiber *fiber = running_fiber();
    struct qs_group *group;

    if (!fiber)
        return -EPERM;
    group = malloc(sizeof(*group));
    if (!group)
        return -ENOMEM;
    group_begin(fiber, group, options);
    group->allocated = true;
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
        QS_PROBE2(task_queue, task->id, task->name);
        event_task(rt, "task.queue", task->id);
        QS_PROBE2(task_end, task->id, rc == -ECANCELED ? OUTCOME_CANCELLED : OUTCOME_FAILED);
        event_task_end(rt, task->id, rc == -ECANCELED ? OUTCOME_CANCELLED : OUTCOME_FAILED);
        rt->nowait++;
    }
    if (task->fini)
        task->fini(task_arg(task), rc);
    if (rt) {
        rt->nowait--;
        QS_PROBE2(task_fini, task->id, rc);
        event_task(rt, "task.fini", task->id);
    }
    if (task->handled)
        handle_done(task->arg, rc);
    return rc;
}

int group_spawn(struct qs_group *group, struct qs_task *handle, const char *name, qs_task_fn *fn,
                void *arg, qs_fini_fn *fini)
{
    struct runtime *rt = qs_running;
    struct task record = {.arg = arg, .fini = fini, .name = name, .group = group};

    record.fn = fn;
    if (handle) {
        record.arg = handle;
        record.handled = true;
    }
    if (!rt || !group || !fn)
        return spawn_refused(NULL, NULL, &record, rt ? -EINVAL : -EPERM);
    record.id = ++rt->last_id & TASK_ID_MASK;
    if (handle) {
        handle->id = record.id;
        debug_handle(rt, record.id, name);
    }
    if (group->cancelled)
        return spawn_refused(rt, group, &record, -ECANCELED);
    struct task *task = arena_take(&rt->arena);
    if (!task)
        return spawn_refused(rt, group, &record, -ENOMEM);

    bool slot = group->slots.free > 0;
    record.state = slot ? TASK_STARTING : TASK_QUEUED;
    *task = record;
    if (handle)
        handle->record = task;
    group->live++;
    QS_PROBE2(task_queue, record.id, name);
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

int qs_spawn(struct qs_group *group, const char *name, qs_task_fn *fn, void *arg, qs_fini_fn *fini)
{
    return group_spawn(group, NULL, name, fn, arg, fini);
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
    struct qs_report *report = &group->report;

    if (!report->first_error) {
        report->first_error = rc;
        report->first_error_id = task->id;
    }
    if (report->errors < group->opts.errors_room)
        group->opts.errors[report->errors] = (struct qs_error){
            .task_id = task->id, .task = task->name, .cleanup = cleanup, .error = rc};
    report->errors++;
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
        /* The failed one is not cancelled: its cleanups may still wait. */
        if (!group->opts.keep_going)
            cancel_others(group->owner->rt, group,
                          task->state == TASK_CLEANING ? task->fiber : NULL);
    }
}

void group_cleanup_failed(struct qs_group *group, const struct task *task, const char *cleanup,
                          int rc, bool overrun)
{
    if (overrun)
        group->report.cleanups_overrun++;
    else
        group->report.cleanups_failed++;
    report_error(group, task, cleanup, rc);
}

void group_leave(struct qs_group *group, bool slot)
{
    struct fiber *owner = group->owner;

    if (slot)
        sem_put(owner->rt, &group->slots);
    /* Only a join waits for its group's last task; the owner may also be waiting for another of its
     * groups. */
    if (--group->live == 0 && owner->wait == WAIT_GROUP && owner->sem == &group->slots)
        sched_wake(owner, 0);
}

int group_end(struct fiber *fiber, struct qs_group *group, struct qs_report *report)
{
    int rc;

    while (group->live) {
        /* A block that has just ended: its groups must know before the wait. If none of this one's
         * tasks had started, they are all gone then, and nobody would end the wait. */
        cancel_holds(fiber);
        if (!group->live)
            break;
        fiber->sem = &group->slots;
        sched_park(fiber, WAIT_GROUP, QS_FOREVER);
    }
    timer_disarm(&fiber->rt->timers, &group->timer);
    list_remove(&group->open);
    fiber->rt->slots -= group->slots.total;
    rc = group->report.first_error;
    if (!rc && group->report.cancelled && group->cancelled)
        rc = group->timed_out ? -ETIMEDOUT : -ECANCELED;
    if (report)
        *report = group->report;
    return rc;
}

int qs_group_close(struct qs_group *group, struct qs_report *report)
{
    struct fiber *fiber = running_fiber();
    int rc;

    if (!fiber || group->owner != fiber || !group->allocated)
        return -EPERM;
    rc = group_end(fiber, group, report);
    free(group);
    return rc;
}

/* A task returns one error; a second one of its groups is told beside it. */
static void error_beside(struct fiber *fiber, int error)
{
    const struct task *task = fiber->task;

    if (task->group)
        report_error(task->group, task, NULL, error);
    else
        run_error(fiber->rt, task, NULL, error);
}

int group_close_left(struct fiber *fiber, unsigned depth, int rc)
{
    struct qs_link *link = fiber->groups.prev;

    while (link != &fiber->groups) {
        struct qs_group *group = CONTAINER(link, struct qs_group, open);
        struct qs_report report = {0};

        link = link->prev;
        if (group->depth < depth)
            continue;
        debug_group_left(fiber->rt, fiber->task);
        cancel_group(fiber->rt, group);
        qs_group_close(group, &report);
        if (rc >= 0 && report.first_error)
            rc = report.first_error;
        else if (report.first_error && report.first_error != rc)
            error_beside(fiber, report.first_error);
    }
    return rc;
}

struct qs_sem *qs_group_slots(struct qs_group *group)
{
    return &group->slots;
}
