/* child.c - waits for child processes, through pidfds: no SIGCHLD handler, which would belong to
 * the whole process. */
#include <errno.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime.h"

int qs_wait_child(pid_t pid, int *status, int64_t deadline)
{
    struct fiber *fiber;
    int rc = wait_begin(&fiber), pidfd;
    pid_t got;

    if (rc)
        return rc;
    pidfd = (int)syscall(SYS_pidfd_open, pid, 0); /* close-on-exec by itself */
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
