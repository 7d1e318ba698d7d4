/* offload.h - a pool of threads for functions that block. */
#ifndef QS_OFFLOAD_H
#define QS_OFFLOAD_H

#include <stdbool.h>

struct fiber;
struct runtime;

/* Makes those ready whose function has returned. */
void offload_collect(struct runtime *rt);
/* The task that waits is cancelled. True: the function was not called, and won't be. */
bool offload_cancel(struct fiber *fiber);
/* Ends the threads; no function may run. */
void offload_close(struct runtime *rt);

#endif
