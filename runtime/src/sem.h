/* sem.h - semaphores, from inside. */
#ifndef QS_SEM_H
#define QS_SEM_H

#include "runtime.h"

/* Gives a permit to the first waiter, started or queued; with none it is free. */
void sem_put(struct runtime *rt, struct qs_sem *sem);

#endif
