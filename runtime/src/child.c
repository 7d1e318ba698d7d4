/* child.c - waits for child processes, through pidfds: no SIGCHLD handler, which would belong to
 * the whole process. */
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime.h"

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

int qs_wait_child(pid_t pid, int *status, int64_t deadline)
{
    struct fiber *fiber;
    int rc = wait_begin(&fiber), pidfd;

    if (rc)
        return rc;
    pidfd = (int)syscall(SYS_pidfd_open, pid, 0); /* close-on-exec by itself */
    if (pidfd < 0 && errno == ENOSYS)
        return wait_looking(pid, status, deadline);
    if (pidfd < 0)
        return errno == ESRCH ? -ECHILD : -errno;
    do {
        rc = wait_fd(pidfd, QS_READ, deadline,
                     "child"); /* readable when it has ended: pidfd_open(2) */
        if (rc >= 0)
            rc = reap(pidfd, status);
    } while (rc > 0);
    close(pidfd);
    return rc;
}
