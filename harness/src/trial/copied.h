/* copied.h - a copy of the program, made at a point, on its way to its end. Private to trial/. */
#ifndef SIGSWEEP_COPIED_H
#define SIGSWEEP_COPIED_H

#include "trial/live.h"

#define COPIED_FDS 1024 /* descriptors that can be known as the copy's own */

struct kept_offset {
    int number; /* of the descriptor in the copy */
    int fd;     /* here */
    off_t at;
};

struct copied {
    struct live live; /* the engine's state for it, as for a program of its own */
    bool dying;       /* it lives in the original's memory: the signal kills it at once */
    int signal;       /* that it gets */
    pid_t original;   /* the process that it is a copy of */
    bool own[COPIED_FDS];
    struct kept_offset *offsets; /* of files that it shares with the original */
    size_t offsets_n;
    uint64_t out_inode, err_inode; /* of the pipes that the harness reads; 0: none */
};

void copied_offsets_restore(struct copied *c);
void copied_call_done(struct copied *c, const struct arch_call *call, long result);

#endif
