/* bounds.h - what a trial may use up: room in the file system of its scratch, and processes where
 * the tracer does not count them. Looked at ten times a second, from when a trial has lasted that
 * long: short ones pay nothing. */
#ifndef SIGSWEEP_BOUNDS_H
#define SIGSWEEP_BOUNDS_H

#include <stdint.h>

struct live;

struct bounds {
    uint64_t quota;     /* bytes that the scratch may hold */
    uint64_t free_then; /* bytes that were free at the start */
    int64_t next_ns;    /* absolute: when to look again */
};

#define PROCESSES_MAX 4000 /* a trial with more is ended: it forks without end */

/* The quota that the scenario or the command line gives; 0: none. */
uint64_t bounds_asked(const struct live *l);
void bounds_open(struct live *l);
/* Sets l->flooded when it is over one. */
void bounds_look(struct live *l);

#endif
