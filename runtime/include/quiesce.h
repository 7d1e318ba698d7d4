/* quiesce.h - structured concurrency in C that ends cleanly when it is interrupted.
 *
 * A run is a tree: the main task opens groups, a group runs tasks, a task may open groups again. A
 * group closes only when all its tasks are done, so nothing outlives the code that started it. A
 * signal cancels the tree from its root; cleanups run, then the process ends by that very signal.
 *
 * Rules that hold for every function here:
 *
 *   - Errors are returned, 0 or -errno. Nothing is printed, nothing aborts, errno is not part of
 *     it (and does not survive a wait: other tasks run meanwhile).
 *   - Times are int64_t nanoseconds as qs_now() tells them, deadlines are absolute: qs_now() + 5 *
 *     QS_SECOND. QS_FOREVER is no deadline; a time in the past is one that has passed, not an
 *     error.
 *   - "A wait." marks the functions that let other tasks run. Called outside a task, or in a fini,
 *     they return -EPERM.
 *   - Cancellation is level-triggered: once a task is cancelled, each of its waits returns
 *     -ECANCELED, until the task is done. -ECANCELED means "did not happen": no byte moved, no
 *     permit taken, no child reaped.
 *   - A wait that has succeeded stays successful, also when the cancel comes before the task runs
 *     on.
 *   - Nothing here is thread-safe, but for the functions marked so: a run lives on the thread that
 *     called qs_run(). At most one run at a time in a process, since signal handlers belong to the
 *     process.
 *   - Nothing here may be called in a signal handler, but for the functions marked
 *     async-signal-safe.
 *   - Names (of groups, tasks, cleanups) are not copied: pass literals, or memory that lives as
 *     long as the run.
 *   - Structs with fields marked "private" are allocated by you and filled in here.
 *
 * What errors mean, where nothing else is said:
 *
 *   - -ECANCELED: the task is cancelled, or its timeout is over; it did not happen
 *   - -EMFILE: there are too many open descriptors
 *   - -ENOMEM: there is no memory
 *   - -EPERM: not called in a task of a run, or called in a fini
 *   - -ETIMEDOUT: the deadline has passed; it did not happen
 *
 * Facts about the system come from: sigaction(2), sigaltstack(2), signal-safety(7), epoll(7),
 * eventfd(2), pidfd_open(2), waitpid(2); what an exit status should look like from "Proper handling
 * of SIGINT/SIGQUIT" (Cracauer) and POSIX.1-2017, WIFSIGNALED. */
#ifndef QUIESCE_H
#define QUIESCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Marks what the library exports. The pages of the manual are made from the comments here: the one
 * before a function begins with what it does, and ends with a paragraph on what it returns, where
 * each error has its reason in brackets. */
#define QS_API __attribute__((visibility("default")))

/* ---- Time ------------------------------------------------------------------------------------ */

#define QS_MICROSECOND ((int64_t)1000)
#define QS_MILLISECOND ((int64_t)1000000)
#define QS_SECOND      ((int64_t)1000000000)
#define QS_FOREVER     INT64_MAX

/* Tells the time: CLOCK_MONOTONIC in ns, less the time that the process was stopped by job
 * control during a run (see "Stopping and going on").
 *
 * Returns it. Async-signal-safe. Thread-safe. */
QS_API int64_t qs_now(void);

/* ---- Run and exit ---------------------------------------------------------------------------- */

/* A task's body. 0 or more: done; negative: failed with that -errno; -ECANCELED from a cancelled
 * task: cancelled. */
typedef int qs_task_fn(void *arg);

/* Called once for each error of a task or cleanup, as it happens; must not wait. cleanup is NULL
 * when the task failed; a cleanup's -ETIME, which comes after its own error if it had one, says
 * that it took longer than its limit. */
typedef void qs_error_fn(void *ctx, uint64_t task_id, const char *task, const char *cleanup,
                         int error);

/* What a run may be told. All zero is a good default. */
struct qs_options {
    /* What each signal does, ended by one whose signal is 0; NULL: SIGINT, SIGTERM and SIGHUP climb
     * the ladder. One that is ignored when the run starts (nohup, a shell's background job) stays
     * ignored. Not copied: it must stay as long as the run. */
    const struct qs_signal *signals;
    /* Signal that writes a dump of all tasks to dump_fd, such as SIGQUIT or SIGUSR1. 0: none. */
    int dump_signal;
    /* Where the dump goes. 0: standard error. */
    int dump_fd;
    /* Exit code of qs_exit() after an interruption, 1 to 255. 0: die by the signal. */
    int signal_code;
    /* Signals of the ladder that come this soon after one that counted, ns, do not count: a
     * terminal and a parent often both send the same one. 0: all count. */
    int64_t debounce_ns;
    /* Level 2 follows level 1 by itself after this long, ns. 0: only a second signal brings it. */
    int64_t grace_ns;
    /* Level 3 follows level 2 by itself after this long, ns, also when no task ever yields (then
     * level 2 is taken to have come when it was due). 0: only a signal brings it. It needs a signal
     * of the ladder that is not ignored. */
    int64_t last_grace_ns;
    /* Bytes of stack a started task gets, rounded up to pages. 0: 256 KiB. Only touched pages cost
     * memory; below each stack is a guard page. At least 16 KiB. */
    size_t stack_size;
    /* Draws who runs next: see "Deterministic runs". 0: tasks run first come, first served. */
    uint64_t seed;
    /* The clock goes on only when no task can run: see there. */
    bool virtual_clock;
    /* How many threads qs_offload() may use; they are made as they are needed. 0: 4. */
    unsigned threads;
    /* Hears of the errors of the main task's cleanups, as a group's does of its tasks'. May be
     * NULL. */
    qs_error_fn *on_error;
    /* Handed to on_error. */
    void *ctx;
};

