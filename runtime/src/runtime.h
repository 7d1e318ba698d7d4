/* runtime.h - the state of a run. There is one per process, and qs_running points to it. */
#ifndef QS_RUNTIME_H
#define QS_RUNTIME_H

#include "arena.h"
#include "debug.h"
#include "loop.h"
#include "order.h"
#include "signals.h"
#include "stack.h"
#include "task.h"
#include "timer.h"

struct runtime {
    struct context loop;      /* qs_run's own stack, where the loop runs */
    struct fiber *current;    /* who runs; NULL: the loop */
    struct qs_link ready;     /* the run queue, of tasks */
    struct qs_link doomed;    /* groups that are cancelled as soon as those before them are */
    unsigned budget;          /* switches left before the loop looks at descriptors and timers */
    unsigned nowait;          /* > 0: in a fini or a callback, where nothing may wait */
    unsigned signals_seen;    /* of signals_count(), how many the ladder has acted on */
    int level;                /* of cancellation: 0, 1 or 2 */
    int events;               /* descriptor for events, -1: nobody listens */
    int64_t escalate_at;      /* when level 2 comes by itself, QS_FOREVER: never */
    struct stack *retiring;   /* of a task that is done; free once its stack is left */
    struct debug debug;       /* what QS_DEBUG asks for */
    int64_t now;              /* qs_now() as the loop last looked */
    int64_t cancelled_at;     /* when level 1 was reached, 0: not yet */
    struct order order;       /* who runs next, if that is drawn from a seed */
    bool virtual_clock;       /* time goes on only when nobody can run */
    struct timers timers;     /* what is due when */
    struct arena arena;       /* task records */
    struct stack_pool stacks; /* for started tasks */
    struct poller poller;     /* descriptors waited for */
    struct pool *pool;        /* threads for qs_offload(), NULL: none yet */
    unsigned threads;         /* how many there may be */
    uint64_t last_id;         /* of the last task spawned */
    uint64_t slots;           /* sum over open groups, for the event */
    struct fiber *main;       /* the main task */
    int main_value;           /* what it returned */
    bool main_over;           /* it is done: the run ends */
    struct qs_result end;     /* how the run ended, as far as it is known */
    qs_error_fn *on_error;    /* hears of the errors of its cleanups, or NULL */
    void *ctx;                /* handed to on_error */
    int64_t grace_ns;         /* from level 1 to level 2, 0: no end */
};

/* The run of this thread, or NULL. Its memory model keeps the look-up one instruction, also in a
 * shared library. */
extern _Thread_local struct runtime *qs_running __attribute__((tls_model("initial-exec")));

/* Reports an error of a cleanup of the main task, or of a group that it left open (cleanup: NULL).
 */
void run_error(struct runtime *rt, const struct task *task, const char *cleanup, int error);

/* The task that calls, if it may wait; else NULL. */
struct fiber *running_fiber(void);

int wait_begin_slow(struct fiber **self);

/* What each wait does first: acts on signals that have come. *self is the running task.
 * 0, -EPERM, -ECANCELED. */
static inline int wait_begin(struct fiber **self)
{
    struct runtime *rt = qs_running;

    if (rt && rt->current && !rt->nowait && rt->signals_seen == signals_count() &&
        !rt->current->cancelled && !rt->current->block) {
        *self = rt->current;
        return 0;
    }
    return wait_begin_slow(self);
}

/* Waits for a descriptor like qs_wait_fd(); what: the word that a snapshot shows for it. */
int wait_fd(int fd, int events, int64_t deadline, const char *what);

#endif
