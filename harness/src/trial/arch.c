#include "trial/arch.h"

#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>
#include <sys/ptrace.h>

#ifdef __aarch64__
#define ARCH_AUDIT     AUDIT_ARCH_AARCH64
#define ARCH_CALL_SIZE 4 /* bytes of the instruction */
#else
#define ARCH_AUDIT     AUDIT_ARCH_X86_64
#define ARCH_CALL_SIZE 2
#endif

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

int arch_call_stop(pid_t tid, struct arch_call *call, long *result)
{
    struct __ptrace_syscall_info info;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info) <= 0)
        return -errno;
    if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
        *result = (long)info.exit.rval;
        return 0;
    }
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
        return -EINVAL;
    call->number = (long)info.entry.nr;
    for (int i = 0; i < 6; i++)
        call->args[i] = info.entry.args[i];
    call->native = info.arch == ARCH_AUDIT;
    call->pc = info.instruction_pointer - ARCH_CALL_SIZE;
    call->sp = info.stack_pointer;
    return 1;
}
