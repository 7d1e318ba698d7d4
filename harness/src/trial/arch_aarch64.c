#ifdef __aarch64__
#include "trial/arch.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

/* arm64 keeps the number in a register set of its own (NT_ARM_SYSCALL); x0 is the result. */
int arch_call_skip(pid_t tid, long result)
{
    struct user_regs_struct regs;
    struct iovec all = {&regs, sizeof(regs)};
    int none = -1;
    struct iovec number = {&none, sizeof(none)};

    if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &all) != 0)
        return -errno;
    regs.regs[0] = (unsigned long long)result;
    if (ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &all) != 0 ||
        ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSCALL, &number) != 0)
        return -errno;
    return 0;
}

int arch_call_cancel(pid_t tid)
{
    int none = -1;
    struct iovec number = {&none, sizeof(none)};

    return ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSCALL, &number) == 0 ? 0 : -errno;
}

int arch_call_rewind(pid_t tid, const struct arch_call *call)
{
    struct user_regs_struct regs;
    struct iovec all = {&regs, sizeof(regs)};

    if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &all) != 0)
        return -errno;
    regs.pc = call->pc;
    regs.regs[0] = call->args[0]; /* the result is there now */
    regs.regs[8] = (unsigned long long)call->number;
    return ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &all) == 0 ? 0 : -errno;
}

/* Not made for this machine yet: every point is replayed. */
int arch_copy(pid_t tid, uint64_t pc, pid_t *copy, int *held)
{
    (void)tid;
    (void)pc;
    (void)copy;
    (void)held;
    return -ENOSYS;
}
#endif
