/* ports.h - TCP and UDP ports of the loopback that are handed out to a trial, so that trials that
 * run at the same time do not meet. A port is reserved by an abstract socket of its number: that is
 * seen by all in the same network, by other runs too, and goes with its process, however it ends.
 */
#ifndef SIGSWEEP_PORTS_H
#define SIGSWEEP_PORTS_H

#include "scenario/scenario.h"
#include "support/error.h"

struct ports {
    int fd[PROGRAM_PORTS_MAX]; /* the reservations */
    unsigned number[PROGRAM_PORTS_MAX];
    unsigned n;
    unsigned next; /* where to look next: each trial gets others, past those in TIME_WAIT */
};

/* Reserves n ports that are free now. 0, or -EADDRINUSE with a message. */
int ports_take(struct ports *p, unsigned n, struct error *err);
void ports_release(struct ports *p);

#endif
