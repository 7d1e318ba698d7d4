#ifdef __aarch64__
#include "trial/arch.h"

#include "trial/breakpoint.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <ucontext.h>

/* arm64 keeps the number in a register set of its own (NT_ARM_SYSTEM_CALL); x0 is the result. */
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
        ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &number) != 0)
        return -errno;
    return 0;
}

int arch_call_first(pid_t tid, uint64_t argument)
{
    struct user_regs_struct regs;
    struct iovec all = {&regs, sizeof(regs)};

    if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &all) != 0)
        return -errno;
    regs.regs[0] = argument;
    return ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &all) != 0 ? -errno : 0;
}

int arch_call_last(pid_t tid, struct arch_call *call)
{
    struct user_regs_struct regs;
    struct iovec all = {&regs, sizeof(regs)};
    int number = -1;
    struct iovec one = {&number, sizeof(number)};

    if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &all) != 0 ||
        ptrace(PTRACE_GETREGSET, tid, NT_ARM_SYSTEM_CALL, &one) != 0)
        return -errno;
    if (number < 0)
        return -ENOENT;
    *call = (struct arch_call){.number = number, .pc = regs.pc, .sp = regs.sp, .native = true};
    for (int i = 0; i < 6; i++)
        call->args[i] = regs.regs[i];
    return 0;
}

int arch_call_cancel(pid_t tid)
{
    int none = -1;
    struct iovec number = {&none, sizeof(none)};

    return ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &number) == 0 ? 0 : -errno;
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
int arch_copy(pid_t tid, uint64_t pc, unsigned long flags, pid_t *copy, int *held)
{
    (void)tid;
    (void)pc;
    (void)flags;
    (void)copy;
    (void)held;
    return -ENOSYS;
}

int arch_make_begin(pid_t tid, struct arch_kept *kept)
{
    (void)tid;
    (void)kept;
    return -ENOSYS;
}

int arch_make(pid_t tid, const struct arch_kept *kept, uint64_t pc, long number,
              const uint64_t args[6], long *result)
{
    (void)tid;
    (void)kept;
    (void)pc;
    (void)number;
    (void)args;
    (void)result;
    return -ENOSYS;
}

int arch_make_end(pid_t tid, const struct arch_kept *kept)
{
    (void)tid;
    (void)kept;
    return -ENOSYS;
}

const unsigned char arch_break[ARCH_BREAK_SIZE] = {0x00, 0x00, 0x20, 0xd4}; /* brk #0 */

static int regs_get(pid_t tid, struct user_regs_struct *regs)
{
    struct iovec all = {regs, sizeof(*regs)};

    return ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &all) == 0 ? 0 : -errno;
}

int arch_regs_read(pid_t tid, struct arch_regs *regs)
{
    struct user_regs_struct all;
    int rc = regs_get(tid, &all);

    if (rc == 0)
        *regs = (struct arch_regs){
            .pc = all.pc, .sp = all.sp, .link = all.regs[30], .context = all.regs[2]};
    return rc;
}

int arch_pc_set(pid_t tid, uint64_t pc)
{
    struct user_regs_struct regs;
    struct iovec all = {&regs, sizeof(regs)};
    int rc = regs_get(tid, &regs);

    regs.pc = pc;
    if (rc == 0 && ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &all) != 0)
        rc = -errno;
    return rc;
}

uint64_t arch_break_address(uint64_t pc)
{
    return pc;
}

static uint32_t code_word(const unsigned char code[ARCH_CODE_SIZE])
{
    uint32_t word;

    memcpy(&word, code, sizeof(word));
    return word;
}

bool arch_makes_call(const unsigned char code[ARCH_CODE_SIZE])
{
    return (code_word(code) & 0xffe0001f) == 0xd4000001; /* svc */
}

uint64_t arch_return_address(pid_t tid, const struct arch_regs *regs)
{
    (void)tid;
    return regs->link;
}

uint64_t arch_interrupted(pid_t tid, const struct arch_regs *regs)
{
    uint64_t pc = 0;

    return memory_read(tid, regs->context + offsetof(ucontext_t, uc_mcontext.pc), &pc,
                       sizeof(pc)) == 0
               ? pc
               : 0;
}

bool arch_ends_with_call(const unsigned char *code, size_t n)
{
    uint32_t word = n >= ARCH_CODE_SIZE ? code_word(code + n - ARCH_CODE_SIZE) : 0;

    return (word & 0xfc000000) == 0x94000000 || /* bl */
           (word & 0xfefff000) == 0xd63f0000;   /* blr, and its kinds with authentication */
}
#endif