/* How a run ended. */
struct qs_result {
    int value;               /* what the main task returned */
    int signal;              /* the first signal of the ladder that came, 0: none */
    int level;               /* the highest level of cancellation that took effect: 0, 1 or 2 */
    int cleanup_error;       /* the first error of a cleanup of the main task, 0: none */
    int signal_code;         /* as in qs_options, for qs_exit() */
    uint64_t trace;          /* of a run with a seed: a hash of who ran when */
    size_t cleanups_failed;  /* cleanups of the main task that returned an error */
    size_t cleanups_overrun; /* those that took longer than their limit */
};

/* Runs main as the first task and returns when it is done, and with it every other task. Then no
 * descriptor, stack, timer, signal handler, mask or alternate stack of the run is left. options
 * and result may be NULL.
 *
 * Returns 0, and *result tells how it ended; or -EBUSY (a run is on already), -EINVAL (main is
 * NULL, or the options make no sense), -ENOMEM, -EMFILE (no descriptor for the loop), and what
 * else epoll_create1(2), eventfd(2), timer_create(2) say: then nothing ran. */
QS_API int qs_run(const struct qs_options *options, qs_task_fn *main, void *arg,
                  struct qs_result *result);

/* Ends the process as the result says. Interrupted: flushes stdio and raises the signal again
 * with its default action, so that the parent sees WIFSIGNALED (atexit functions don't run), or
 * exits with signal_code. Otherwise exit(value), or exit(1) for a negative value. Call it when
 * qs_run() has returned.
 *
 * Does not return. */
QS_API void qs_exit(const struct qs_result *result) __attribute__((noreturn));

/* Raises the level of the whole run as a signal would: 1 cancels every task, 2 also expires all
 * shields. Levels never go down. Cancels the caller too.
 *
 * Returns 0, or -EINVAL (another level), -EPERM (no run). */
QS_API int qs_cancel(int level);

/* ---- The ladder of signals ----------------------------------------------------------------------
 *
 * The first signal brings level 1: the main task is cancelled, and so every group and task.
 * The second brings level 2: shields expire. Cleanups still run, all of them, but their waits fail.
 * The third is level 3: the handler itself runs the last-gasp table and raises the signal with its
 * default action. It needs no task to yield, so a task that spins cannot swallow a ^C. It always
 * dies by the signal, whatever signal_code says.
 *
 * All signals climb the same ladder. One may have steps of its own: {1, 3} lets a supervisor's
 * second SIGTERM be the last one; {3} makes SIGQUIT end the process at once, after the last gasps,
 * with the core dump that people expect of it. Levels never go down: the higher of what all signals
 * have asked for counts.
 *
 * The handler runs on a stack of its own, keeps errno, counts, and writes an eventfd; signals never
 * unwind code. Its calls are write(2), sigaction(2), pthread_sigmask(3), raise(3), kill(2),
 * getpid(2), timer_settime(2), _exit(2), clock_gettime(2), and your last-gasp functions.
 *
 * Beside your own handlers. A run takes over only the signals that it was told of, those of
 * stopping (see "Stopping and going on"), and no SIGCHLD. What it finds is put back exactly, flags
 * and mask too, when the run ends; but a handler that you install for one of them during the run is
 * yours, and stays. */

/* What a signal may do. */
enum qs_reaction {
    QS_CLIMB,  /* the ladder */
    QS_DUMP,   /* qs_dump(), in the handler */
    QS_NOTIFY, /* sets an event, soon after: for "read your configuration again" */
};

#define QS_STEPS 4

/* What a signal does. */
struct qs_signal {
    int signal;                    /* its number */
    enum qs_reaction does;         /* QS_CLIMB is 0 */
    unsigned char steps[QS_STEPS]; /* QS_CLIMB: the level that its first, second ... asks for, the
                                      last one also for all that follow; ended by 0. All 0: each
                                      asks for one level more than signals have asked for so far */
    bool chain; /* the handler that was there before the run is called too, afterwards, if it was a
                   function */
    struct qs_event *event; /* QS_NOTIFY: which */
};

/* ---- Stopping and going on -------------------------------------------------------------------
 *
 * A run that is stopped by job control (SIGTSTP, SIGTTIN, SIGTTOU) stops as
 * ever, and its deadlines stop with it: the time until SIGCONT does not count, in no wait, timeout,
 * shield or grace time. SIGSTOP cannot be noticed. After one, at least the wait that would have
 * ended meanwhile ends only now, and all later deadlines move by as much. A signal that your
 * program handles, or ignores, when the run starts is left alone. */

/* ---- Fork ------------------------------------------------------------------------------------
 *
 * In a child made by fork(2) during a run, the run is over at once: handlers are as
 * before it, its descriptors are closed, the last-gasp table is empty, waits return -EPERM. The
 * child may start a run of its own. When a task's body returns there, the child _exits with what it
 * returned (1 for an error): no cleanup or fini of the parent's runs twice. */

