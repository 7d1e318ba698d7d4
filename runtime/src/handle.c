/* handle.c - see handle.h: joins one task, or cancels one. */
#include <errno.h>

#include "cancel.h"
#include "group.h"
#include "handle.h"
#include "schedule.h"

int qs_spawn_task(struct qs_group *group, struct qs_task *handle, const char *name, qs_task_fn *fn,
                  void *arg, qs_fini_fn *fini)
{
    if (handle) {
        *handle = (struct qs_task){.arg = arg, .alive = true};
        list_init(&handle->waiters);
    }
    return group_spawn(group, handle, name, fn, arg, fini);
}

void handle_done(struct qs_task *handle, int rc)
{
    handle->rc = rc;
    handle->alive = false;
    handle->record = NULL;
    while (!list_empty(&handle->waiters))
        sched_wake(CONTAINER(handle->waiters.next, struct task, link)->fiber, 0);
}

int qs_join(struct qs_task *handle, int *rc, int64_t deadline)
{
    struct fiber *fiber;
    int waited = wait_begin(&fiber);

    if (waited)
        return waited;
    if (handle->alive && handle->record == fiber->task)
        return -EDEADLK;
    if (handle->alive) {
        waited = sched_park_in(fiber, &handle->waiters, WAIT_TASK, deadline);
        if (waited)
            return waited;
    }
    handle->joined = true;
    if (fiber->rt->debug.handles)
        debug_joined(fiber->rt, handle->id);
    if (rc)
        *rc = handle->rc;
    return 0;
}

int qs_task_cancel(struct qs_task *handle)
{
    struct runtime *rt = qs_running;
    struct task *task = handle->record;

    if (!rt)
        return -EPERM;
    if (!handle->alive || !task || task->state == TASK_DONE)
        return -ESRCH;
    if (task->state == TASK_RUNNING || task->state == TASK_CLEANING) {
        cancel_fiber(task->fiber);
        return 0;
    }
    list_remove(&task->link);
    if (task->state == TASK_STARTING)
        task->group->starting--;
    task_cancel_unstarted(rt, task);
    return 0;
}

bool qs_task_done(const struct qs_task *handle)
{
    return !handle->alive;
}
