/* loop.h - waits for descriptors, timers and signals, in one epoll_wait(2). */
#ifndef QS_LOOP_H
#define QS_LOOP_H

#include <stdbool.h>
#include <stddef.h>

struct runtime;
struct fiber;

struct poller {
    int epoll; /* the epoll descriptor */
    int wake; /* eventfd that a signal handler writes, so that a wait that is about to begin ends at
                 once */
    struct fd_wait *fds; /* who waits, by descriptor number */
    int room;            /* places in fds */
    unsigned waiting;    /* tasks that wait for a descriptor, or for another thread */
    unsigned
        outside; /* tasks that wait for a thread or a process: a virtual clock waits for those */
    bool coarse; /* the kernel has no epoll_pwait2: milliseconds have to do */
};

int loop_open(struct poller *poller); /* 0 or -errno */
void loop_close(struct poller *poller);
/* In a child made by fork: closes the descriptors, and touches nothing that is shared. */
void loop_forget_all(struct poller *poller);

/* Registers the fiber's wait for its fd_events on its fd. 0; 1: always ready, such as a regular
 * file; or -errno. */
int loop_watch(struct runtime *rt, struct fiber *fiber);
void loop_forget(struct runtime *rt, struct fiber *fiber);

/* Whether a read of the socket fd that does not wait would find nothing, going by the reads before.
 * A guess: who follows it waits in epoll, which knows. */
bool loop_dry(struct poller *poller, int fd);
/* What such a read has found. */
void loop_tried(struct poller *poller, int fd, bool found);

/* Runs until the main task is done. */
void loop_run(struct runtime *rt);

#endif
