/* quiesce.h - structured concurrency in C that ends cleanly when it is interrupted.
 *
 * A run is a tree: the main task opens groups, a group runs tasks, a task may open groups again. A
 * group closes only when all its tasks are done, so nothing outlives the code that started it. A
 * signal cancels the tree from its root; cleanups run, then the process ends by that very signal.
 *
 * Rules that hold for every function here:
 *   - Errors are returned, 0 or -errno. Nothing is printed, nothing aborts, errno is not part of it
 * (and does not survive a wait: other tasks run meanwhile).
 *   - Times are int64_t nanoseconds on CLOCK_MONOTONIC, deadlines are absolute: qs_now() + 5 *
 * QS_SECOND. QS_FOREVER is no deadline; a time in the past is one that has passed, not an error.
 *   - "Waits" are the functions marked so. They let other tasks run. Called outside a task, or in a
 * fini, they return -EPERM.
 *   - Cancellation is level-triggered: once a task is cancelled, each of its waits returns
 * -ECANCELED, until the task is done. -ECANCELED means "did not happen": no byte moved, no permit
 * taken, no child reaped.
 *   - A wait that has succeeded stays successful, also when the cancel comes before the task runs
 * on.
 *   - Nothing here is thread-safe: a run lives on the thread that called qs_run(). At most one run
 * at a time in a process, since signal handlers belong to the process.
 *   - Nothing here may be called in a signal handler, but for the functions marked
 * async-signal-safe.
 *   - Names (of groups, tasks, cleanups) are not copied: pass literals, or memory that lives as
 * long as the run.
 *   - Structs with fields marked "private" are allocated by you and filled in here.
 *
 * Facts about the system come from: sigaction(2), sigaltstack(2), signal-safety(7), epoll(7),
 * eventfd(2), pidfd_open(2), waitpid(2); what an exit status should look like from "Proper handling
 * of SIGINT/SIGQUIT" (Cracauer) and POSIX.1-2017, WIFSIGNALED. */
#ifndef QUIESCE_H
#define QUIESCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QS_API __attribute__((visibility("default")))

/* ---- Time
 * ---------------------------------------------------------------------------------------- */

#define QS_MICROSECOND ((int64_t)1000)
#define QS_MILLISECOND ((int64_t)1000000)
#define QS_SECOND      ((int64_t)1000000000)
#define QS_FOREVER     INT64_MAX

/* CLOCK_MONOTONIC in ns. Async-signal-safe. */
QS_API int64_t qs_now(void);

/* ---- Run and exit
 * -------------------------------------------------------------------------------- */

/* A task's body. 0 or more: done; negative: failed with that -errno; -ECANCELED from a cancelled
 * task: cancelled. */
typedef int qs_task_fn(void *arg);

/* What a run may be told. All zero is a good default. */
struct qs_options {
    /* The signals of the ladder, ended by 0; NULL: SIGINT, SIGTERM, SIGHUP. One that is ignored
     * when the run starts (nohup, a shell's background job) stays ignored. */
    const int *signals;
    /* Signal that writes a dump of all tasks to dump_fd, such as SIGQUIT or SIGUSR1. 0: none. */
    int dump_signal;
    /* Where the dump goes. 0: standard error. */
    int dump_fd;
    /* Exit code of qs_exit() after an interruption, 1 to 255. 0: die by the signal. */
    int signal_code;
    /* Level 2 follows level 1 by itself after this long, ns. 0: only a second signal brings it. */
    int64_t grace_ns;
    /* Bytes of stack a started task gets, rounded up to pages. 0: 256 KiB. Only touched pages cost
     * memory; below each stack is a guard page. At least 16 KiB. */
    size_t stack_size;
};

/* How a run ended. */
struct qs_result {
    int value;         /* what the main task returned */
    int signal;        /* the first signal of the ladder that came, 0: none */
    int level;         /* the highest level of cancellation that took effect: 0, 1 or 2 */
    int cleanup_error; /* the first error of a cleanup of the main task, 0: none */
    int signal_code;   /* as in qs_options, for qs_exit() */
};

