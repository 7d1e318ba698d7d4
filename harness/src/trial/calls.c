/* calls.c - stops at system calls: counts them for each thread, and finds the three sides of one:
 * before it, blocked inside it, after it. */
#include "trial/live.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

const char *call_name(struct live *l, long number)
{
    char **slot, *name;

    if (number < 0 || number >= CALL_NAMES)
        return "?";
    slot = &l->room->call_names[number];
    if (*slot == NULL) {
        name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)number);
        *slot = name != NULL ? name : mem_printf("syscall_%ld", number);
    }
    return *slot;
}

bool effects_matter(const struct live *l)
{
    const struct expect *e = &l->plan->scenario->expect;

    return l->begun && e->ended_n == 0 && !e->conventional && !e->alive && l->r->events_n == 0 &&
           l->tasks_n == 1;
}

static bool wants_effects(const struct live *l)
{
    return l->r->effects >= 0 || (effects_matter(l) && record_first_fired(l->r) != NULL);
}

bool call_is_random(const struct point *p)
{
    return p->text != NULL && strcmp(p->text, "getrandom") == 0;
}

bool call_counts_as(const struct task *t, const struct point *p)
{
    return p->process == t->process && p->thread == t->thread && p->nth == t->nth &&
           call_is_random(p) == (t->call.number == SYS_getrandom);
}

