/* undisturbed.h - the run that a sweep starts from: nothing is sent, and it has to go well. */
#ifndef SIGSWEEP_UNDISTURBED_H
#define SIGSWEEP_UNDISTURBED_H

#include "trial/trial.h"

struct undisturbed {
    const struct scenario *scenario;
    uint64_t seed;
    const char *shown; /* the command, quoted */
    bool filled;       /* its folder does not start empty */
    bool prepared;     /* a setup command was given */
    bool by_time;      /* points in time follow: how long it takes matters, so it is not slowed */
    /* What came out: */
    int64_t took_ns; /* until its end, or until it was idle */
    bool idle; /* it does not end by itself: it waits for ever, or was ended at the deadline */
};

/* -1: it went well, or waits for something. Otherwise the exit status of the command: what went
 * wrong and what may help has been told on stderr. */
int undisturbed_run(struct undisturbed *u, const struct room_config *config);

#endif
