/* cleanup.h - cleanups, from inside. */
#ifndef QS_CLEANUP_H
#define QS_CLEANUP_H

#include "task.h"

/* Runs all cleanups of the running task, last armed first, also those that they arm. */
void cleanup_run_all(struct fiber *fiber);

#endif