/* ---- Last gasps ------------------------------------------------------------------------------ */

/* Called at level 3, in the signal handler: it must be async-signal-safe (signal-safety(7)). */
typedef void qs_last_gasp_fn(void *arg);

#define QS_LAST_GASPS 64
/* Puts fn in the process-wide last-gasp table, of QS_LAST_GASPS places. They run last in, first
 * out; each is claimed by an atomic step before it runs, so it runs once, whatever else happens
 * in that instant, and in whatever thread. Works with or without a run.
 *
 * Returns a handle >= 0, or -ENOSPC (the table is full), -EINVAL (fn is NULL).
 * Async-signal-safe. Thread-safe. */
QS_API int qs_last_gasp_add(qs_last_gasp_fn *fn, void *arg);
/* Takes a last gasp out of the table again.
 *
 * Returns 0: it will not run; or -ENOENT (there is no such handle, or it runs already).
 * Async-signal-safe. Thread-safe. */
QS_API int qs_last_gasp_remove(int handle);

/* ---- Groups and tasks ------------------------------------------------------------------------ */

/* A place in a list. Private. */
struct qs_link {
    struct qs_link *next, *prev;
};

struct qs_group; /* opaque; from qs_group_open() to qs_group_close() */

/* Called exactly once for every qs_spawn(), whatever comes: the last thing done with arg. rc is
 * what the task returned; -ECANCELED for one that was cancelled before it started; the error of a
 * qs_spawn() that failed. Must not wait. */
typedef void qs_fini_fn(void *arg, int rc);

/* What a group may be told. All zero is a good default. */
struct qs_group_options {
    /* How many tasks may run at once. 0: no limit. */
    uint32_t slots;
    /* A failed task does not cancel the others of its group. (It never cancels itself: its own
     * cleanups may wait.) */
    bool keep_going;
    /* When the group is cancelled by itself. 0 or QS_FOREVER: never. */
    int64_t deadline;
    /* Hears of each error, so that none is lost. May be NULL. */
    qs_error_fn *on_error;
    /* Handed to on_error. */
    void *ctx;
    /* Where the first errors_room errors are put, in the order in which they happen. Yours, until
     * the group is closed; nothing is allocated for an error, so none is lost for want of memory.
     * May be NULL. */
    struct qs_error *errors;
    size_t errors_room; /* how many errors there is room for */
};

/* One error in a group. */
struct qs_error {
    uint64_t task_id;    /* whose */
    const char *task;    /* its name, or NULL */
    const char *cleanup; /* the cleanup's name, "" if it has none; NULL: the task itself failed */
    int error;           /* -errno, as in qs_error_fn */
};

/* What became of a group's tasks. */
struct qs_report {
    size_t done;             /* returned 0 or more */
    size_t failed;           /* returned an error of their own, or could not be started */
    size_t cancelled;        /* returned -ECANCELED when cancelled, or never started */
    size_t cleanups_failed;  /* cleanups that returned an error */
    size_t cleanups_overrun; /* cleanups that took longer than their limit */
    size_t errors;           /* all errors of tasks and cleanups; of these, qs_group_options.errors
                                holds the first */
    int first_error;         /* of a task or a cleanup; 0: none */
    uint64_t first_error_id; /* whose */
};

/* Opens a group in the running task. options may be NULL. The group belongs to this task, which
 * must close it; one left open when the task (or the cleanup that opened it) returns is
 * cancelled and closed there, and its first error is the task's if that has none. Opened by a
 * cancelled task, it is cancelled from the start.
 *
 * Returns 0, or -ENOMEM, -EPERM. */
QS_API int qs_group_open(struct qs_group **group, const struct qs_group_options *options);

/* Adds a task to a group. Tasks start in the order of their spawn, each as it gets a slot; until
 * then one costs 64 bytes and no stack. Any task of the run may spawn into a group that is open.
 * name and fini may be NULL.
 *
 * Returns 0, or -ECANCELED (the group is cancelled), -ENOMEM, -EPERM (no run), -EINVAL (no
 * group, or no fn); fini has been called then, before this returns. */
QS_API int qs_spawn(struct qs_group *group, const char *name, qs_task_fn *fn, void *arg,
                    qs_fini_fn *fini);

/* Cancels the group's tasks and the groups below them. When it returns, no queued task of the
 * group will start; each has had its fini, in the order of their spawn. Does not wait for those
 * that run; closing does.
 *
 * Returns 0, or -EPERM (no run). */
QS_API int qs_group_cancel(struct qs_group *group);

/* Waits until every task of the group is done, frees the group, and fills *report (may be NULL).
 * It waits also when the calling task is cancelled: then the group is, too.
 *
 * Returns the first error of a task or cleanup; else -ETIMEDOUT (the deadline has cancelled
 * tasks), -ECANCELED (the group's cancellation has; qs_task_cancel() is none); else 0. -EPERM
 * (not called by the task that opened it): the group stays. A wait. */
QS_API int qs_group_close(struct qs_group *group, struct qs_report *report);

/* A handle of one task, to join it or to cancel it alone. Yours to allocate; it must stay until the
 * task is done. Private fields. */
struct qs_task {
    struct qs_link waiters; /* tasks that join it */
    void *record;           /* the task, while it is alive */
    void *arg;              /* the task's own */
    int rc;                 /* what it returned, once it is done */
    bool alive;             /* not done yet */
    bool joined;            /* somebody has asked for its result */
    uint64_t id;            /* the task's number */
};

