/* channels.h - what a program has opened for itself alone and would share with its copies: pipes
 * and socketpairs with both ends in the program, eventfds, signalfds, timerfds, and the epolls that
 * watch them. Private to trial/. */
#ifndef SIGSWEEP_CHANNELS_H
#define SIGSWEEP_CHANNELS_H

#include "trial/arch.h"

#include <sys/types.h>
#include <time.h>

#define COPIED_FDS 1024 /* descriptors that can be known as the copy's own */

enum channel_kind {
    CHANNEL_PIPE,
    CHANNEL_PAIR,
    CHANNEL_EVENTFD,
    CHANNEL_SIGNALFD,
    CHANNEL_TIMERFD,
    CHANNEL_EPOLL, /* the last: it watches the others */
};

/* What one end of a pipe or pair holds, not read yet. */
#define HELD_MOST 4096
struct channel_end {
    int fd;
    int flags;           /* open(2)'s, with O_CLOEXEC when the descriptor has it */
    unsigned char *held; /* NULL: nothing */
    size_t held_n;
    int pipe_size; /* F_GETPIPE_SZ */
    int queued;    /* SIOCOUTQ: what was written here and not read, with the kernel's own cost */
};

struct watch {
    int fd;
    uint32_t events;
    uint64_t data;
    bool ready;
};

struct channel {
    enum channel_kind kind;
    struct channel_end ends[2]; /* of a pipe: to read, to write; the kinds with one use the first */
    int type;                   /* of a pair: SOCK_STREAM ...; of an eventfd: EFD_SEMAPHORE or 0;
                                 * of a timerfd: its clock */
    uint64_t value;             /* count of an eventfd, mask of a signalfd */
    struct itimerspec timer;    /* what is left */
    struct watch *watches;      /* of an epoll */
    size_t watches_n;
    bool edges; /* some watch is told of changes alone, or once */
    bool taken; /* what its watches have ready was told already: edges */
};

/* Both ends of a socketpair(), by inode; no call has set one to other than its defaults. */
struct socket_pair {
    uint64_t inodes[2];
    int type;
};

struct channels {
    bool any;   /* the program may have some */
    bool given; /* it may have given descriptors to others: no end is known to be the last */
    bool known; /* `list` is as they are now */
    struct channel *list;
    size_t n;
    struct socket_pair *pairs;
    size_t pairs_n;
};

struct live;
/* The original is about to make a call, has made one: what it means for the channels. */
void channels_call(struct live *l, const struct arch_call *call);
void channels_done(struct live *l, const struct arch_call *call, long result);
/* Looks at the stopped original, unless nothing can have changed. Those that can't be made again
 * exactly are not in the list. */
void channels_look(struct live *l);
void channels_close(struct live *l);

/* What the original has open, as channels_look() sees it. */
struct open_end {
    int fd;
    char type;      /* 'p'ipe, 's'ocket, 'e'poll, e'v'entfd, si'g'nalfd, 't'imerfd, '-': other */
    uint64_t inode; /* of pipes and sockets */
    mode_t mode;    /* of the link: what it is open for */
};

struct look {
    struct live *l;
    struct open_end *list;
    size_t n;
};

/* channel_state.c: what this one holds; false: it can't be made again exactly. */
bool channel_look(const struct look *k, const struct open_end *one, struct channel *c);
/* The pair that a socket belongs to; NULL. */
struct socket_pair *socket_pair_of(struct channels *c, uint64_t inode);

/* private.c: a copy that has just been made, and did not run, gets channels of its own, equal to
 * the original's, under the same numbers. At pc is a system-call instruction. NULL, or why that
 * failed: the copy can't be used. */
struct copied;
const char *copied_channels(struct copied *c, uint64_t pc);

#endif
