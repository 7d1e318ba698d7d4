/* disposition.c - what a signal would do to the stopped original: whether one is pending, and
 * whether one that is sent to a copy kills it before it executes anything. */
#include "trial/copied.h"

#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

static uint64_t bit(int signal)
{
    return (uint64_t)1 << (signal - 1);
}

static void read_status(pid_t pid, uint64_t *pending, uint64_t *handled)
{
    unsigned long long set;
    char path[64], line[256];
    FILE *f;

    *pending = 0;
    *handled = UINT64_MAX; /* not known: no assumption is made */
    snprintf(path, sizeof(path), "/proc/%d/status", pid);
    f = fopen(path, "re");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        if (sscanf(line, "SigPnd: %llx", &set) == 1 || sscanf(line, "ShdPnd: %llx", &set) == 1)
            *pending |= set;
        else if (sscanf(line, "SigIgn: %llx", &set) == 1)
            *handled = set;
        else if (sscanf(line, "SigCgt: %llx", &set) == 1)
            *handled |= set;
    }
    if (f != NULL)
        fclose(f);
}

bool disposition_pending(const struct live *l, const struct task *t)
{
    uint64_t mask = 0, pending, handled;

    if (ptrace(PTRACE_GETSIGMASK, t->tid, sizeof(mask), &mask) != 0)
        return true;
    if (mask == 0)
        return false;
    read_status(l->pid, &pending, &handled);
    return pending != 0;
}

/* Signals whose default action ends a process without a core (signal(7)). */
static bool ends_by_default(int signal)
{
    switch (signal) {
    case SIGHUP:
    case SIGINT:
    case SIGKILL:
    case SIGUSR1:
    case SIGUSR2:
    case SIGPIPE:
    case SIGALRM:
    case SIGTERM: return true;
    default: return false;
    }
}

bool disposition_kills(struct live *l, const struct task *t, int signal)
{
    uint64_t mask = 0, pending;

    if (signal == SIGKILL)
        return true;
    if (!ends_by_default(signal) || ptrace(PTRACE_GETSIGMASK, t->tid, sizeof(mask), &mask) != 0 ||
        (mask & bit(signal)) != 0)
        return false;
    if (!l->handled_known)
        read_status(l->pid, &pending, &l->handled);
    l->handled_known = true;
    return (l->handled & bit(signal)) == 0;
}

void disposition_call(struct live *l, const struct arch_call *call)
{
    if (call->number == SYS_rt_sigaction || call->number == SYS_execve ||
        call->number == SYS_execveat)
        l->handled_known = false;
}
