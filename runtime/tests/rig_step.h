/* rig_step.h - single-steps a child of the rig to any instruction, for tests that let a signal come
 * there. */
#ifndef RIG_STEP_H
#define RIG_STEP_H

#include <sys/ptrace.h>

#include "rig.h"
#include "task.h" /* QS_ASAN */

/* Whether stepping works here; if not, says why. */
__attribute__((unused)) static bool rig_can_step(void)
{
    const char *preload = getenv("LD_PRELOAD");

    if (preload && strstr(preload, "vgpreload")) {
        fprintf(stderr, "not tested: valgrind cannot be stepped\n");
        return false;
    }
#ifdef QS_ASAN
    fprintf(stderr, "not tested: the leak check at exit does not work in a stepped process\n");
    return false;
#endif
    return true;
}

/* In the child: stops for the parent, which steps from here. */
__attribute__((unused)) static void rig_step_me(void)
{
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
        _exit(97);
    raise(SIGSTOP);
}

/* The child could not be traced. */
__attribute__((unused)) static bool rig_untraced(const struct rig_child *child)
{
    return WIFEXITED(child->status) && WEXITSTATUS(child->status) == 97;
}

/* Steps the child from its stop; returns how many instructions it made, fewer than most if it ended
 * or stopped by SIGSTOP. A SIGCHLD is passed on. */
__attribute__((unused)) static long rig_step(struct rig_child *child, long most)
{
    intptr_t signal = 0;
    long n = 0;

    while (n < most) {
        if (ptrace(PTRACE_SINGLESTEP, child->pid, NULL, (void *)signal) ||
            waitpid(child->pid, &child->status, 0) < 0 || !WIFSTOPPED(child->status) ||
            WSTOPSIG(child->status) == SIGSTOP)
            break;
        signal = WSTOPSIG(child->status) == SIGTRAP ? 0 : WSTOPSIG(child->status);
        n += !signal;
    }
    return n;
}

/* Ends a child that the test has no use for. */
__attribute__((unused)) static void rig_drop(struct rig_child *child)
{
    if (!WIFEXITED(child->status) && !WIFSIGNALED(child->status)) {
        kill(child->pid, SIGKILL);
        waitpid(child->pid, &child->status, 0);
    }
    close(child->events);
    close(child->told);
    free(child);
}

#endif
