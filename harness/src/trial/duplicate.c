/* duplicate.c - events written through a copy of the descriptor. A shell's `printf ... >&197` makes
 * 1 a copy of it, writes there, and puts 1 back, in a few calls. The filter knows one number only;
 * so it stops the making of the copy as well, and from there the thread stops at each call, until
 * the copy is gone. */
#include "trial/live.h"

#include "trial/arch.h"

#include <sys/syscall.h>

#define CALLS_FOLLOWED                                                                             \
    16 /* a copy that stays longer is a redirection for good: it is read from the pipe */

static bool duplicates(const struct arch_call *call)
{
#ifdef SYS_dup2
    if (call->number == SYS_dup2)
        return true;
#endif
    return call->number == SYS_dup3;
}

bool duplicate_made(struct task *t, const struct arch_call *call)
{
    if (!duplicates(call))
        return false;
    t->copy_fd = (int)call->args[1];
    t->copy_calls = CALLS_FOLLOWED;
    return true;
}

void duplicate_stop(struct live *l, struct task *t)
{
    struct arch_call call;
    pid_t tid = t->tid;
    long result;

    if (arch_call_stop(tid, &call, &result) == 1) {
        bool on_copy = (int)call.args[0] == t->copy_fd;
        bool ends = (duplicates(&call) && (int)call.args[1] == t->copy_fd) ||
                    (call.number == SYS_close && on_copy);

        t->copy_calls = ends ? 0 : t->copy_calls - 1;
        if (call.number == SYS_write && on_copy)
            observe_written(l, tid, &call);
    }
    tracer_resume(l, tid, 0);
}
