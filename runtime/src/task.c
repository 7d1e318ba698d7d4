/* task.c - the life of a task: start, body, cleanups, fini. */
#include <errno.h>

#include "cancel.h"
#include "cleanup.h"
#include "event.h"
#include "group.h"
#include "schedule.h"
#include "switch.h"

static enum outcome outcome_of(const struct fiber *fiber, int rc)
{
    if (rc >= 0)
        return OUTCOME_DONE;
    return rc == -ECANCELED && fiber->cancelled ? OUTCOME_CANCELLED : OUTCOME_FAILED;
}

static void call_fini(struct runtime *rt, const struct task *task, int rc)
{
    if (!task->fini)
        return;
    rt->nowait++;
    task->fini(task->arg, rc);
    rt->nowait--;
}

/* Runs on the task's own stack when its body has returned. */
static void task_finish(struct fiber *fiber, int rc)
{
    struct runtime *rt = fiber->rt;
    struct task *task = fiber->task;
    struct qs_group *group = task->group;
    enum outcome outcome = outcome_of(fiber, rc);

    fiber->shield = NULL; /* one left open lay in a frame that is gone */
    event_task_end(rt, task->id, outcome);
    task->state = TASK_CLEANING;
    if (group)
        group_outcome(group, task, outcome, rc);
    group_close_all(fiber);
    cleanup_run_all(fiber);
    call_fini(rt, task, rc);
    event_task(rt, "task.fini", task->id);
    if (group) {
        list_remove(&fiber->sibling);
        arena_give(&rt->arena, task);
        group_leave(group, true);
    } else {
        rt->main_value = rc;
        rt->main_over = true;
        arena_give(&rt->arena, task);
    }
}

static void fiber_main(void *arg)
{
    struct fiber *fiber = arg;
    struct runtime *rt = fiber->rt;

    sched_arrive(rt);
    event_task(rt, "task.start", fiber->task->id);
    task_finish(fiber, fiber->fn(fiber->task->arg));
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
    fiber->context.sp = qs_arch_prepare(stack_high(stack), fiber_main, fiber);
    task->fiber = fiber;
    task->state = TASK_RUNNING;
    if (group)
        list_append(&group->started, &fiber->sibling);
    return fiber;
}

void task_drop(struct runtime *rt, struct task *task, int rc)
{
    event_task_end(rt, task->id, rc == -ECANCELED ? OUTCOME_CANCELLED : OUTCOME_FAILED);
    call_fini(rt, task, rc);
    event_task(rt, "task.fini", task->id);
    arena_give(&rt->arena, task);
}