/* Adds a task to a group, with a handle: as qs_spawn(); the handle tells the task's end also when
 * the spawn fails.
 *
 * Returns what qs_spawn() returns. */
QS_API int qs_spawn_task(struct qs_group *group, struct qs_task *task, const char *name,
                         qs_task_fn *fn, void *arg, qs_fini_fn *fini);
/* Waits until the task is done, its fini too; *rc is then what its fini got (may be NULL). Any
 * number of tasks may wait, also after it is done. Its group still counts it.
 *
 * Returns 0, or -ETIMEDOUT, -ECANCELED (*rc is untouched), -EDEADLK (it is the caller). A wait. */
QS_API int qs_join(struct qs_task *task, int *rc, int64_t deadline);
/* Cancels this task alone, and the groups below it. Not started: it never will, and has had its
 * fini when this returns.
 *
 * Returns 0, or -ESRCH (it is done), -EPERM (no run). */
QS_API int qs_task_cancel(struct qs_task *task);
/* Asks whether the task is done.
 *
 * Returns true if it is, its fini too. */
QS_API bool qs_task_done(const struct qs_task *task);

/* ---- Several at once ------------------------------------------------------------------------- */

/* One of several functions that run at once, each in a task of its own. */
struct qs_call {
    qs_task_fn *fn;   /* the task's body */
    void *arg;        /* handed to it */
    const char *name; /* of the task, may be NULL */
    int rc;           /* filled in: what it returned; -ECANCELED: cancelled, or never started */
    struct qs_gather *gather; /* private */
};

/* Runs all calls and waits until each is done. calls[i].rc is then the result or error of the
 * i-th, whatever the others did. options as for a group: slots, keep_going (else the first
 * failure cancels the others), deadline, errors; may be NULL. It allocates nothing but what the
 * tasks need; a call that no task could be made for has that error. report may be NULL. Waits
 * also when the calling task is cancelled: then the calls are, too.
 *
 * Returns what closing the group would; 0: all calls that were not cancelled one by one have
 * succeeded. -EINVAL (a call without a function): none ran. Errors as of qs_group_close(). A
 * wait. */
QS_API int qs_gather(struct qs_call *calls, size_t n, const struct qs_group_options *options,
                     struct qs_report *report);

/* Runs all calls until one returns 0 or more: that one has won. The others are cancelled and
 * joined; the winner's cleanups are not disturbed. Nothing is lost: a call that finished
 * although it was cancelled has its result in rc, and what it holds is yours to release. A call
 * that fails ends it too, unless options say keep_going: then only the failure of all does.
 *
 * Returns the winner's index (also when the calling task was cancelled after that), or what
 * closing the group would; -EINVAL (no calls, or one without a function). Errors as of
 * qs_group_close(). A wait. */
QS_API int qs_first(struct qs_call *calls, size_t n, const struct qs_group_options *options,
                    struct qs_report *report);

struct qs_sem;
/* Gives the group's slots, to be acquired and released like any semaphore: who holds them all
 * keeps tasks from starting.
 *
 * Returns the semaphore, which lives as long as the group. */
QS_API struct qs_sem *qs_group_slots(struct qs_group *group);

/* Tells the running task's number: 0 for the main task, then 1, 2, ... in the order of spawn.
 *
 * Returns it, or -EPERM (outside a task). */
QS_API int64_t qs_self(void);

/* Asks whether the running task's next wait would return -ECANCELED. For loops that compute and
 * do not wait.
 *
 * Returns true if it would; false outside a task. */
QS_API bool qs_cancelled(void);

/* ---- Waits ----------------------------------------------------------------------------------- */

/* Lets the other tasks that are ready run first.
 *
 * Returns 0, or -ECANCELED. A wait. */
QS_API int qs_yield(void);

/* Waits for a time.
 *
 * Returns 0, or -ECANCELED. A wait. */
QS_API int qs_sleep(int64_t until);

#define QS_READ  1
#define QS_WRITE 2

/* Waits until a descriptor is ready: fd can be read (QS_READ), written (QS_WRITE) or either. What
 * has hung up or failed counts as ready. At most one task may wait for each direction of a
 * descriptor. Don't close fd meanwhile.
 *
 * Returns what is ready, or -ETIMEDOUT, -ECANCELED, -EBUSY (a task waits for that already),
 * -EBADF (no descriptor), -EINVAL (neither QS_READ nor QS_WRITE), -ENOMEM. A wait. */
QS_API int qs_wait_fd(int fd, int events, int64_t deadline);

/* Reads or writes while other tasks run: qs_read() and qs_write() are read(2) and write(2) that
 * wait until there is something to do. One call moves what it can, as those do. fd may be blocking,
 * if it is a socket, a pipe, a file, or nobody else uses it.
 *
 * Returns bytes, 0 from qs_read() at the end; or -errno of read(2) or write(2), or -ETIMEDOUT,
 * -ECANCELED, -EBUSY (a task waits for that already), -ENOMEM: then no byte was moved. A wait. */
QS_API ssize_t qs_read(int fd, void *buf, size_t n, int64_t deadline);
QS_API ssize_t qs_write(int fd, const void *buf, size_t n, int64_t deadline);

