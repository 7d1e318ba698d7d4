#include "trial/arch.h"

#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>

int arch_call_read(pid_t tid, struct arch_call *call)
{
    struct __ptrace_syscall_info info;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info) <= 0)
        return -errno;
    if (info.op != PTRACE_SYSCALL_INFO_SECCOMP)
        return -EINVAL;
    call->number = (long)info.seccomp.nr;
    for (int i = 0; i < 6; i++)
        call->args[i] = info.seccomp.args[i];
    return 0;
}
