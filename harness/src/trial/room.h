/* room.h - what a worker keeps between trials. Private to trial/. */
#ifndef SIGSWEEP_ROOM_H
#define SIGSWEEP_ROOM_H

#include "trial/ipc.h"
#include "trial/ports.h"
#include "trial/scratch.h"
#include "trial/trial.h"
#include "trial/zygote.h"

#include <linux/filter.h>
#include <sched.h>

/* The descriptor number that programs find in SIGSWEEP_EVENTS: high, so that a program which counts
 * its descriptors upward does not meet it, and below the usual limit of 1024. */
#define EVENTS_FD 197

#define CHILD_STACK (256 * 1024)

/* Shared with the child between fork and exec: how far it got, and the go-ahead. */
struct launch_status {
    int go;    /* futex: 1 once the tracer has seized the child */
    int stage; /* enum launch_stage that failed */
    int error; /* its errno; 0: none */
};

#define CALL_NAMES 512

struct room {
    struct room_config config;
    struct scratch scratch;
    struct launch_status *status; /* MAP_SHARED page */
    char *child_stack;            /* CHILD_STACK bytes that a child runs on until it execs */
    uint64_t ignored;             /* bit (1 << signal): ignored in this process, by inheritance */
    struct sock_fprog filter;     /* the events filter, compiled once by libseccomp */
    struct zygote zygote;         /* filtered programs are started from it */
    cpu_set_t all_cpus;           /* the affinity that the harness was started with */
    int child_fd;                 /* signalfd of SIGCHLD */
    int timer_fd;                 /* absolute CLOCK_MONOTONIC timer for points in time */
    struct ipc ipc;
    int64_t census_ns;  /* spent so far on looking at what trials left */
    bool left_busy;     /* what a trial left was at work to the end of the longest wait */
    struct ports ports; /* of the trial that runs */
    struct capabilities can;
    struct symbol_cache *symbols;
    char *call_names[CALL_NAMES]; /* by number; NULL: not asked yet */
};

#endif
