/* guardian.h - a process that outlives coordinator and workers, should all be killed at once, and
 * then ends what programs of theirs still run. */
#ifndef SIGSWEEP_GUARDIAN_H
#define SIGSWEEP_GUARDIAN_H

#include <sys/types.h>

struct guardian {
    pid_t pid; /* 0: there is none */
    int fd;    /* the coordinator's end: closed when it dies */
};

/* `scratch`: the folder that scratch folders are made in, as room_config has it. Without a guardian
 * the run goes on. */
void guardian_start(struct guardian *g, const char *scratch);
void guardian_end(struct guardian *g); /* it is not needed any more */

#endif
