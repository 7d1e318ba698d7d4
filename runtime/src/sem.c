/* sem.c - see sem.h. A permit goes straight to the first waiter and is never free in between, so
 * nobody can overtake. */
#include <errno.h>

#include "group.h"
#include "schedule.h"
#include "sem.h"

int qs_sem_init(struct qs_sem *sem, uint32_t permits)
{
    if (!permits)
        return -EINVAL;
    *sem = (struct qs_sem){.total = permits, .free = permits};
    list_init(&sem->waiters);
    return 0;
}

int qs_acquire(struct qs_sem *sem, int64_t deadline)
{
    struct fiber *fiber;
    int rc = wait_begin(&fiber);

    if (rc)
        return rc;
    if (sem->free) {
        sem->free--;
        return 0;
    }
    fiber->sem = sem;
    sem->started++;
    return sched_park_in(fiber, &sem->waiters, WAIT_SEM, deadline);
}

void sem_put(struct runtime *rt, struct qs_sem *sem)
{
    if (list_empty(&sem->waiters)) {
        sem->free++;
        return;
    }
    struct task *task = CONTAINER(sem->waiters.next, struct task, link);
    if (task->state != TASK_QUEUED) {
        sched_wake(task->fiber, 0);
        return;
    }
    list_remove(&task->link);
    task->state = TASK_STARTING;
    task->group->starting++;
    list_append(&rt->ready, &task->link);
}

int qs_release(struct qs_sem *sem)
{
    struct runtime *rt = qs_running;

    if (sem->free == sem->total)
        return -EOVERFLOW;
    if (rt)
        sem_put(rt, sem);
    else
        sem->free++;
    return 0;
}

uint32_t qs_sem_free(const struct qs_sem *sem)
{
    return sem->free;
}