bool calls_wanted(const struct live *l)
{
    if (wants_effects(l))
        return true;
    if (l->survey.out != NULL || l->sweep != NULL || functions_wanted(l))
        return true;
    /* To the end: what the program still does after the last interrupt is judged. */
    for (size_t i = 0; i < l->plan->interrupts_n; i++) {
        if (l->plan->interrupts[i].when.kind == POINT_SYSCALL)
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------------------- blocked in it */

static char state_of(pid_t tgid, pid_t tid)
{
    char path[64], line[256], *after_comm;
    char state = '?';
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", tgid, tid);
    f = fopen(path, "re");
    if (f == NULL)
        return '?';
    if (fgets(line, sizeof(line), f) != NULL && (after_comm = strrchr(line, ')')) != NULL)
        (void)sscanf(after_comm + 1, " %c", &state);
    fclose(f);
    return state;
}

void calls_look_inside(struct live *l)
{
    struct task *t = task_find(l, l->inside_tid);

    if (t == NULL || !t->in_call) {
        l->inside_tid = 0;
        return;
    }
    if (state_of(t->tgid, t->tid) != 'S') {
        (void)sched_yield(); /* it needs this CPU to get there */
        return;
    }
    l->inside_tid = 0;
    t->hit = false;
    cue_fire(l, t->tid);
}

/* Where a signal just before the call can be lost: the thread may then sleep for ever. */
bool call_can_wait(long number)
{
    switch (number) {
#ifdef SYS_pause
    case SYS_pause:
    case SYS_poll:
    case SYS_select:
    case SYS_epoll_wait:
#endif
    case SYS_ppoll:
    case SYS_pselect6:
    case SYS_epoll_pwait:
    case SYS_epoll_pwait2:
    case SYS_read:
    case SYS_readv:
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_recvmmsg:
    case SYS_accept:
    case SYS_accept4:
    case SYS_connect:
    case SYS_wait4:
    case SYS_waitid:
    case SYS_rt_sigsuspend:
    case SYS_rt_sigtimedwait:
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
    case SYS_futex:
    case SYS_flock:
    case SYS_semop:
    case SYS_semtimedop:
    case SYS_msgrcv:
    case SYS_mq_timedreceive: return true;
    default: return false;
    }
}

bool waits_for_ever(const struct arch_call *c)
{
    switch (c->number) {
#ifdef SYS_pause
    case SYS_pause:
#endif
    case SYS_read:
    case SYS_wait4:
    case SYS_waitid:
    case SYS_rt_sigsuspend:
    case SYS_accept:
    case SYS_accept4:
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_flock: return true;
#ifdef SYS_poll
    case SYS_poll: return (int)c->args[2] < 0;
    case SYS_epoll_wait: return (int)c->args[3] < 0;
    case SYS_select: return c->args[4] == 0;
#endif
    case SYS_epoll_pwait: return (int)c->args[3] < 0;
    case SYS_ppoll: return c->args[2] == 0;
    case SYS_pselect6: return c->args[4] == 0;
    case SYS_futex: return c->args[3] == 0;
    case SYS_rt_sigtimedwait: return c->args[2] == 0;
    default: return false;
    }
}

bool calls_idle(const struct live *l)
{
    for (size_t i = 0; i < l->tasks_n; i++) {
        const struct task *t = &l->tasks[i];
        if (!t->in_call || !waits_for_ever(&t->call) || state_of(t->tgid, t->tid) != 'S')
            return false;
    }
    return l->tasks_n != 0;
}

/* -------------------------------------------------------------------------------- entry, exit */

/* The thread stands where it was sent back to, and not in a handler that uses the same code. */
static bool is_again(const struct task *t, const struct arch_call *call)
{
    return t->again && call->number == t->call.number && call->pc == t->call.pc &&
           call->sp == t->call.sp;
}

static void back_out(struct live *l, struct task *t)
{
    t->backing = arch_call_cancel(t->tid) == 0;
    if (!t->backing && l->r->trouble == NULL)
        l->r->trouble = mem_strdup("a system call could not be cancelled");
}

#define WAKE_FDS 64 /* of a process that are looked at */

/* Where a descriptor leads. False: nowhere, or it is not open in the way that `mode` says. */
static bool leads_to(pid_t tgid, int fd, mode_t mode, char *out, size_t room)
{
    char path[64];
    struct stat st;
    ssize_t n;

    snprintf(path, sizeof(path), "/proc/%d/fd/%d", tgid, fd);
    n = readlink(path, out, room - 1);
    out[n > 0 ? n : 0] = '\0';
    return n > 0 && lstat(path, &st) == 0 && (st.st_mode & mode) != 0;
}

/* A write by which a handler wakes its own program: to a pipe that this process reads, or an
 * eventfd. Nobody else sees it. */
static bool wakes_itself(pid_t tgid, const struct arch_call *call)
{
    char target[64], other[64];

    if (call->number != SYS_write ||
        !leads_to(tgid, (int)call->args[0], S_IWUSR, target, sizeof(target)))
        return false;
    if (strcmp(target, "anon_inode:[eventfd]") == 0)
        return true;
    for (int fd = 0; strncmp(target, "pipe:", 5) == 0 && fd < WAKE_FDS; fd++) {
        if (leads_to(tgid, fd, S_IRUSR, other, sizeof(other)) && strcmp(other, target) == 0)
            return true;
    }
    return false;
}

void effects_begin(struct live *l)
{
    if (l->r->effects < 0 && record_first_fired(l->r) != NULL && !l->r->let_go)
        l->r->effects = 0;
}

void note_effect(struct live *l, pid_t tgid, const struct arch_call *call, long result)
{
    if (l->r->effects == 0 && !l->r->let_go && result >= 0 && changes_files(call) &&
        !wakes_itself(tgid, call))
        l->r->effects = 1;
}

static void call_entered(struct live *l, struct task *t, const struct arch_call *call)
{
    bool first = !is_again(t, call);

    if (first)
        t->nth = call->number == SYS_getrandom ? ++t->randoms : ++t->calls;
    t->again = false;
    t->call = *call;
    t->in_call = true;
    effects_begin(l);
    original_call(l, call);
    if (!first)
        return;
    t->hit = cue_call(l, t);
    if (t->hit && cue_side(l) == SIDE_INSIDE)
        l->inside_tid = t->tid;
    else if ((t->hit && cue_side(l) == SIDE_BEFORE) || snapshot_wants(l, t, SIDE_BEFORE))
        back_out(l, t);
    surveying_call(l, t, SIDE_BEFORE);
}

static void call_done(struct live *l, const struct task *t, long result)
{
    note_effect(l, t->tgid, &t->call, result);
    if (l->sweep != NULL && t->tgid == l->pid)
        channels_done(l, &t->call, result);
}

static void call_left(struct live *l, struct task *t)
{
    bool hit = t->hit;

    if (!t->in_call || t->nth == 0) {
        t->in_call = false;
        return; /* a new thread's way out of clone, or the first exec */
    }
    t->in_call = t->hit = false;
    if (t->call.number == SYS_mmap && (t->call.args[2] & PROT_EXEC) && l->symbols != NULL)
        symbols_stale(l->symbols); /* another object */
    if (t->call.number == SYS_mmap || t->call.number == SYS_mprotect)
        functions_mapped(l, t);
    if (t->backing) {
        t->backing = false;
        t->again = arch_call_rewind(t->tid, &t->call) == 0;
        if (hit)
            cue_fire(l, t->tid);
        else
            snapshot_at(l, t);
        return;
    }
    if (l->inside_tid == t->tid)
        l->inside_tid = 0; /* it did not block */
    if (hit && cue_side(l) == SIDE_AFTER)
        cue_fire(l, t->tid); /* what is listed or armed from here on begins at the next stop */
    else
        surveying_call(l, t, SIDE_AFTER);
    if (snapshot_wants(l, t, SIDE_INSIDE) || snapshot_wants(l, t, SIDE_AFTER))
        snapshot_at(l, t);
}

void calls_stop(struct live *l, struct task *t)
{
    pid_t tid = t->tid;
    struct arch_call call;
    long result;
    int at = arch_call_stop(tid, &call, &result), held;

    if (at == 1) {
        stepping_entered(t, &call);
        call_entered(l, t, &call);
    } else if (at == 0) {
        if (t->in_call && !t->backing)
            call_done(l, t, result);
        call_left(l, t);
        if ((t = task_find(l, tid)) != NULL)
            stepping_left(l, t);
    }
    t = task_find(l, tid); /* what was fired may have moved the list */
    held = t != NULL ? t->held : 0;
    if (t != NULL)
        t->held = 0;
    tracer_resume(l, tid, held);
}
