/* child.c - waits for child processes, through pidfds: no SIGCHLD handler, which would belong to
 * the whole process. */
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "runtime.h"
#include "schedule.h"

#define LOOK_EVERY (5 * QS_MILLISECOND)

/* Without pidfds (before Linux 5.3, in old versions of valgrind): looks again and again. */
static int wait_looking(pid_t pid, int *status, int64_t deadline)
{
    for (;;) {
        pid_t got = waitpid(pid, status, WNOHANG);
        int64_t next = qs_now() + LOOK_EVERY;
        int rc;

        if (got)
            return got < 0 ? -errno : 0;
        if (qs_now() >= deadline)
            return -ETIMEDOUT;
        rc = qs_sleep(next < deadline ? next : deadline);
        if (rc)
            return rc;
    }
}

/* Reaps exactly the process that the pidfd means. 0, 1: not yet, or -errno. */
static int reap(int pidfd, int *status)
{
    siginfo_t info = {0};

    while (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG))
        if (errno != EINTR)
            return -errno;
    if (!info.si_pid)
        return 1;
    if (!status)
        return 0;
    *status = info.si_code == CLD_EXITED ? (info.si_status & 0xff) << 8
                                         : info.si_status | (info.si_code == CLD_DUMPED ? 0x80 : 0);
    return 0;
}

static int wait_and_reap(pid_t pid, int *status, int64_t deadline)
{
    int pidfd = child_open(pid), rc;

    if (pidfd < 0 && errno == ENOSYS)
        return wait_looking(pid, status, deadline);
    if (pidfd < 0)
        return errno == ESRCH ? -ECHILD : -errno;
    /* Readable when it has ended: pidfd_open(2). Whether it is a child at all only reaping tells.
     */
    while ((rc = reap(pidfd, status)) > 0) {
        rc = wait_fd(pidfd, QS_READ, deadline, "child");
        if (rc < 0)
            break;
    }
    close(pidfd);
    return rc;
}

int qs_wait_child(pid_t pid, int *status, int64_t deadline)
{
    struct fiber *fiber;
    int rc = wait_begin(&fiber);

    if (rc)
        return rc;
    if (pid <= 0) /* to waitpid(2), any of several */
        return -EINVAL;
    fiber->rt->poller.outside++;
    rc = wait_and_reap(pid, status, deadline);
    fiber->rt->poller.outside--;
    return rc;
}

int child_open(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0); /* close-on-exec by itself */
}

/* 1: it has ended, 0: not yet, or -ECHILD. */
static int look(pid_t pid)
{
    siginfo_t info = {0};

    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT))
        if (errno != EINTR)
            return -errno;
    return info.si_pid != 0;
}

bool child_has_ended(pid_t pid)
{
    return look(pid) != 0;
}

bool child_is_ours(pid_t pid)
{
    return look(pid) >= 0;
}

static int wait_end(pid_t pid, int pidfd, int64_t deadline)
{
    int rc;

    while ((rc = look(pid)) == 0) {
        int64_t next = qs_now() + LOOK_EVERY;

        if (qs_now() >= deadline)
            return -ETIMEDOUT;
        rc = pidfd >= 0 ? wait_fd(pidfd, QS_READ, deadline, "child")
                        : qs_sleep(next < deadline ? next : deadline);
        if (rc < 0)
            return rc;
    }
    return rc < 0 ? rc : 0;
}

int child_wait_end(pid_t pid, int pidfd, int64_t deadline)
{
    struct poller *poller = &qs_running->poller;
    int rc;

    poller->outside++;
    rc = wait_end(pid, pidfd, deadline);
    poller->outside--;
    return rc;
}

/* One that the kernel holds in a device may take its time: meanwhile other tasks go on. */
void child_wait_dying(pid_t pid, int pidfd)
{
    struct fiber *fiber = running_fiber();

    fiber->rt->poller.outside++;
    while (look(pid) == 0) {
        fiber->firm = true;
        fiber->fd = pidfd;
        fiber->fd_events = QS_READ;
        fiber->what = "child";
        if (pidfd >= 0 && loop_watch(fiber->rt, fiber) == 0)
            sched_park(fiber, WAIT_FD, QS_FOREVER);
        else
            sched_park(fiber, WAIT_SLEEP, qs_now() + LOOK_EVERY);
        fiber->firm = false;
    }
    fiber->rt->poller.outside--;
}

int child_reap(pid_t pid, int *status)
{
    pid_t got;

    while ((got = waitpid(pid, status, 0)) < 0 && errno == EINTR)
        ;
    return got < 0 ? -ECHILD : 0;
}
