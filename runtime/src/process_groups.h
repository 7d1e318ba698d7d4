/* process_groups.h - the process groups that must not outlive the process: level 3 and exit(3) kill
 * them. */
#ifndef QS_PROCESS_GROUPS_H
#define QS_PROCESS_GROUPS_H

#include <stdatomic.h>
#include <sys/types.h>

/* A place for one group, empty; NULL: no memory. */
atomic_int *process_groups_place(void);
/* Gives the place back. Before its leader is reaped: until then the number is not used again. */
void process_groups_leave(atomic_int *place);
/* Kills all. Async-signal-safe. */
void process_groups_kill(void);
/* Forgets all, and frees the table. */
void process_groups_clear(void);

#endif