/* Waits for a connection and takes it: to the listening socket fd, as accept4(2). Flags are
 * SOCK_NONBLOCK or 0. One that was aborted before it was taken is passed over. addr and len may
 * be NULL. fd should be O_NONBLOCK if anybody else accepts from it.
 *
 * Returns its descriptor, which is close-on-exec; or -EINVAL (another flag), or -errno of
 * accept4(2), or -ETIMEDOUT, -ECANCELED, -EBUSY (a task waits for that already), -ENOMEM: then no
 * connection was taken. A wait. */
QS_API int qs_accept(int fd, struct sockaddr *addr, socklen_t *len, int flags, int64_t deadline);

/* Waits until a socket is connected: fd, as connect(2). The socket may be a blocking one.
 *
 * Returns 0, or -errno of connect(2), or -EBUSY (a task waits for that already), -ENOMEM.
 * -ETIMEDOUT and -ECANCELED mean that there is no connection, and won't be: the attempt was taken
 * back, and the socket can be used for another. (The other side may have seen a connection that
 * ended without a byte.) A wait. */
QS_API int qs_connect(int fd, const struct sockaddr *addr, socklen_t len, int64_t deadline);

/* Waits for a child process to end and reaps it; *status is waitpid(2)'s (may be NULL). The pid
 * is a child of yours that has not been reaped.
 *
 * Returns 0, or -ETIMEDOUT, -ECANCELED (not reaped), -ECHILD (no such child), -EMFILE, -EINVAL
 * (not one process). A wait. */
QS_API int qs_wait_child(pid_t pid, int *status, int64_t deadline);

/* ---- Semaphore ------------------------------------------------------------------------------- */

/* Permits, handed out first come, first served. A permit is either free, held, or granted to a task
 * that has yet to run: their sum never changes, also under cancellation. Private fields. */
struct qs_sem {
    struct qs_link waiters; /* who waits, in order */
    uint32_t total;         /* permits there are */
    uint32_t free;          /* permits nobody has */
    uint32_t started;       /* waiters that are started tasks; the others are queued ones */
};

/* Makes a semaphore with that many permits, all free.
 *
 * Returns 0, or -EINVAL (no permits). */
QS_API int qs_sem_init(struct qs_sem *sem, uint32_t permits);
/* Waits for a permit, and takes it.
 *
 * Returns 0, or -ETIMEDOUT, -ECANCELED: then no permit was taken. A wait. */
QS_API int qs_acquire(struct qs_sem *sem, int64_t deadline);
/* Gives a permit back, to the first waiter if there is one. Does not wait.
 *
 * Returns 0, or -EOVERFLOW (more than there are). */
QS_API int qs_release(struct qs_sem *sem);
/* Tells how many permits nobody has.
 *
 * Returns their number. */
QS_API uint32_t qs_sem_free(const struct qs_sem *sem);

/* ---- Event ----------------------------------------------------------------------------------- */

/* Something that has happened, until it is reset. Private fields. */
struct qs_event {
    struct qs_link waiters; /* who waits */
    bool set;               /* it has happened */
};

/* Makes an event that is not set. */
QS_API void qs_event_init(struct qs_event *event);
/* Sets the event, and wakes all who wait; whom it wakes has succeeded, also if it is reset
 * before they run. Does not wait. */
QS_API void qs_event_set(struct qs_event *event);
/* Resets the event: who waits from now on waits for the next qs_event_set(). */
QS_API void qs_event_reset(struct qs_event *event);
/* Asks whether the event is set.
 *
 * Returns true if it is. */
QS_API bool qs_event_is_set(const struct qs_event *event);
/* Waits until the event is set.
 *
 * Returns 0, or -ETIMEDOUT, -ECANCELED. A wait. */
QS_API int qs_event_wait(struct qs_event *event, int64_t deadline);

/* ---- Channel --------------------------------------------------------------------------------- */

/* Carries items of one size from task to task, each to exactly one receiver, in order. Private
 * fields. */
struct qs_channel {
    struct qs_link senders;   /* who waits for room, in order */
    struct qs_link receivers; /* who waits for an item, in order */
    char *buf;                /* the items it holds, in a circle */
    size_t size;              /* bytes of an item */
    size_t room;              /* items it can hold; 0: none, a sender waits for its receiver */
    size_t first;             /* place of the oldest item */
    size_t held;              /* items it holds */
    bool closed;              /* nothing more can be sent */
};

/* Makes a channel of items of size bytes. buf: room * size bytes, yours; may be NULL if that is
 * 0.
 *
 * Returns 0, or -EINVAL (no buf), -EOVERFLOW (room * size is too large). */
QS_API int qs_channel_init(struct qs_channel *channel, size_t size, void *buf, size_t room);
/* Sends a copy of the item: waits until the channel holds it, or a receiver has it.
 *
 * Returns 0, or -EPIPE (closed), -ETIMEDOUT, -ECANCELED: then nobody gets it. A wait. */
QS_API int qs_send(struct qs_channel *channel, const void *item, int64_t deadline);
/* Receives the next item.
 *
 * Returns 0, or -EPIPE (closed, and nothing is left in it), -ETIMEDOUT, -ECANCELED: then none
 * was taken, and *item is untouched. A wait. */
QS_API int qs_receive(struct qs_channel *channel, void *item, int64_t deadline);
/* Closes the channel: nothing more can be sent, and who waits for that gets -EPIPE; what the
 * channel holds can still be received. Does not wait.
 *
 * Returns 0, or -EALREADY (it is closed). */
