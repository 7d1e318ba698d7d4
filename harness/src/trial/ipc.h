/* ipc.h - System V and POSIX objects that stay until someone removes them: shared memory,
 * semaphores, message queues. Where the machine allows it (CAP_SYS_ADMIN) a worker has them to
 * itself, in namespaces of its own; else what is new and ours is taken for the trial's. */
#ifndef SIGSWEEP_IPC_H
#define SIGSWEEP_IPC_H

#include "trial/record.h"

struct ipc {
    bool alone;             /* nobody else's objects can be seen */
    bool shm_alone;         /* ... nor in /dev/shm */
    char *queues;           /* where the POSIX message queues are listed; NULL: nowhere */
    bool own_queues;        /* ... mounted there by us */
    struct left_ipc *start; /* what was there when the program started */
    size_t start_n;
    bool as_marked; /* nobody can have made or removed anything since */
};

/* `scratch`: folder of the trials; what lies in /dev/shm is not to be hidden from them. */
void ipc_open(struct ipc *ipc, const char *scratch);
void ipc_close(struct ipc *ipc);
/* What is there from now on is not the trial's. changed: something ran since the last clearing. */
void ipc_mark(struct ipc *ipc, bool changed);
/* Lists what is new into r->ipc. */
void ipc_scan(const struct ipc *ipc, struct record *r);
/* Removes what is new and surely the trial's. seen: nothing has run since it was scanned; or NULL.
 */
void ipc_clear(struct ipc *ipc, const struct record *seen);

#endif
