/* task.h - a task: a record of 64 bytes from its spawn on, and a fiber (a stack with what runs on
 * it) once it starts. */
#ifndef QS_TASK_H
#define QS_TASK_H

#include "list.h"
#include "stack.h"
#include "timer.h"

#if defined(__SANITIZE_ADDRESS__)
#define QS_ASAN 1
#elif defined(__SANITIZE_THREAD__)
#define QS_TSAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define QS_ASAN 1
#elif __has_feature(thread_sanitizer)
#define QS_TSAN 1
#endif
#endif

struct runtime;

enum task_state {
    TASK_FREE,     /* the record is in the arena's free list */
    TASK_QUEUED,   /* waits for a slot */
    TASK_STARTING, /* has a slot, waits for its turn */
    TASK_RUNNING,  /* its body has begun; it has a fiber */
    TASK_CLEANING, /* its body is over */
    TASK_DONE,     /* in its fini */
};

struct task {
    struct qs_link link; /* in a semaphore's queue or in the run queue; in neither while it runs or
                            waits for something else */
    union {
        qs_task_fn *fn;      /* what to run, until it starts */
        struct fiber *fiber; /* from its start on */
    };
    void *arg;              /* for fn and fini, or the handle */
    qs_fini_fn *fini;       /* called last, may be NULL */
    const char *name;       /* for people, may be NULL */
    struct qs_group *group; /* NULL: the main task */
    uint64_t id : 55;       /* in the order of spawn */
    uint64_t handled : 1;   /* arg is its handle, and that has the arg */
    uint64_t state : 8;     /* enum task_state */
};

#define TASK_ID_MASK ((UINT64_C(1) << 55) - 1)

_Static_assert(sizeof(void *) != 8 || sizeof(struct task) == 64, "a queued task is one cache line");

enum wait_kind {
    WAIT_NONE,    /* it runs or could */
    WAIT_SLEEP,   /* for a time */
    WAIT_FD,      /* for a descriptor */
    WAIT_GROUP,   /* for the tasks of a group: cancellation does not end it */
    WAIT_OFFLOAD, /* for a function on another thread: cancellation is passed on to that */
    WAIT_SEM,     /* for a permit; from here on, its link is in a list of waiters */
    WAIT_EVENT,   /* for an event to be set */
    WAIT_TASK,    /* for another task to be done */
    WAIT_SEND,    /* for room in a channel */
    WAIT_RECEIVE, /* for an item in a channel */
};

/* A place to switch to. */
struct context {
    void *sp; /* the saved stack pointer */
#ifdef QS_ASAN
    void *fake;      /* AddressSanitizer's fake stack */
    const void *low; /* where the stack begins */
    size_t size;     /* and how long it is */
#endif
#ifdef QS_TSAN
    void *tsan; /* what ThreadSanitizer calls it */
#endif
};

/* Lies at the top of its own stack. What a switch touches comes first, to be in one cache line. */
struct fiber {
    struct stack stack;     /* the stack it lies on */
    struct context context; /* where it goes on */
    struct task *task;      /* whose it is */
    enum wait_kind wait;    /* what it waits for */
    int result;             /* what that wait returns */
    bool cancelled;         /* its waits fail, unless shielded */
    bool firm;              /* but not this one: what it waits for ends soon, and must be seen to */
    struct qs_block *block; /* the innermost shield or timeout, or NULL */

    qs_task_fn *fn;              /* the body */
    struct runtime *rt;          /* the run it belongs to */
    struct qs_link sibling;      /* in its group's list of started tasks */
    struct qs_link groups;       /* groups it has open */
    unsigned depth;              /* cleanups that run inside each other now */
    struct qs_cleanup *cleanups; /* armed, last first */
    const char *cleaning;        /* name of the cleanup that runs now */
    int64_t cleaning_since;      /* when it began, as above */
    int64_t cleaning_until;      /* its limit, QS_FOREVER: none */
    struct timer timer;          /* ends its wait */
    int64_t deadline;            /* when that is */
    int64_t since;               /* when the wait began, as the loop's clock stood */
    struct timer block_timer;    /* due when the next of its blocks is over */
    struct qs_sem *sem;          /* WAIT_SEM, WAIT_GROUP: which */
    void *item;                  /* WAIT_SEND, WAIT_RECEIVE: what to copy from, or to; WAIT_OFFLOAD:
                                    the job */
    const char *what;            /* WAIT_FD: what for, as a word */
    int fd;                      /* WAIT_FD: which */
    int fd_events;               /* WAIT_FD: for what */
};

/* Gives a task that has its slot a stack. NULL: no memory; the task is as before. */
struct fiber *task_start(struct runtime *rt, struct task *task);

/* What its body and its fini get. */
void *task_arg(const struct task *task);

/* Ends a task that never ran: fini with rc, and the record is gone. */
void task_drop(struct runtime *rt, struct task *task, int rc);

/* Cancels one that has not started and is in no list any more. */
void task_cancel_unstarted(struct runtime *rt, struct task *task);

#endif
