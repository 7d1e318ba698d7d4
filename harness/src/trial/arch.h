/* arch.h - the few things about a stopped tracee that differ between machines. */
#ifndef SIGSWEEP_ARCH_H
#define SIGSWEEP_ARCH_H

#include <stdint.h>
#include <sys/types.h>

/* The system call a tracee stands before, at a seccomp stop. */
struct arch_call {
    long number;
    uint64_t args[6];
};

/* Reads it (PTRACE_GET_SYSCALL_INFO, Linux 5.3). 0 or -errno; -ESRCH: the tracee was killed. */
int arch_call_read(pid_t tid, struct arch_call *call);
/* At a seccomp stop: the call is not made, and returns result. 0 or -errno. */
int arch_call_skip(pid_t tid, long result);

#endif
