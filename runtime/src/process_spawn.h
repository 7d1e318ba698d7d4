/* process_spawn.h - posix_spawn(3) as qs_process_start() wants it: no code of ours runs in the
 * child, so there is nothing that a signal could cut there. */
#ifndef QS_PROCESS_SPAWN_H
#define QS_PROCESS_SPAWN_H

#include <sys/types.h>

#include "quiesce.h"

/* Starts it in a group of its own. ends: our ends of the pipes for in, out, err; -1 where there is
 * none. 0 and *pid, or -errno: then nothing is left open. */
int spawn_process(const char *const argv[], const struct qs_process_options *options, pid_t *pid,
                  int ends[3]);

#endif
