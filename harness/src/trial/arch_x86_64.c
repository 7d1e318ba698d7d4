#ifdef __x86_64__
#include "trial/arch.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

/* After RET_TRACE the kernel reads the number again, and skips the call when it is -1; rax then
 * reaches the program as it stands (seccomp(2), SECCOMP_RET_TRACE). */
int arch_call_skip(pid_t tid, long result)
{
    if (ptrace(PTRACE_POKEUSER, tid, offsetof(struct user_regs_struct, orig_rax), -1L) != 0 ||
        ptrace(PTRACE_POKEUSER, tid, offsetof(struct user_regs_struct, rax), result) != 0)
        return -errno;
    return 0;
}

/* With the number -1 the kernel makes no call (ptrace(2), Syscall-stops). */
int arch_call_cancel(pid_t tid)
{
    return ptrace(PTRACE_POKEUSER, tid, offsetof(struct user_regs_struct, orig_rax), -1L) == 0
               ? 0
               : -errno;
}

int arch_call_rewind(pid_t tid, const struct arch_call *call)
{
    if (ptrace(PTRACE_POKEUSER, tid, offsetof(struct user_regs_struct, rip), (long)call->pc) != 0 ||
        ptrace(PTRACE_POKEUSER, tid, offsetof(struct user_regs_struct, rax), call->number) != 0)
        return -errno;
    return 0;
}

static bool wait_stop(pid_t tid, int *status)
{
    pid_t got;

    while ((got = waitpid(tid, status, __WALL)) < 0 && errno == EINTR)
        ;
    return got == tid && WIFSTOPPED(*status);
}

int arch_copy(pid_t tid, uint64_t pc, pid_t *copy, int *held)
{
    struct user_regs_struct was, now;
    unsigned long pid = 0;
    int status, rc = 0;

    if (ptrace(PTRACE_GETREGS, tid, 0, &was) != 0)
        return -errno;
    now = was;
    now.rax = SYS_clone;
    now.orig_rax = (unsigned long long)-1; /* no restart of a call on the way out */
    now.rip = pc;
    now.rdi = CLONE_PARENT | SIGCHLD;
    now.rsi = now.rdx = now.r10 = now.r8 = 0;
    if (ptrace(PTRACE_SETREGS, tid, 0, &now) != 0 || ptrace(PTRACE_CONT, tid, 0, 0) != 0)
        return -errno;
    if (!wait_stop(tid, &status))
        return -ESRCH;
    if (status >> 8 != (SIGTRAP | PTRACE_EVENT_FORK << 8)) {
        if (status >> 16 == 0)
            *held = WSTOPSIG(status);
        (void)ptrace(PTRACE_SETREGS, tid, 0, &was);
        return -EAGAIN;
    }
    (void)ptrace(PTRACE_GETEVENTMSG, tid, 0, &pid);
    if (ptrace(PTRACE_SYSCALL, tid, 0, 0) != 0 || !wait_stop(tid, &status))
        rc = -ESRCH;
    else if (ptrace(PTRACE_SETREGS, tid, 0, &was) != 0)
        rc = -errno;
    was.orig_rax = (unsigned long long)-1;
    if (pid == 0 || !wait_stop((pid_t)pid, &status))
        return -ESRCH;
    if (ptrace(PTRACE_SETREGS, (pid_t)pid, 0, &was) != 0 && rc == 0)
        rc = -errno;
    *copy = (pid_t)pid;
    return rc;
}
#endif
