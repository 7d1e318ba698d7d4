/* process.c - child processes that end with the task that started them. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "cleanup.h"
#include "process_groups.h"
#include "process_spawn.h"
#include "runtime.h"

#define GRACE_DEFAULT (5 * QS_SECOND)

/* A program that calls exit(3) in a task leaves the run without its cleanups. */
static void watch_exit(void)
{
    static bool watched;

    if (!watched)
        watched = !atexit(process_groups_kill);
}

static int start(struct qs_process *process, const char *const argv[])
{
    atomic_int *place = process_groups_place();
    int ends[3], rc;

    if (!place)
        return -ENOMEM;
    watch_exit();
    signals_hold(); /* between the child's birth and its entry in the table, level 3 would miss it
                     */
    rc = spawn_process(argv, &process->opts, &process->pid, ends);
    if (rc)
        process_groups_leave(place);
    else
        atomic_store(place, process->pid);
    signals_release();
    if (rc) {
        process->pid = 0;
        return rc;
    }
    process->place = place;
    process->in = ends[0];
    process->out = ends[1];
    process->err = ends[2];
    process->pidfd = child_open(process->pid);
    return 0;
}

/* It has ended. If it is not reaped, its number, and its group's, are still its own; else they may
 * be those of others by now. */
static int reap(struct qs_process *process)
{
    int rc;

    if (child_is_ours(process->pid))
        kill(-process->pid, SIGKILL); /* what has outlived its leader */
    process_groups_leave(process->place);
    rc = child_reap(process->pid, &process->status);
    if (process->pidfd >= 0)
        close(process->pidfd);
    process->pidfd = -1;
    process->pid = 0;
    return rc;
}

int qs_process_wait(struct qs_process *process, int64_t deadline)
{
    struct fiber *fiber;
    int rc = wait_begin(&fiber);

    if (rc)
        return rc;
    if (!process->pid)
        return process->cleanup.armed ? 0 : -ECHILD;
    rc = child_wait_end(process->pid, process->pidfd, deadline);
    return rc && rc != -ECHILD ? rc : reap(process);
}

int qs_process_signal(struct qs_process *process, int signal)
{
    if (!process->pid)
        return -ESRCH;
    return kill(-process->pid, signal) ? -errno : 0;
}

static int64_t grace_of(const struct qs_process *process)
{
    return process->opts.grace_ns > 0 ? process->opts.grace_ns : GRACE_DEFAULT;
}

static void end(struct qs_process *process)
{
    int64_t until = qs_now() + grace_of(process);
    struct qs_shield shield;
    int rc;

    if (child_has_ended(process->pid)) {
        reap(process);
        return;
    }
    kill(-process->pid, process->opts.end_signal ? process->opts.end_signal : SIGTERM);
    kill(-process->pid, SIGCONT); /* one that is stopped would not hear */
    qs_shield_begin(&shield, until);
    rc = child_wait_end(process->pid, process->pidfd, until);
    qs_shield_end(&shield);
    if (rc && rc != -ECHILD) {
        kill(-process->pid, SIGKILL);
        child_wait_dying(process->pid, process->pidfd);
    }
    reap(process);
}

static int end_and_close(void *arg)
{
    struct qs_process *process = arg;
    int *const ends[] = {&process->in, &process->out, &process->err};

    for (int i = 0; i < 3; i++) {
        if (*ends[i] >= 0)
            close(*ends[i]);
        *ends[i] = -1;
    }
    if (process->pid)
        end(process);
    return 0;
}

static int check(const struct qs_process *process, const char *const argv[])
{
    if (!argv || !argv[0])
        return -EINVAL;
    return process->cleanup.armed ? -EBUSY : 0;
}

static int start_in(struct fiber *fiber, struct qs_process *process, const char *const argv[],
                    const struct qs_process_options *options)
{
    *process = (struct qs_process){.in = -1, .out = -1, .err = -1, .pidfd = -1};
    if (options)
        process->opts = *options;
    int rc = start(process, argv);
    if (rc)
        return rc;
    process->cleanup = (struct qs_cleanup){.fn = end_and_close, .arg = process, .name = "process"};
    cleanup_arm(fiber, &process->cleanup);
    return 0;
}

int qs_process_start(struct qs_process *process, const char *const argv[],
                     const struct qs_process_options *options)
{
    struct fiber *fiber;
    int rc = wait_begin(&fiber);

    if (!rc)
        rc = cleanup_on_stack(fiber, process) ? -EINVAL : check(process, argv);
    return rc ? rc : start_in(fiber, process, argv, options);
}

int qs_process_end(struct qs_process *process)
{
    return qs_cleanup_now(&process->cleanup);
}

int qs_command(const char *const argv[], const struct qs_process_options *options, int *status,
               int64_t deadline)
{
    struct qs_process process = {0}; /* in this frame: it is always ended before it goes */
    struct fiber *fiber;
    int rc = wait_begin(&fiber);

    if (!rc)
        rc = check(&process, argv);
    if (!rc && options &&
        (options->in == QS_PIPE || options->out == QS_PIPE || options->err == QS_PIPE))
        rc = -EINVAL;
    if (rc)
        return rc;
    rc = start_in(fiber, &process, argv, options);
    if (rc)
        return rc;
    rc = qs_process_wait(&process, deadline);
    if (!rc && status)
        *status = process.status;
    qs_process_end(&process);
    return rc;
}