/* Runs main as the first task and returns when it is done, and with it every other task. Then no
 * descriptor, stack, timer, signal handler, mask or alternate stack of the run is left. 0, and
 * *result tells how it ended; or -EBUSY (a run is on already), -EINVAL (options), -ENOMEM, -EMFILE
 * ...: nothing ran. */
QS_API int qs_run(const struct qs_options *options, qs_task_fn *main, void *arg,
                  struct qs_result *result);

/* Ends the process as the result says. Interrupted: flushes stdio and raises the signal again with
 * its default action, so that the parent sees WIFSIGNALED (atexit functions don't run), or exits
 * with signal_code. Otherwise exit(value), or exit(1) for a negative value. */
QS_API void qs_exit(const struct qs_result *result) __attribute__((noreturn));

/* Raises the level of the whole run as a signal would: 1 cancels every task, 2 also expires all
 * shields. Levels never go down. 0, or -EINVAL (another level), -EPERM (no run). Cancels the caller
 * too. */
QS_API int qs_cancel(int level);

/* ---- The ladder of signals
 * -----------------------------------------------------------------------
 *
 * The first signal brings level 1: the main task is cancelled, and so every group and task.
 * The second brings level 2: shields expire. Cleanups still run, all of them, but their waits fail.
 * The third is level 3: the handler itself runs the last-gasp table and raises the signal with its
 * default action. It needs no task to yield, so a task that spins cannot swallow a ^C. It always
 * dies by the signal, whatever signal_code says.
 *
 * The handler runs on a stack of its own, keeps errno, counts, and writes an eventfd; signals never
 * unwind code. Its calls are write(2), sigaction(2), pthread_sigmask(3), raise(3), _exit(2),
 * clock_gettime(2), and your last-gasp functions. */

/* Called at level 3, in the signal handler: it must be async-signal-safe (signal-safety(7)). */
typedef void qs_last_gasp_fn(void *arg);

/* Puts fn in the process-wide last-gasp table, of QS_LAST_GASPS places; they run last in, first
 * out, once each. Works with or without a run. Returns a handle >= 0, or -ENOSPC, -EINVAL (fn is
 * NULL). */
#define QS_LAST_GASPS 64
QS_API int qs_last_gasp_add(qs_last_gasp_fn *fn, void *arg);
/* Takes it out again. 0, or -ENOENT: there is no such handle. */
QS_API int qs_last_gasp_remove(int handle);

/* ---- Groups and tasks
 * ---------------------------------------------------------------------------- */

struct qs_group; /* opaque; from qs_group_open() to qs_group_close() */

/* Called once for each task or cleanup that failed, as it fails; must not wait. cleanup is NULL
 * when the task failed. */
typedef void qs_error_fn(void *ctx, uint64_t task_id, const char *task, const char *cleanup,
                         int error);

/* Called exactly once for every qs_spawn(), whatever comes: the last thing done with arg. rc is
 * what the task returned; -ECANCELED for one that was cancelled before it started; the error of a
 * qs_spawn() that failed. Must not wait. */
typedef void qs_fini_fn(void *arg, int rc);

struct qs_group_options {
    /* How many tasks may run at once. 0: no limit. */
    uint32_t slots;
    /* A failed task does not cancel the others of its group. */
    bool keep_going;
    /* When the group is cancelled by itself. 0 or QS_FOREVER: never. */
    int64_t deadline;
    /* Hears of each error, so that none is lost. May be NULL. */
    qs_error_fn *on_error;
    /* Handed to on_error. */
    void *ctx;
};

/* What became of a group's tasks. */
struct qs_report {
    size_t done;             /* returned 0 or more */
    size_t failed;           /* returned an error of their own, or could not be started */
    size_t cancelled;        /* returned -ECANCELED when cancelled, or never started */
    size_t cleanups_failed;  /* cleanups that returned an error */
    int first_error;         /* of a task or a cleanup; 0: none */
    uint64_t first_error_id; /* whose */
};

/* Opens a group in the running task. options may be NULL. The group belongs to this task, which
 * must close it; one left open when the task returns is cancelled and closed there. Opened by a
 * cancelled task, it is cancelled from the start. 0, or -ENOMEM, -EPERM. */
