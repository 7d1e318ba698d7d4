#ifdef __x86_64__
#include "trial/arch.h"

#include "trial/breakpoint.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <ucontext.h>

/* After RET_TRACE the kernel reads the number again, and skips the call when it is -1; rax then
 * reaches the program as it stands (seccomp(2), SECCOMP_RET_TRACE). */
int arch_call_skip(pid_t tid, long result)
{
    if (ptrace(PTRACE_POKEUSER, tid, offsetof(struct user_regs_struct, orig_rax), -1L) != 0 ||
        ptrace(PTRACE_POKEUSER, tid, offsetof(struct user_regs_struct, rax), result) != 0)
        return -errno;
    return 0;
}

int arch_call_first(pid_t tid, uint64_t argument)
{
    return ptrace(PTRACE_POKEUSER, tid, offsetof(struct user_regs_struct, rdi), argument) != 0
               ? -errno
               : 0;
}

int arch_call_last(pid_t tid, struct arch_call *call)
{
    struct user_regs_struct r;

    if (ptrace(PTRACE_GETREGS, tid, 0, &r) != 0)
        return -errno;
    if ((long)r.orig_rax < 0)
        return -ENOENT;
    *call = (struct arch_call){.number = (long)r.orig_rax,
                               .args = {r.rdi, r.rsi, r.rdx, r.r10, r.r8, r.r9},
                               .pc = r.rip,
                               .sp = r.rsp,
                               .native = true};
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

int arch_copy(pid_t tid, uint64_t pc, unsigned long flags, pid_t *copy, int *held)
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
    now.rdi = CLONE_PARENT | SIGCHLD | flags;
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

_Static_assert(sizeof(struct user_regs_struct) <= sizeof(struct arch_kept), "registers are kept");

int arch_make_begin(pid_t tid, struct arch_kept *kept)
{
    return ptrace(PTRACE_GETREGS, tid, 0, kept) == 0 ? 0 : -errno;
}

int arch_make(pid_t tid, const struct arch_kept *kept, uint64_t pc, long number,
              const uint64_t args[6], long *result)
{
    struct user_regs_struct now;
    struct arch_call call;
    bool entered = false;
    int status, at;

    memcpy(&now, kept, sizeof(now));
    now.rax = (unsigned long long)number;
    now.orig_rax = (unsigned long long)-1; /* no restart of a call on the way out */
    now.rip = pc;
    now.rdi = args[0];
    now.rsi = args[1];
    now.rdx = args[2];
    now.r10 = args[3];
    now.r8 = args[4];
    now.r9 = args[5];
    if (ptrace(PTRACE_SETREGS, tid, 0, &now) != 0)
        return -errno;
    for (;;) {
        if (ptrace(PTRACE_SYSCALL, tid, 0, 0) != 0 || !wait_stop(tid, &status))
            return -ESRCH;
        if (status >> 8 != (SIGTRAP | 0x80))
            return -EAGAIN;
        at = arch_call_stop(tid, &call, result);
        if (at < 0)
            return at;
        if (at == 0 && entered)
            return 0;
        entered = at == 1;
    }
}

int arch_make_end(pid_t tid, const struct arch_kept *kept)
{
    struct user_regs_struct was;

    memcpy(&was, kept, sizeof(was));
    was.orig_rax = (unsigned long long)-1;
    return ptrace(PTRACE_SETREGS, tid, 0, &was) == 0 ? 0 : -errno;
}

const unsigned char arch_break[ARCH_BREAK_SIZE] = {0xcc}; /* int3 */

int arch_regs_read(pid_t tid, struct arch_regs *regs)
{
    struct user_regs_struct all;

    if (ptrace(PTRACE_GETREGS, tid, 0, &all) != 0)
        return -errno;
    *regs = (struct arch_regs){.pc = all.rip, .sp = all.rsp, .context = all.rdx};
    return 0;
}

int arch_pc_set(pid_t tid, uint64_t pc)
{
    return ptrace(PTRACE_POKEUSER, tid, offsetof(struct user_regs_struct, rip), (long)pc) == 0
               ? 0
               : -errno;
}

uint64_t arch_break_address(uint64_t pc)
{
    return pc - 1; /* int3 has been executed */
}

bool arch_makes_call(const unsigned char code[ARCH_CODE_SIZE])
{
    return (code[0] == 0x0f && (code[1] == 0x05 || code[1] == 0x34)) || /* syscall, sysenter */
           (code[0] == 0xcd && code[1] == 0x80);
}

static uint64_t word_at(pid_t tid, uint64_t address)
{
    uint64_t word = 0;

    return memory_read(tid, address, &word, sizeof(word)) == 0 ? word : 0;
}

uint64_t arch_return_address(pid_t tid, const struct arch_regs *regs)
{
    return word_at(tid, regs->sp);
}

uint64_t arch_interrupted(pid_t tid, const struct arch_regs *regs)
{
    return word_at(tid, regs->context + offsetof(ucontext_t, uc_mcontext.gregs[REG_RIP]));
}

/* E8 rel32, or FF /2 with any of its operands (Intel SDM, CALL). */
bool arch_ends_with_call(const unsigned char *code, size_t n)
{
    static const size_t lengths[] = {2, 3, 4, 6, 7};

    if (n >= 5 && code[n - 5] == 0xe8)
        return true;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        const unsigned char *at = code + n - lengths[i];
        if (n >= lengths[i] && at[0] == 0xff && (at[1] >> 3 & 7) == 2)
            return true;
    }
    return false;
}
#endif
