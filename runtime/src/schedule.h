/* schedule.h - who runs next. */
#ifndef QS_SCHEDULE_H
#define QS_SCHEDULE_H

#include "runtime.h"

#define SCHED_BUDGET 256 /* switches between two looks at descriptors and timers */

/* Leaves the running context for the next ready task, or the loop. Returns when someone switches
 * back; if dying, never. */
void sched_leave(struct runtime *rt, struct context *from, bool dying);

/* First thing on a new stack. */
void sched_arrive(struct runtime *rt);

/* The running task waits. Returns what it is woken with, -ETIMEDOUT at the deadline. */
int sched_park(struct fiber *fiber, enum wait_kind kind, int64_t deadline);

/* The same in a list of waiters, which the wait leaves however it ends. */
int sched_park_in(struct fiber *fiber, struct qs_link *waiters, enum wait_kind kind,
                  int64_t deadline);

/* Ends a wait, wherever the task waits, and makes it ready. */
void sched_wake(struct fiber *fiber, int result);

#endif
