/* copied.h - a copy of the program, made at a point, on its way to its end. Private to trial/. */
#ifndef SIGSWEEP_COPIED_H
#define SIGSWEEP_COPIED_H

#include "trial/live.h"

struct kept_offset {
    int number; /* of the descriptor in the copy */
    int fd;     /* here */
    off_t at;
};

struct copied {
    struct live live;     /* the engine's state for it, as for a program of its own */
    bool dying;           /* it lives in the original's memory: the signal kills it at once */
    int signal;           /* that it gets */
    pid_t original;       /* the process that it is a copy of */
    bool own[COPIED_FDS]; /* descriptors that only it has */
    /* Of an epoll that has told nothing yet, how many it watches: in which order it would tell
     * those that are ready is not known. */
    unsigned in_doubt[COPIED_FDS];
    bool watched[COPIED_FDS];    /* one of its own epolls watches it, and the original has it too */
    bool replacing;              /* what the call that it is in replaces was moved aside */
    struct kept_offset *offsets; /* of files that it shares with the original */
    size_t offsets_n;
    uint64_t out_inode, err_inode; /* of the pipes that the harness reads; 0: none */
};

/* copied.c */
/* The copy's record: what it has in common with the original is part of it. */
void copied_record(struct live *l, bool dying, struct record *r);
/* Its own view of the trial: the same channels, another process, another record. */
void copied_init(struct copied *c, struct live *l, pid_t pid, bool dying, struct record *r);
void copied_close(struct copied *c);
/* Lets it run to its end. NULL, or why it is not sound. */
const char *copied_run(struct copied *c);
void copied_kill(struct copied *c);

void copied_offsets_restore(struct copied *c);
/* The number stands for something else from now on. */
void copied_offset_left(struct copied *c, int number);
/* own.c: nobody else has what this descriptor stands for. */
bool copied_owns(const struct copied *c, int fd);
/* It is about to make a call: an epoll may watch one more; something may be closed: NULL, or why it
 * can't be. */
void copied_watches(struct copied *c, const uint64_t args[6]);
const char *copied_closes(const struct copied *c, const struct arch_call *call);
/* A call of the copy has ended: NULL, or why the copy can't go on. */
const char *copied_call_done(struct copied *c, const struct arch_call *call, long result);

#endif