QS_API int qs_channel_close(struct qs_channel *channel);

/* ---- Cleanups -------------------------------------------------------------------------------- */

/* Undoes something; 0, or the error to report. May wait, spawn, and open groups: in a cancelled
 * task that fails, unless it is shielded. */
typedef int qs_cleanup_fn(void *arg);

/* Yours to allocate and to zero, outside the task's own stack: cleanups run after the body has
 * returned. Private fields. */
struct qs_cleanup {
    struct qs_cleanup *next; /* armed before this one */
    qs_cleanup_fn *fn;       /* what to run */
    void *arg;               /* handed to it */
    const char *name;        /* for events and dumps */
    int64_t limit_ns;        /* how long it may take, 0: no limit */
    bool armed;              /* in a task's list */
};

/* Arms a cleanup in the running task: it will be run exactly once, when the body has returned
 * (or was cancelled), last armed first. A failing cleanup never keeps another from running. A
 * cleanup may arm more.
 *
 * Returns 0, or -EINVAL (no fn; the node lies on the task's own stack), -EBUSY (armed already),
 * -EPERM. */
QS_API int qs_defer(struct qs_cleanup *node, const char *name, qs_cleanup_fn *fn, void *arg);
/* Arms a cleanup with a limit: as qs_defer(), but after limit_ns its waits fail, shielded
 * or not. It is not cut short otherwise, but reported by name when it ends: as an error, -ETIME.
 * A limit of 0 is none.
 *
 * Returns 0, or -EINVAL (the limit is negative), or what qs_defer() returns. */
QS_API int qs_defer_within(struct qs_cleanup *node, const char *name, qs_cleanup_fn *fn, void *arg,
                           int64_t limit_ns);
/* Disarms a cleanup without running it.
 *
 * Returns 0, or -ENOENT (not armed in this task). */
QS_API int qs_undefer(struct qs_cleanup *node);
/* Disarms a cleanup and runs it now. It may wait.
 *
 * Returns what it returns, or -ENOENT (not armed in this task). */
QS_API int qs_cleanup_now(struct qs_cleanup *node);

/* ---- Scopes ---------------------------------------------------------------------------------- */

/* What can be acquired, and must be released: the shape of a context manager. */
struct qs_resource {
    const char *name;          /* for events and dumps */
    int (*acquire)(void *arg); /* may wait; a negative errno: nothing was acquired. NULL: none */
    qs_cleanup_fn *release;    /* as a cleanup */
    int64_t release_ns;        /* release is shielded, and limited, for that long; 0: neither */
};

/* Yours to allocate and to zero, outside the task's own stack. Private fields. */
struct qs_scope {
    struct qs_cleanup cleanup;          /* releases it */
    const struct qs_resource *resource; /* what is held */
    void *arg;                          /* handed to acquire and release */
};

/* Acquires a resource; from then on release runs exactly once: at qs_leave(), or among the task's
 * cleanups. When acquire fails, or was not called since the task is cancelled, it never runs.
 * resource must stay until the release.
 *
 * Returns 0, or what acquire returned, or -ECANCELED, -EINVAL (no release, or a negative
 * release_ns; the scope lies on the task's own stack), -EBUSY (it holds something). A wait. */
QS_API int qs_enter(struct qs_scope *scope, const struct qs_resource *resource, void *arg);
/* Releases what qs_enter() has acquired. It may wait.
 *
 * Returns what release returns, or -ENOENT (nothing is held by this task). */
QS_API int qs_leave(struct qs_scope *scope);
/* Acquires a resource, calls body, and releases it.
 *
 * Returns the error of acquire; else body's, else release's; else what body returned.
 * -ECANCELED, -EINVAL (no release, or a negative release_ns): nothing was called. A wait. */
QS_API int qs_with(const struct qs_resource *resource, void *arg, qs_task_fn *body, void *body_arg);

/* ---- Shields and timeouts -------------------------------------------------------------------- */

/* What a shield and a timeout have in common. They are begun and ended inside each other, and
 * before the function returns in whose frame they lie; only at the very end of a task or a cleanup
 * one may be left open. Private fields. */
struct qs_block {
    struct qs_block *outer; /* the one around this */
    int64_t until;          /* when it is over */
    int kind;               /* shield, timeout or limit */
    bool felt;              /* a wait, or a group, was cancelled by its end */
};

/* On the stack is a good place. Private fields. */
struct qs_shield {
    struct qs_block block;
};

/* Begins a shield: until its end, or the deadline, or level 2, the waits of this task work
 * although it is cancelled, and so do groups that it opens meanwhile. Shields nest; an inner one
 * never outlasts an outer one. They are for short, bounded work.
 *
 * Returns 0, or -EINVAL (QS_FOREVER: a shield must end), -EPERM. */
QS_API int qs_shield_begin(struct qs_shield *shield, int64_t deadline);
/* Ends a shield.
 *
 * Returns 0, or -EINVAL (not the innermost shield or timeout of this task). */
QS_API int qs_shield_end(struct qs_shield *shield);

/* On the stack is a good place. Private fields. */
struct qs_timeout {
    struct qs_block block;
};

/* Begins a deadline around any code: from then on each wait of this task returns -ECANCELED
 * until the end, and the groups it has opened meanwhile are cancelled. They nest, the earliest
 * counts. A shield that is begun inside keeps it off, as any other cancellation from outside.
 *
 * Returns 0, or -EPERM. */
