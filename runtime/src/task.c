/* task.c - the life of a task: start, body, cleanups, fini. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "block.h"
#include "cancel.h"
#include "cleanup.h"
#include "event.h"
#include "group.h"
#include "handle.h"
#include "probe.h"
#include "schedule.h"
#include "switch.h"

#ifdef QS_TSAN
#include <sanitizer/tsan_interface.h>
#endif

static enum outcome outcome_of(const struct fiber *fiber, int rc)
{
    if (rc >= 0)
        return OUTCOME_DONE;
    return rc == -ECANCELED && fiber->cancelled ? OUTCOME_CANCELLED : OUTCOME_FAILED;
}

void *task_arg(const struct task *task)
{
    return task->handled ? ((struct qs_task *)task->arg)->arg : task->arg;
}

/* The last of a task: its fini, then those who join it. */
static void call_fini(struct runtime *rt, struct task *task, int rc)
{
    struct qs_task *handle = task->handled ? task->arg : NULL;

    task->state = TASK_DONE;
    if (task->fini) {
        rt->nowait++;
        task->fini(task_arg(task), rc);
        rt->nowait--;
    }
    QS_PROBE2(task_fini, task->id, rc);
    event_task(rt, "task.fini", task->id);
    if (handle)
        handle_done(handle, rc);
}

/* Runs on the task's own stack when its body has returned. */
static void task_finish(struct fiber *fiber, int rc)
{
    struct runtime *rt = fiber->rt;
    struct task *task = fiber->task;
    struct qs_group *group = task->group;
    enum outcome outcome;

    block_restore(fiber, NULL); /* what is left open lay in a frame that is gone */
    rc = group_close_left(fiber, 0, rc);
    outcome = outcome_of(fiber, rc);
    QS_PROBE2(task_end, task->id, outcome);
    event_task_end(rt, task->id, outcome);
    task->state = TASK_CLEANING;
    if (group)
        group_outcome(group, task, outcome, rc);
    cleanup_run_all(fiber);
    call_fini(rt, task, rc);
    if (group) {
        list_remove(&fiber->sibling);
        if (group->spared == fiber)
            group->spared = NULL;
        arena_give(&rt->arena, task);
        group_leave(group, true);
    } else {
        rt->main_value = rc;
        rt->main_over = true;
        arena_give(&rt->arena, task);
    }
}

/* In a child made by fork the run is over, and with it this task: see "Children" in quiesce.h. */
static void task_over(struct fiber *fiber, int rc)
{
    if (qs_running != fiber->rt)
        _exit(rc < 0 ? EXIT_FAILURE : rc);
    task_finish(fiber, rc);
}

static void fiber_main(void *arg)
{
    struct fiber *fiber = arg;
    struct runtime *rt = fiber->rt;

    sched_arrive(rt);
    QS_PROBE2(task_start, fiber->task->id, fiber->task->name);
    event_task(rt, "task.start", fiber->task->id);
    task_over(fiber, fiber->fn(task_arg(fiber->task)));
    rt->retiring = &fiber->stack;
    sched_leave(rt, &fiber->context, true);
    __builtin_unreachable();
}

struct fiber *task_start(struct runtime *rt, struct task *task)
{
    struct stack *stack = stack_take(&rt->stacks);
    struct qs_group *group = task->group;

    if (group)
        group->starting--;
    if (!stack) {
        if (group)
            group_outcome(group, task, OUTCOME_FAILED, -ENOMEM);
        task_drop(rt, task, -ENOMEM);
        if (group)
            group_leave(group, true);
        return NULL;
    }
    struct fiber *fiber = CONTAINER(stack, struct fiber, stack);
    struct stack kept = *stack;
    *fiber = (struct fiber){.stack = kept, .task = task, .fn = task->fn, .rt = rt};
    list_init(&fiber->groups);
#ifdef QS_ASAN
    fiber->context.low = stack_low(&rt->stacks, stack);
    fiber->context.size = (size_t)(stack_high(stack) - stack_low(&rt->stacks, stack));
#endif
#ifdef QS_TSAN
    fiber->context.tsan = __tsan_create_fiber(0);
#endif
    fiber->context.sp = qs_arch_prepare(stack_high(stack), fiber_main, fiber);
    task->fiber = fiber;
    task->state = TASK_RUNNING;
    if (group)
        list_append(&group->started, &fiber->sibling);
    return fiber;
}

void task_drop(struct runtime *rt, struct task *task, int rc)
{
    QS_PROBE2(task_end, task->id, rc == -ECANCELED ? OUTCOME_CANCELLED : OUTCOME_FAILED);
    event_task_end(rt, task->id, rc == -ECANCELED ? OUTCOME_CANCELLED : OUTCOME_FAILED);
    call_fini(rt, task, rc);
    arena_give(&rt->arena, task);
}

void task_cancel_unstarted(struct runtime *rt, struct task *task)
{
    struct qs_group *group = task->group;
    bool slot = task->state == TASK_STARTING;

    group->report.cancelled++;
    task_drop(rt, task, -ECANCELED);
    group_leave(group, slot);
}
