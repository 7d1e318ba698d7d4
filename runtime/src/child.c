/* child.c - waits for child processes, through pidfds: no SIGCHLD handler, which would belong to
 * the whole process. */
#include <errno.h>
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

int qs_wait_child(pid_t pid, int *status, int64_t deadline)
{
    struct fiber *fiber;
    int rc = wait_begin(&fiber), pidfd;
    pid_t got;

    if (rc)
        return rc;
    pidfd = (int)syscall(SYS_pidfd_open, pid, 0); /* close-on-exec by itself */
    if (pidfd < 0 && errno == ENOSYS)
        return wait_looking(pid, status, deadline);
    if (pidfd < 0)
        return errno == ESRCH ? -ECHILD : -errno;
    rc = qs_wait_fd(pidfd, QS_READ, deadline); /* readable when it has ended: pidfd_open(2) */
    close(pidfd);
    if (rc < 0)
        return rc;
    do
        got = waitpid(pid, status, 0);
    while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : 0;
}
