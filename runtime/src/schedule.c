/* schedule.c - see schedule.h. Tasks switch to each other directly; the loop runs when none is
 * ready, when the budget is used up, or when a signal has come. */
#include <errno.h>

#include "probe.h"
#include "schedule.h"
#include "signals.h"
#include "switch.h"

#ifdef QS_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef QS_TSAN
#include <sanitizer/tsan_interface.h>
#endif

/* The next fiber to run, NULL: the loop. */
static struct fiber *sched_next(struct runtime *rt)
{
    while (rt->budget && !list_empty(&rt->ready) && rt->signals_seen == signals_count()) {
        struct qs_link *next = rt->order.seed ? order_pick(rt) : rt->ready.next;
        struct task *task = CONTAINER(next, struct task, link);
        struct fiber *fiber = NULL;

        list_remove(&task->link);
        rt->budget--;
        if (task->state != TASK_STARTING)
            return task->fiber;
        fiber = task_start(rt, task);
        if (fiber)
            return fiber;
    }
    return NULL;
}

static void after_switch(struct runtime *rt)
{
    if (rt->retiring) {
#ifdef QS_TSAN
        __tsan_destroy_fiber(CONTAINER(rt->retiring, struct fiber, stack)->context.tsan);
#endif
        stack_give(&rt->stacks, rt->retiring);
        rt->retiring = NULL;
    }
}

void sched_leave(struct runtime *rt, struct context *from, bool dying)
{
    struct fiber *next = sched_next(rt);
    struct context *to = next ? &next->context : &rt->loop;

    rt->current = next;
    if (rt->debug.slow_ns)
        debug_switch(&rt->debug, next);
    if (to == from)
        return;
#ifdef QS_ASAN
    __sanitizer_start_switch_fiber(dying ? NULL : &from->fake, to->low, to->size);
#else
    (void)dying;
#endif
#ifdef QS_TSAN
    __tsan_switch_to_fiber(to->tsan, 0);
#endif
    qs_arch_switch(&from->sp, to->sp);
#ifdef QS_ASAN
    __sanitizer_finish_switch_fiber(from->fake, NULL, NULL);
#endif
    after_switch(rt);
}

void sched_arrive(struct runtime *rt)
{
#ifdef QS_ASAN
    const void *low;
    size_t size;

    __sanitizer_finish_switch_fiber(NULL, &low, &size);
    if (!rt->loop.low) { /* the first task comes from the loop, whose stack only AddressSanitizer
                            knows */
        rt->loop.low = low;
        rt->loop.size = size;
    }
#endif
    after_switch(rt);
}

static void park_due(struct runtime *rt, struct timer *timer)
{
    (void)rt;
    sched_wake(CONTAINER(timer, struct fiber, timer), -ETIMEDOUT);
}

int sched_park(struct fiber *fiber, enum wait_kind kind, int64_t deadline)
{
    struct runtime *rt = fiber->rt;

    QS_PROBE2(wait, fiber->task->id, kind);
    fiber->since = rt->now;
    fiber->wait = kind;
    fiber->deadline = deadline;
    if (deadline != QS_FOREVER) {
        fiber->timer.fire = park_due;
        timer_arm(&rt->timers, &fiber->timer, deadline);
    }
    sched_leave(rt, &fiber->context, false);
    return fiber->result;
}

int sched_park_in(struct fiber *fiber, struct qs_link *waiters, enum wait_kind kind,
                  int64_t deadline)
{
    list_append(waiters, &fiber->task->link);
    return sched_park(fiber, kind, deadline);
}

void sched_wake(struct fiber *fiber, int result)
{
    struct runtime *rt = fiber->rt;

    if (fiber->wait >= WAIT_SEM)
        list_remove(&fiber->task->link);
    if (fiber->wait == WAIT_SEM)
        fiber->sem->started--;
    else if (fiber->wait == WAIT_FD)
        loop_forget(rt, fiber);
    QS_PROBE2(wake, fiber->task->id, result);
    timer_disarm(&rt->timers, &fiber->timer);
    fiber->wait = WAIT_NONE;
    fiber->result = result;
    list_append(&rt->ready, &fiber->task->link);
}
