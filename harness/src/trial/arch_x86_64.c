#ifdef __x86_64__
#include "trial/arch.h"

#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/user.h>

/* After RET_TRACE the kernel reads the number again, and skips the call when it is -1; rax then
 * reaches the program as it stands (seccomp(2), SECCOMP_RET_TRACE). */
int arch_call_skip(pid_t tid, long result)
{
    if (ptrace(PTRACE_POKEUSER, tid, offsetof(struct user_regs_struct, orig_rax), -1L) != 0 ||
        ptrace(PTRACE_POKEUSER, tid, offsetof(struct user_regs_struct, rax), result) != 0)
        return -errno;
    return 0;
}
#endif