QS_API int qs_timeout_begin(struct qs_timeout *timeout, int64_t deadline);
/* Ends a timeout, and tells the causes of a cancellation apart.
 *
 * Returns -ETIMEDOUT (a wait or a group was cancelled by this deadline), or -ECANCELED (what is
 * around it is cancelled too), or 0: its deadline has cancelled nothing, also when it has
 * passed. -EINVAL (not the innermost shield or timeout of this task). */
QS_API int qs_timeout_end(struct qs_timeout *timeout);
/* Calls a function in a timeout: fn(arg).
 *
 * Returns what fn returned; in place of -ECANCELED, -ETIMEDOUT (that was by this deadline
 * alone). -EPERM: fn was not called. */
QS_API int qs_within(int64_t deadline, qs_task_fn *fn, void *arg);

/* ---- Child processes -------------------------------------------------------------------------
 *
 * A process that a task starts ends with that task, at the latest: a cleanup sees to it. It is the
 * leader of a process group of its own, and the group ends with it: SIGTERM, a grace time, SIGKILL.
 * At level 2 the grace time is over; at level 3, and in exit(3), the group is killed at once. (Only
 * a SIGKILL of this process leaves it behind, and a process that has left its group.) Since the
 * group is not the terminal's, a ^C does not reach it but through the cancellation of its task. */

/* What a process gets as its standard input, output and error. */
enum {
    QS_DEFAULT = 0,  /* nothing to read; output goes where this process's goes */
    QS_PIPE = -1,    /* a pipe, whose other end is the task's */
    QS_NULL = -2,    /* /dev/null */
    QS_INHERIT = -3, /* as in this process */
};

/* What a process may be told. All zero is a good default. */
struct qs_process_options {
    int in, out, err;       /* one of the above, or a descriptor of yours; it stays open here */
    const char *const *env; /* "NAME=value", ended by NULL; NULL: as in this process */
    const char *directory;  /* where it starts; NULL: here */
    int end_signal;         /* sent first to end it; 0: SIGTERM */
    int64_t grace_ns;       /* how long it may take to end; 0: 5 s */
};

/* Yours to allocate and to zero, outside the task's own stack. */
struct qs_process {
    pid_t pid;        /* also the number of its group; 0: reaped */
    int status;       /* waitpid(2)'s, once it is reaped */
    int in, out, err; /* the task's ends of the pipes, O_NONBLOCK; -1: none, or closed. Yours to
                         close early: then put -1 here */
    struct qs_cleanup cleanup;      /* the rest is private: ends it */
    struct qs_process_options opts; /* as given */
    int pidfd;                      /* -1: none */
    void *place;                    /* in the table of groups that level 3 kills */
};

/* Starts a process: argv[0], found in PATH, with no descriptor but 0, 1 and 2, an empty signal
 * mask, and SIGPIPE as by default. options may be NULL.
 *
 * Returns 0, or what exec has to say, such as -ENOENT (no such program) or -EACCES (it can't be
 * executed); -ECANCELED, -EINVAL (no argv[0]; the struct lies on the task's own stack), -EBUSY
 * (it is in use), -EMFILE, -ENOMEM: then nothing runs. A wait. */
QS_API int qs_process_start(struct qs_process *process, const char *const argv[],
                            const struct qs_process_options *options);
/* Waits until the process has ended, kills what is left of its group, and reaps it; status is
 * filled in. The pipes stay. Don't reap it otherwise.
 *
 * Returns 0, or -ETIMEDOUT, -ECANCELED (it still runs), -ECHILD (somebody else has reaped it, or
 * SIGCHLD is ignored: the status is not known). A wait. */
QS_API int qs_process_wait(struct qs_process *process, int64_t deadline);
/* Sends the process's group a signal.
 *
 * Returns 0, or -ESRCH (it is reaped), -EINVAL (no such signal). */
QS_API int qs_process_signal(struct qs_process *process, int signal);
/* Closes the pipes, and ends the process if it has not ended. Waits, as a shield with the grace
 * time. The task's cleanup does the same.
 *
 * Returns 0, or -ENOENT (it was not started by this task, or has been ended). */
QS_API int qs_process_end(struct qs_process *process);
/* Starts a process, waits for it, and ends it if the task is cancelled or the deadline passes;
 * no pipes. *status is waitpid(2)'s (may be NULL).
 *
 * Returns 0, or what qs_process_start() and qs_process_wait() return. A wait. */
QS_API int qs_command(const char *const argv[], const struct qs_process_options *options,
                      int *status, int64_t deadline);

/* ---- Offload ---------------------------------------------------------------------------------
 *
 * For calls that block, or compute for long: they run on a thread of a pool, while other tasks go
 * on. */

struct qs_job; /* such a call; opaque */

/* Runs on another thread: nothing here but qs_now() and qs_job_cancelled() may be called. All
 * signals are blocked there. */
typedef int qs_offload_fn(void *arg, const struct qs_job *job);

/* Runs fn on a thread, and waits until it has returned: a cancelled task waits too, since fn may
 * use what the task owns. It is told (see qs_job_cancelled()), and should return soon.
 *
 * Returns 0, and *rc is what fn returned (may be NULL), also when the task was cancelled
 * meanwhile; or -ECANCELED (fn was not called), -EAGAIN (no thread), -ENOMEM, -EINVAL (no fn). A
 * wait. */
