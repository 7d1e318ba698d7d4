/* debug.h - what QS_DEBUG asks for: see "Debugging" in quiesce.h. Off, it costs a comparison where
 * a task is switched to. */
#ifndef QS_DEBUG_H
#define QS_DEBUG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "timer.h"

struct fiber;
struct runtime;
struct task;

struct debug {
    bool on;             /* any of what follows */
    int fd;              /* where the lines go */
    int64_t slow_ns;     /* tasks that ran longer than that without a wait, 0: off */
    int64_t shutdown_ns; /* who holds up a shutdown that takes longer than that, 0: off */
    bool handles;        /* handles that nobody has joined */
    bool overrun;        /* cleanups that took longer than their limit */
    bool leaks;          /* descriptors that are left open, groups that a task has */
    uint64_t seed;       /* 0: as the program says */
    bool virtual_clock;  /* else as the program says */

    int64_t ran_since;        /* when the task that runs got its turn, clock_raw() */
    uint64_t runs;            /* its number */
    const char *runs_name;    /* its name */
    struct timer timer;       /* due when a shutdown has taken too long */
    struct debug_handle *all; /* handles, in the order of spawn */
    size_t n_handles, room;   /* how many there are, and fit */
    int *fds;                 /* descriptors that were open before, in order */
    size_t n_fds;             /* how many */
};

/* Reads QS_DEBUG. What it doesn't know it says, and passes over. */
void debug_read(struct debug *debug, int fd);
/* The run begins: its own descriptors are open. */
void debug_begin(struct debug *debug);
/* It is over; its own descriptors are still open. */
void debug_end(struct runtime *rt);

/* Who ran has left, and next (NULL: the loop) is about to run. */
void debug_switch(struct debug *debug, const struct fiber *next);
void debug_overrun(struct runtime *rt, const struct task *task, const char *cleanup, int64_t over);
void debug_group_left(struct runtime *rt, const struct task *task);
void debug_handle(struct runtime *rt, uint64_t id, const char *name);
void debug_joined(struct runtime *rt, uint64_t id);
void debug_cancelled(struct runtime *rt); /* level 1 is reached */

#endif
