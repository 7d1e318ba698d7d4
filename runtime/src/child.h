/* child.h - waits for child processes. */
#ifndef QS_CHILD_H
#define QS_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

int child_open(pid_t pid); /* a pidfd, or -1: then the waits look again and again */
/* Waits until it has ended, and does not reap it. 0, or -ETIMEDOUT, -ECANCELED, -ECHILD. */
int child_wait_end(pid_t pid, int pidfd, int64_t deadline);
/* The same for one that was killed: no cancellation ends this wait. */
void child_wait_dying(pid_t pid, int pidfd);
bool child_is_ours(pid_t pid);          /* nobody has reaped it */
bool child_has_ended(pid_t pid);        /* or is none of ours any more */
int child_reap(pid_t pid, int *status); /* one that has ended. 0, or -ECHILD */

#endif
