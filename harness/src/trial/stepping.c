/* stepping.c - how a thread gets past a breakpoint, and through a function instruction by
 * instruction. A point is passed when a thread is about to execute its instruction; until that has
 * run, the thread may make detours through signal handlers, and come back: that is no second time.
 *
 * A function that is stepped through is entered by a breakpoint. Where a step leaves it by a call,
 * a breakpoint stays at the return address, so that stepping goes on however the thread comes back:
 * by returning, by a switch of stacks, or by a jump. */
#include "trial/live.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ------------------------------------------------------------------------------------- footing */

/* True when it stood there before: it has come back from the handlers above. After a jump out of
 * one, the same place is a new pass. */
static bool foot_back(struct footing *f, const struct arch_regs *regs)
{
    for (unsigned i = f->back ? f->n : 0; i-- > 0;) {
        if (f->on[i].pc == regs->pc && f->on[i].sp == regs->sp) {
            f->n = i + 1;
            return true;
        }
    }
    return false;
}

static void foot_push(struct footing *f, const struct arch_regs *regs)
{
    if (f->n == STANDS) /* handlers within handlers, or jumps out of them: the oldest is given up */
        memmove(f->on, f->on + 1, --f->n * sizeof(f->on[0]));
    f->on[f->n].pc = regs->pc;
    f->on[f->n].sp = regs->sp;
    f->n++;
}

/* The instruction has run. */
static void foot_pop(struct footing *f)
{
    if (f->n > 0)
        f->n--;
}

/* The thread is about to execute the instruction where it stands. */
static void arrive(struct live *l, struct task *t, const struct arch_regs *regs)
{
    bool again = foot_back(&t->foot, regs);

    t->foot.back = false;
    t->foot.stepping = range_at(t->space, regs->pc) != NULL;
    if (again)
        return;
    foot_push(&t->foot, regs);
    functions_pass(l, t->tid, regs->pc);
}

static void stop_at(struct task *t, uint64_t address)
{
    if (range_at(t->space, address) != NULL)
        (void)breakpoint_add(t->space, t->tid, address);
}

/* A step has led out of the functions that are stepped through. */
static void leave(struct task *t, const struct arch_regs *regs)
{
    uint64_t back = arch_return_address(t->tid, regs);
    const struct range *r = range_at(t->space, back);

    t->foot.stepping = false;
    /* Whatever lies on the stack may look like an address. */
    if (r != NULL && arch_ends_with_call(r->code, back - r->start))
        stop_at(t, back);
}

static void stepped_to(struct live *l, struct task *t, const struct arch_regs *regs)
{
    foot_pop(&t->foot);
    if (!t->foot.stepping)
        return;
    if (range_at(t->space, regs->pc) != NULL)
        arrive(l, t, regs);
    else
        leave(t, regs);
}

/* --------------------------------------------------------------------- over one breakpoint */

static bool others_run(const struct live *l, const struct task *t)
{
    for (size_t i = 0; i < l->tasks_n; i++) {
        const struct task *other = &l->tasks[i];
        if (other != t && other->space == t->space && other->foot.running)
            return true;
    }
    return false;
}

/* Stops the other threads of the address space that may run code of the program: one could pass
 * where the breakpoint is missing for a moment. Those in a system call stop at its end anyway; they
 * are left alone, since an interrupted call would not be the same call. False: t was killed. */
static bool others_hold(struct live *l, const struct task *t)
{
    struct stop stop;

    for (size_t i = 0; i < l->tasks_n; i++) {
        struct task *other = &l->tasks[i];
        if (other != t && other->space == t->space && other->foot.running &&
            ptrace(PTRACE_INTERRUPT, other->tid, 0, 0) != 0)
            other->foot.running = false; /* it has ended */
    }
    while (others_run(l, t)) {
        pid_t any = wait4(-1, &stop.status, 0, &stop.usage);
        struct task *other = any > 0 ? task_find(l, any) : NULL;
        if (any < 0 && errno != EINTR)
            return false;
        if (any <= 0)
            continue;
        stop.pid = any;
        tracer_keep(l, &stop);
        if (other != NULL)
            other->foot.running = false;
        if (any == t->tid)
            return false;
    }
    return true;
}

