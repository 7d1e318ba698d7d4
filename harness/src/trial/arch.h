/* arch.h - the few things about a stopped tracee that differ between machines. */
#ifndef SIGSWEEP_ARCH_H
#define SIGSWEEP_ARCH_H

#include <stdbool.h>
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
/* At a system-call stop. 1: entry, *call filled; 0: exit, *result filled; -errno. */
int arch_call_stop(pid_t tid, struct arch_call *call, long *result);
/* At the entry of a call: the kernel will not make it. Then, at its exit: the thread stands on the
 * instruction again, as if it had never been there. 0 or -errno. */
int arch_call_cancel(pid_t tid);
int arch_call_rewind(pid_t tid, const struct arch_call *call);
/* Makes the thread, which stands outside a call, make one (at pc, where a system-call instruction
 * is) that copies it: clone(CLONE_PARENT | SIGCHLD). Both stand where the thread stood, stopped;
 * the copy is traced. 0; -EAGAIN: a signal came first: *held, to be delivered at the next resume;
 * -errno: it could not be made. In each case the original stands as before. */
int arch_copy(pid_t tid, uint64_t pc, pid_t *copy, int *held);
/* At a seccomp stop: the call is not made, and returns result. 0 or -errno. */
int arch_call_skip(pid_t tid, long result);

#endif