QS_API int qs_group_open(struct qs_group **group, const struct qs_group_options *options);

/* Adds a task. Tasks start in the order of their spawn, each as it gets a slot; until then one
 * costs 64 bytes and no stack. Any task of the run may spawn into a group that is open. name and
 * fini may be NULL. 0, or -ECANCELED (the group is cancelled), -ENOMEM, -EPERM, -EINVAL; fini has
 * been called then, before this returns. */
QS_API int qs_spawn(struct qs_group *group, const char *name, qs_task_fn *fn, void *arg,
                    qs_fini_fn *fini);

/* Cancels the group's tasks and the groups below them. When it returns, no queued task of the group
 * will start; each has had its fini, in the order of their spawn. Does not wait for those that run;
 * closing does. 0, or -EPERM (no run). */
QS_API int qs_group_cancel(struct qs_group *group);

/* Waits until every task of the group is done, frees the group, and fills *report (may be NULL). It
 * waits also when the calling task is cancelled: then the group is, too. Returns the first error of
 * a task or cleanup; else -ETIMEDOUT if the deadline cancelled tasks, -ECANCELED if something else
 * did; else 0. -EPERM: not called by the task that opened it. */
QS_API int qs_group_close(struct qs_group *group, struct qs_report *report);

/* The group's slots, to be acquired and released like any semaphore: who holds them all keeps tasks
 * from starting. */
struct qs_sem;
QS_API struct qs_sem *qs_group_slots(struct qs_group *group);

/* The running task's number: 0 for the main task, then 1, 2, ... in the order of spawn. -EPERM
 * outside a task. */
QS_API int64_t qs_self(void);

/* Whether the running task's next wait would return -ECANCELED. For loops that compute and do not
 * wait. */
QS_API bool qs_cancelled(void);

/* ---- Waits
 * --------------------------------------------------------------------------------------- */

/* Lets the other tasks that are ready run first. 0, -ECANCELED. */
QS_API int qs_yield(void);

/* Waits for a time. 0, -ECANCELED. */
QS_API int qs_sleep(int64_t until);

#define QS_READ  1
#define QS_WRITE 2

/* Waits until fd can be read (QS_READ), written (QS_WRITE) or either. What has hung up or failed
 * counts as ready. At most one task may wait for each direction of a descriptor. Don't close fd
 * meanwhile. Returns what is ready, or -ETIMEDOUT, -ECANCELED, -EBUSY (a task waits for that
 * already), -EBADF, -ENOMEM. */
QS_API int qs_wait_fd(int fd, int events, int64_t deadline);

/* read(2) and write(2) that let other tasks run until there is something to do. One call moves what
 * it can, as those do; 0 from qs_read is the end. fd may be blocking, if it is a pipe, a file, or
 * nobody else uses it; a blocking socket that is written to should be O_NONBLOCK. Returns bytes, or
 * -errno, and what qs_wait_fd returns. */
QS_API ssize_t qs_read(int fd, void *buf, size_t n, int64_t deadline);
QS_API ssize_t qs_write(int fd, const void *buf, size_t n, int64_t deadline);

/* Waits for a child process to end and reaps it; *status is waitpid(2)'s (may be NULL). The pid is
 * a child of yours that has not been reaped. 0, or -ETIMEDOUT, -ECANCELED (not reaped), -ECHILD,
 * -EMFILE. */
QS_API int qs_wait_child(pid_t pid, int *status, int64_t deadline);

/* ---- Semaphore
 * ----------------------------------------------------------------------------------- */

struct qs_link {
    struct qs_link *next, *prev;
};

/* Permits, handed out first come, first served. A permit is either free, held, or granted to a task
 * that has yet to run: their sum never changes, also under cancellation. Private fields. */
struct qs_sem {
    struct qs_link waiters; /* who waits, in order */
    uint32_t total;         /* permits there are */
    uint32_t free;          /* permits nobody has */
    uint32_t started;       /* waiters that are started tasks; the others are queued ones */
};

