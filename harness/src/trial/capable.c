/* capable.c - tries what the engine needs, for real, on a child of our own. */
#include "trial/filter.h"
#include "trial/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROBE_FD 190 /* any number that the child does not have open */

static char probe_byte = 'x';

static void probe_child(struct capabilities *c)
{
    struct sock_fprog filter = {0};
    int built = filter_build(PROBE_FD, &filter, NULL), go[2], status;
    pid_t pid;
    char byte;

    if (pipe2(go, O_CLOEXEC) != 0)
        return;
    pid = fork();
    if (pid == 0) {
        (void)!read(go[0], &byte, 1);
        if (built != 0 || filter_load(&filter) != 0)
            _exit(2);
        (void)!write(PROBE_FD, "x", 1);
        _exit(0);
    }
    filter_free(&filter);
    c->ptrace =
        ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP) != 0 ? -errno : 0;
    c->seccomp = built != 0 ? built : c->ptrace != 0 ? c->ptrace : -ENOSYS;
    c->vm_read = c->fd_census = c->ptrace;
    if (c->ptrace == 0) {
        struct iovec here = {&byte, 1}, there = {&probe_byte, 1};
        char path[64];
        c->vm_read = process_vm_readv(pid, &here, 1, &there, 1, 0) == 1 ? 0 : -errno;
        snprintf(path, sizeof(path), "/proc/%d/fd", pid);
        c->fd_census = access(path, R_OK | X_OK) == 0 ? 0 : -errno;
    }
    (void)!write(go[1], "g", 1);
    while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status)) {
        if (status >> 16 == PTRACE_EVENT_SECCOMP)
            c->seccomp = 0;
        (void)ptrace(PTRACE_CONT, pid, 0, status >> 16 == 0 ? WSTOPSIG(status) : 0);
    }
    close(go[0]);
    close(go[1]);
}

static void probe_pidfd(struct capabilities *c)
{
    int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

    c->pidfd = fd < 0 || syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0) != 0 ? -errno : 0;
    if (fd >= 0)
        close(fd);
}

static void probe_pty(struct capabilities *c)
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

    c->pty = fd < 0 || grantpt(fd) != 0 || unlockpt(fd) != 0 ? -errno : 0;
    if (fd >= 0)
        close(fd);
}

void capabilities_probe(struct capabilities *c)
{
    int set = 0;

    *c = (struct capabilities){.ptrace = -ENOSYS};
    probe_child(c);
    probe_pidfd(c);
    probe_pty(c);
    c->subreaper = prctl(PR_GET_CHILD_SUBREAPER, &set) != 0 ? -errno : 0;
}
