/* cleanup.h - cleanups, from inside. */
#ifndef QS_CLEANUP_H
#define QS_CLEANUP_H

#include "task.h"

/* Arms a node whose fields are set, as the last one. Cannot fail. */
void cleanup_arm(struct fiber *fiber, struct qs_cleanup *node);
/* Whether the node lies on the stack of the task that would arm it. */
bool cleanup_on_stack(const struct fiber *fiber, const void *node);

/* Runs all cleanups of the running task, last armed first, also those that they arm. */
void cleanup_run_all(struct fiber *fiber);

#endif