QS_API int qs_sem_init(struct qs_sem *sem, uint32_t permits); /* 0, or -EINVAL: no permits */
/* Waits for a permit. 0, or -ETIMEDOUT, -ECANCELED: then no permit was taken. */
QS_API int qs_acquire(struct qs_sem *sem, int64_t deadline);
/* Gives one back, to the first waiter if there is one. Does not wait. 0, or -EOVERFLOW: more than
 * there are. */
QS_API int qs_release(struct qs_sem *sem);
QS_API uint32_t qs_sem_free(const struct qs_sem *sem); /* permits nobody has */

/* ---- Cleanups
 * ------------------------------------------------------------------------------------ */

/* Undoes something; 0, or the error to report. May wait: a cancelled task's waits fail, unless they
 * are shielded. */
typedef int qs_cleanup_fn(void *arg);

/* Yours to allocate and to zero, outside the task's own stack: cleanups run after the body has
 * returned. Private fields. */
struct qs_cleanup {
    struct qs_cleanup *next; /* armed before this one */
    qs_cleanup_fn *fn;       /* what to run */
    void *arg;               /* handed to it */
    const char *name;        /* for events and dumps */
    bool armed;              /* in a task's list */
};

/* Arms a cleanup in the running task: it will be run exactly once, when the body has returned (or
 * was cancelled), last armed first. A failing cleanup never keeps another from running. A cleanup
 * may arm more. 0, or -EINVAL (no fn; the node lies on the task's own stack), -EBUSY (armed
 * already), -EPERM. */
QS_API int qs_defer(struct qs_cleanup *node, const char *name, qs_cleanup_fn *fn, void *arg);
/* Disarms it without running it. 0, or -ENOENT: not armed in this task. */
QS_API int qs_undefer(struct qs_cleanup *node);
/* Disarms it and runs it now. Returns what it returns; -ENOENT: not armed in this task. */
QS_API int qs_cleanup_now(struct qs_cleanup *node);

/* ---- Shields
 * ------------------------------------------------------------------------------------- */

/* On the stack is a good place. Private fields. */
struct qs_shield {
    struct qs_shield *outer; /* the one around this */
    int64_t until;           /* when it expires */
};

/* Until the end, or the deadline, or level 2, the waits of this task work although it is cancelled,
 * and so do groups that it opens meanwhile. Shields nest; an inner one never outlasts an outer one.
 * They are for short, bounded work. 0, or -EINVAL (QS_FOREVER: a shield must end), -EPERM. */
QS_API int qs_shield_begin(struct qs_shield *shield, int64_t deadline);
/* 0, or -EINVAL: not the innermost shield of this task. */
QS_API int qs_shield_end(struct qs_shield *shield);

/* ---- Looking at it
 * ------------------------------------------------------------------------------- */

enum qs_state {
    QS_QUEUED,   /* has no slot */
    QS_STARTING, /* has a slot, and will start when its turn comes */
    QS_RUNNING,  /* its body has begun */
    QS_CLEANING, /* its body is over, its cleanups run */
};

struct qs_task_info {
    uint64_t id;
    const char *name;    /* NULL: none */
    const char *waits;   /* what for: "sleep", "fd", "semaphore", "group", or NULL: it can run */
    const char *cleanup; /* the one that runs now, or NULL */
    enum qs_state state;
    bool cancelled;
    bool shielded;
};

/* Describes up to room tasks. Returns how many there are, which may be more. */
QS_API size_t qs_snapshot(struct qs_task_info *out, size_t room);

/* Writes the tasks to a descriptor as text: the counts, then a line for each started task, with
 * what it waits for. Async-signal-safe. */
QS_API void qs_dump(int fd);

/* Reports `mark name=NAME` to whoever listens (see below). */
QS_API void qs_mark(const char *name);

/* ---- Events
 * --------------------------------------------------------------------------------------
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
 *   cleanup.arm id=7 name=tmp        then either cleanup.begin and cleanup.end (with rc=0 or
 * -errno), cleanup.disarm id=7 name=tmp     or this mark name=NAME                   qs_mark()
 *
 * The main task is number 0; it reports its cleanups only. */

#ifdef __cplusplus
}
#endif
#endif
