/* handle.h - handles of tasks, from inside. */
#ifndef QS_HANDLE_H
#define QS_HANDLE_H

#include "runtime.h"

/* The task is done and returned rc: wakes who joins it. After this the handle is its owner's. */
void handle_done(struct qs_task *handle, int rc);

#endif
