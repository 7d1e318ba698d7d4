/* arch.h - the few things about a stopped tracee that differ between machines. */
#ifndef SIGSWEEP_ARCH_H
#define SIGSWEEP_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A system call of a tracee. */
struct arch_call {
    long number;
    uint64_t args[6];
    uint64_t pc; /* of the instruction that makes it */
    uint64_t sp;
    bool native; /* of this machine's own architecture, not 32-bit code */
};

/* Reads it (PTRACE_GET_SYSCALL_INFO, Linux 5.3). 0 or -errno; -ESRCH: the tracee was killed. */
int arch_call_read(pid_t tid, struct arch_call *call);
/* The call that a thread was in when it was killed, as it stands at its end. 0; -ENOENT: none. */
int arch_call_last(pid_t tid, struct arch_call *call);
/* At a system-call stop. 1: entry, *call filled; 0: exit, *result filled; -errno. */
int arch_call_stop(pid_t tid, struct arch_call *call, long *result);
/* At the entry of a call: the kernel will not make it. Then, at its exit: the thread stands on the
 * instruction again, as if it had never been there. 0 or -errno. */
int arch_call_cancel(pid_t tid);
int arch_call_rewind(pid_t tid, const struct arch_call *call);
/* Makes the thread, which stands outside a call, make one (at pc, where a system-call instruction
 * is) that copies it: clone(CLONE_PARENT | SIGCHLD | flags). Both stand where the thread stood,
 * stopped; the copy is traced. 0; -EAGAIN: a signal came first: *held, to be delivered at the next
 * resume; -errno: it could not be made. In each case the original stands as before. With CLONE_VM
 * in flags the copy must never execute an instruction: its memory is the original's. */
int arch_copy(pid_t tid, uint64_t pc, unsigned long flags, pid_t *copy, int *held);

/* A stopped thread, which stands outside a call, is made to make calls: at pc is a system-call
 * instruction. begin keeps its registers, end puts them back; nothing else of it runs. 0 or -errno;
 * -EAGAIN: a signal came first. *result is the call's, negative when it failed. */
struct arch_kept {
    uint64_t regs[48];
};
int arch_make_begin(pid_t tid, struct arch_kept *kept);
int arch_make(pid_t tid, const struct arch_kept *kept, uint64_t pc, long number,
              const uint64_t args[6], long *result);
int arch_make_end(pid_t tid, const struct arch_kept *kept);

/* Where a stopped thread stands. */
struct arch_regs {
    uint64_t pc, sp;
    uint64_t link;    /* where a call returns to, on machines that keep that in a register */
    uint64_t context; /* third argument: at a handler's first instruction, its ucontext */
};
int arch_regs_read(pid_t tid, struct arch_regs *regs); /* 0 or -errno */
int arch_pc_set(pid_t tid, uint64_t pc);               /* 0 or -errno */

/* The instruction that stops a program with SIGTRAP. */
#ifdef __aarch64__
#define ARCH_BREAK_SIZE 4
#define ARCH_CODE_SIZE  4 /* bytes of an instruction to read, to know it */
#else
#define ARCH_BREAK_SIZE 1
#define ARCH_CODE_SIZE  2
#endif
extern const unsigned char arch_break[ARCH_BREAK_SIZE];
/* Where the instruction is that stopped a thread with this pc. */
uint64_t arch_break_address(uint64_t pc);
/* The instruction makes a system call. */
bool arch_makes_call(const unsigned char code[ARCH_CODE_SIZE]);
/* After a call instruction: where it returns to. At the first instruction of a handler: where the
 * program was interrupted. 0: not known. */
uint64_t arch_return_address(pid_t tid, const struct arch_regs *regs);
uint64_t arch_interrupted(pid_t tid, const struct arch_regs *regs);
/* The n bytes of code may end with a call. */
bool arch_ends_with_call(const unsigned char *code, size_t n);

/* At a seccomp stop or the entry of a call: it is not made, and returns result. 0 or -errno. */
int arch_call_skip(pid_t tid, long result);
/* At the entry of a call: its first argument is another one. 0 or -errno. */
int arch_call_first(pid_t tid, uint64_t argument);

#endif