QS_API int qs_offload(qs_offload_fn *fn, void *arg, int *rc);
/* Asks whether the task that waits for the job is cancelled, or its timeout is over.
 *
 * Returns true if so. Thread-safe. */
QS_API bool qs_job_cancelled(const struct qs_job *job);

/* ---- Deterministic runs ----------------------------------------------------------------------
 *
 * With a seed, who runs next is drawn, among all who can: so a thousand seeds are a thousand
 * schedules, and one that was found bad comes again from its seed. What is promised holds in each:
 * tasks of a group start in the order of spawn, waiters are served in turn. With a virtual clock,
 * qs_now() begins at one hour and goes on only when no task can run, straight to the next deadline:
 * an hour's sleep takes no time. While somebody waits for a thread or a child process it follows
 * the real clock.
 *
 * The same seed and a virtual clock give the same run, and the same qs_result.trace, as long as
 * nothing comes from outside: signals, other processes, threads. A dump names the seed.
 * QS_DEBUG=seed=N and QS_DEBUG=virtual set them for a program as it is. */

/* ---- Looking at it --------------------------------------------------------------------------- */

/* Where a task stands. */
enum qs_state {
    QS_QUEUED,   /* has no slot */
    QS_READY,    /* can run, and will when its turn comes: for the first time, unless started */
    QS_RUNNING,  /* runs now */
    QS_WAITING,  /* its body waits: see qs_task_info.waits */
    QS_SEM_WAIT, /* its body waits for a permit */
    QS_CLEANING, /* its body is over, its cleanups run or wait */
    QS_DONE,     /* its cleanups are over too, its fini runs */
};

/* One task, as qs_snapshot() tells it. */
struct qs_task_info {
    uint64_t id;         /* the task's number, as qs_self() tells it */
    const char *name;    /* NULL: none */
    const char *waits;   /* what for: "sleep", "fd", "read", "write", "accept", "connect", "child",
                            "offload", "semaphore", "event", "task", "send", "receive", "group";
                            NULL: it does not wait */
    const char *cleanup; /* the one that runs now, or NULL */
    enum qs_state state; /* where it stands */
    bool started;        /* its body has begun, its fini has not */
    bool cancelled;      /* for good: a timeout that has passed is none */
    bool holds_up; /* the run is cancelled, and it waits for this task: not for others below it */
    int64_t since; /* when the wait began, or the cleanup if it does not wait; as exact as the loop
                      looks at the clock, so a little early. 0: neither */
    bool shielded; /* and a shield keeps it from feeling that */
};

/* Describes up to room tasks.
 *
 * Returns how many there are, which may be more; 0 without a run. */
QS_API size_t qs_snapshot(struct qs_task_info *out, size_t room);

/* Writes the tasks to a descriptor as text: the counts, since when the run is cancelled, then a
 * line for each started task, with what it waits for, since when, and whether it holds up the
 * end.
 *
 * Async-signal-safe. */
QS_API void qs_dump(int fd);

/* Reports a mark by its name to whoever listens (see "Events"). */
QS_API void qs_mark(const char *name);

/* ---- Debugging -------------------------------------------------------------------------------
 *
 * With QS_DEBUG in the environment when a run starts, what it asks for is written to dump_fd, a
 * line each. Words, with commas between:
 *
 *   - slow=TIME: a task has run that long without a wait, so no other could; 100ms if no TIME is
 *     given
 *   - shutdown=TIME: the run was cancelled so long ago, and is not over: a dump, which says who
 *     holds it up; again after twice the time, and so on; 1s if no TIME is given
 *   - overrun: a cleanup took longer than its limit
 *   - handles: at the end, a task with a handle (qs_spawn_task()) was never joined
 *   - leaks: at the end, a descriptor was opened during the run and is still open; a task has left
 *     a group open
 *   - all: all of these; level 3 dumps before it ends the process, as with any of them
 *   - seed=N: the order is drawn from this seed, see "Deterministic runs"
 *   - virtual: the clock is virtual, see there
 *
 * Where <sys/sdt.h> was there when it was built, the library has USDT probes (provider quiesce):
 * task_queue, task_start, task_end, task_fini, wait, wake, cancel, cleanup_begin, cleanup_end;
 * probe.h lists their arguments. */

/* ---- Events -------------------------------------------------------------------------------------
 *
 * With a descriptor's number in $SIGSWEEP_EVENTS when the run starts, each change is written there,
 * one write(2) a line, at most 512 bytes. Without it nothing is written.
 *
 *   ready                            handlers are installed; nothing has started
 *   slots n=4                        a group was opened; n is the sum over open groups
 *   task.queue id=7                  spawned
 *   task.start id=7                  has a slot, begins
 *   task.end id=7 outcome=done       body over: done, failed or cancelled
 *   task.fini id=7                   cleanups and fini over; its slot is still held
 *   cancel level=1                   the level took effect: 1 or 2
 *   cleanup.arm id=7 name=tmp        then either cleanup.begin and cleanup.end,
 *   cleanup.disarm id=7 name=tmp     or this
 *   cleanup.end id=7 name=tmp rc=0   or -errno
 *   acquire name=lock                qs_enter() and qs_with() have acquired
 *   release name=lock                and released
 *   mark name=NAME                   qs_mark()
 *
 * The main task is number 0; it reports its cleanups only. */

#ifdef __cplusplus
}
#endif
#endif