static bool was_step(const struct stop *stop)
{
    siginfo_t info = {0};

    return WIFSTOPPED(stop->status) && stop->status >> 8 == SIGTRAP &&
           ptrace(PTRACE_GETSIGINFO, stop->pid, 0, &info) == 0 && info.si_code == TRAP_TRACE;
}

/* Lets the thread execute the instruction under the breakpoint, and no more. False: something else
 * came first, and is dealt with in its turn. */
static bool step_over(struct live *l, struct task *t, const struct breakpoint *b)
{
    unsigned char code[ARCH_CODE_SIZE] = {0};
    int fd = memory_open(t->tid);
    struct stop stop;
    bool call;
    int rc;

    if (fd < 0 || !others_hold(l, t)) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    (void)memory_write(fd, b->address, b->saved, sizeof(b->saved));
    /* A system call may block: its entry is far enough. */
    call = memory_read(t->tid, b->address, code, sizeof(code)) == 0 && arch_makes_call(code);
    rc = ptrace(call ? PTRACE_SYSCALL : PTRACE_SINGLESTEP, t->tid, 0, 0) != 0
             ? -errno
             : tracer_await(l, t->tid, &stop);
    (void)memory_write(fd, b->address, arch_break, sizeof(arch_break));
    close(fd);
    if (rc != 0)
        return false;
    if (was_step(&stop))
        return true;
    tracer_keep(l, &stop);
    return false;
}

/* The breakpoint that the thread stands on, and whose point it has passed; or NULL. */
static const struct breakpoint *standing_on(const struct live *l, const struct task *t)
{
    const struct footing *f = &t->foot;
    const struct breakpoint *b;
    struct arch_regs regs;

    if (f->n == 0 || t->in_call || t->exiting || !l->functions_on)
        return NULL;
    b = breakpoint_find(t->space, f->on[f->n - 1].pc);
    if (b == NULL || !b->in || arch_regs_read(t->tid, &regs) != 0 ||
        regs.pc != f->on[f->n - 1].pc || regs.sp != f->on[f->n - 1].sp)
        return NULL;
    return b;
}

static bool at_call(const struct task *t)
{
    uint64_t pc = t->foot.n > 0 ? t->foot.on[t->foot.n - 1].pc : 0;
    const struct range *r = range_at(t->space, pc);

    return r != NULL && pc + ARCH_CODE_SIZE <= r->end && arch_makes_call(r->code + (pc - r->start));
}

static void go(struct live *l, struct task *t, int signal)
{
    struct footing *f = &t->foot;

    /* A call is entered with a stop, so that it is counted; not so with a signal, which comes
     * first: its handler is looked at from its first instruction. */
    f->stepped = f->stepping && l->functions_on && !t->in_call && !t->exiting &&
                 (signal != 0 || !at_call(t));
    f->running = !t->in_call && !t->exiting;
    f->back |= signal != 0; /* without a handler it stays where it is */
    (void)ptrace(f->stepped    ? PTRACE_SINGLESTEP
                 : l->calls_on ? PTRACE_SYSCALL
                               : PTRACE_CONT,
                 t->tid, 0, (long)signal);
}

/* A signal that came while the thread was busy otherwise. */
static int take_held(struct task *t)
{
    int signal = t->held;

    t->held = 0;
    return signal;
}

void stepping_resume(struct live *l, struct task *t, int signal)
{
    const struct breakpoint *b;
    struct arch_regs regs;
    pid_t tid = t->tid;

    if (t->foot.fresh) {
        t->foot.fresh = false;
        if (arch_regs_read(tid, &regs) == 0)
            arrive(l, t, &regs);
        t = task_find(l, tid);
    }
    while (t != NULL && signal == 0 && (b = standing_on(l, t)) != NULL) {
        if (!step_over(l, t, b))
            return;
        if (arch_regs_read(tid, &regs) != 0)
            return;
        stepped_to(l, t, &regs);
        t = task_find(l, tid);
        signal = t != NULL ? take_held(t) : 0;
    }
    if (t != NULL)
        go(l, t, signal);
}

/* -------------------------------------------------------------------------------------- stops */

static void on_hit(struct live *l, struct task *t, struct arch_regs *regs, uint64_t address)
{
    struct breakpoint *b = breakpoint_find(t->space, address);
    struct space *space = t->space;
    pid_t tid = t->tid;

    if (regs->pc != address)
        (void)arch_pc_set(tid, address);
    regs->pc = address;
    if (b->in && l->functions_on)
        arrive(l, t, regs);
    t = task_find(l, tid);
    if (t == NULL)
        return;
    if (!l->functions_on && (b = breakpoint_find(space, address)) != NULL)
        breakpoint_remove(b, tid); /* nothing is wanted any more */
    tracer_resume(l, tid, take_held(t));
}

/* The program has a breakpoint instruction of its own there: it gets its signal. */
static void on_own(struct live *l, struct task *t, struct arch_regs *regs, uint64_t address)
{
    pid_t tid = t->tid;

    regs->pc = address;
    if (l->functions_on)
        arrive(l, t, regs);
    if ((t = task_find(l, tid)) == NULL)
        return;
    foot_pop(&t->foot);
    tracer_resume(l, tid, SIGTRAP);
}

/* The thread stands at the first instruction of a handler, and comes back where it was interrupted.
 */
static void on_handler(struct live *l, struct task *t, const struct arch_regs *regs)
{
    stop_at(t, arch_interrupted(t->tid, regs));
    t->foot.stepping = range_at(t->space, regs->pc) != NULL;
    if (t->foot.stepping)
        arrive(l, t, regs);
}

/* At the first instruction of a handler that was entered with a single step, the kernel reports
 * with ptrace_notify(SIGTRAP): its code is the signal's number. */
#define CODE_HANDLER SIGTRAP

bool stepping_trap(struct live *l, struct task *t)
{
    struct arch_regs regs;
    siginfo_t info = {0};
    pid_t tid = t->tid;
    const struct breakpoint *b;
    uint64_t address;

    if (ptrace(PTRACE_GETSIGINFO, tid, 0, &info) != 0 || info.si_code <= 0 ||
        arch_regs_read(tid, &regs) != 0)
        return false; /* somebody sent it */
    address = arch_break_address(regs.pc);
    b = breakpoint_find(t->space, address);
    if ((info.si_code == SI_KERNEL || info.si_code == TRAP_BRKPT) && b != NULL) {
        if (memcmp(b->saved, arch_break, sizeof(arch_break)) != 0)
            on_hit(l, t, &regs, address);
        else
            on_own(l, t, &regs, address);
        return true;
    }
    if (!t->foot.stepped || info.si_code == SI_KERNEL)
        return false; /* the program's own */
    if (info.si_code == CODE_HANDLER)
        on_handler(l, t, &regs);
    else
        stepped_to(l, t, &regs);
    t = task_find(l, tid);
    if (t != NULL)
        tracer_resume(l, tid, take_held(t));
    return true;
}

void stepping_entered(struct task *t, const struct arch_call *call)
{
    struct footing *f = &t->foot;

    f->back = call->number == SYS_rt_sigreturn;
    /* The instruction that it stood on was the one that made the call. */
    if (f->n > 0 && f->on[f->n - 1].pc == call->pc && f->on[f->n - 1].sp == call->sp)
        foot_pop(f);
}

void stepping_left(struct live *l, struct task *t)
{
    struct arch_regs regs;

    if (t->space != NULL && t->foot.stepping && l->functions_on && !t->in_call && !t->again &&
        arch_regs_read(t->tid, &regs) == 0)
        arrive(l, t, &regs);
}
