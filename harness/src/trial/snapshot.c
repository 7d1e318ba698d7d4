/* snapshot.c - the snapshot engine: one execution; at each wanted point a copy of the program gets
 * the signal and runs to its end, while the original stands still. What comes before the point is
 * paid for once. Where a copy would not be sound, the point is given back to be replayed. */
#include "trial/copied.h"

#include "support/clock.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

const char sweep_diverged[] = "the execution is another one than the survey's";

/* -------------------------------------------------------------------------- which point is it */

static const struct point *next_point(const struct live *l)
{
    if (l->sweep == NULL || l->sweep_rc != 0 || l->sweep_at == l->sweep->n || !cue_done(l))
        return NULL;
    return &l->sweep->points[l->sweep_at].when;
}

static void give_back(struct live *l, const char *why)
{
    l->sweep_rc = l->sweep->take(l->sweep->arg, l->sweep_at++, NULL, why);
}

/* The first point from here on that is counted among the calls but getrandom; NULL. */
static const struct point *next_counted(const struct live *l)
{
    for (size_t i = l->sweep_at; i < l->sweep->n; i++) {
        const struct point *p = &l->sweep->points[i].when;
        if (p->kind == POINT_SYSCALL && !call_is_random(p))
            return p;
    }
    return NULL;
}

/* The thread, in its call, is beyond the point. Of getrandom, which may not be called as often as
 * in the survey, that is known by the point after it. */
static bool is_passed(const struct live *l, const struct task *t, const struct point *p)
{
    bool random = t->call.number == SYS_getrandom;

    if (!call_is_random(p))
        return p->nth < t->calls || (random && p->nth == t->calls);
    if (p->nth < t->randoms)
        return true;
    p = next_counted(l);
    return !random && p != NULL && p->nth <= t->calls;
}

/* Points of calls that were passed by, whatever the reason: the execution is another one. */
static void skip_passed(struct live *l, const struct task *t)
{
    const struct point *p;

    while ((p = next_point(l)) != NULL && p->kind == POINT_SYSCALL && is_passed(l, t, p))
        give_back(l, sweep_diverged);
}

bool snapshot_wants(const struct live *l, const struct task *t, enum side side)
{
    const struct point *p;

    if (l->sweep == NULL)
        return false;
    skip_passed((struct live *)l, t);
    p = next_point(l);
    return p != NULL && p->kind == POINT_SYSCALL && call_counts_as(t, p) && p->side == side &&
           (p->text == NULL || strcmp(p->text, call_name((struct live *)l, t->call.number)) == 0);
}

/* ------------------------------------------------------------------------------ is it sound */

static const char *why_not(const struct live *l, const struct task *t)
{
    const struct interrupt *in = &l->sweep->points[l->sweep_at];

    if (l->unsound != NULL)
        return l->unsound;
    if (l->tasks_n != 1 || l->families_n != 1 || l->families[0].threads != 1)
        return "it has more than one thread or process";
    if (t->call.number == SYS_execve || t->call.number == SYS_execveat)
        return "it has just become another program";
    if (in->when.side == SIDE_INSIDE)
        return "it is blocked in a call";
    if (in->to == TO_TERMINAL || l->pty_fd >= 0)
        return "a terminal would be shared";
    if (in->times != 1)
        return "several signals in time";
    if (disposition_pending(l, t))
        return "a signal is pending";
    return NULL;
}

/* ---------------------------------------------------------------------------- the copy's life */

static struct stream stream_copy(const struct stream *s)
{
    struct stream copy = *s;

    if (s->head != NULL) {
        copy.head = mem_alloc(s->head_len + 1);
        memcpy(copy.head, s->head, s->head_len);
    }
    if (s->tail != NULL) { /* room as observe.c has it */
        copy.tail = mem_alloc(3 * 65536 + 1);
        memcpy(copy.tail, s->tail, s->tail_len);
    }
    return copy;
}

/* What the copy has in common with the original is part of its own record. */
static void record_copy(struct live *l, bool dying, struct record *r)
{
    const struct interrupt *in = &l->sweep->points[l->sweep_at];
    const struct record *was = l->r;

    record_init(r);
    r->seed = was->seed;
    r->engine = ENGINE_SNAPSHOT;
    r->at_once = dying;
    r->traced = true;
    r->terminal = was->terminal;
    r->ready_ns = was->ready_ns;
    r->start_clock_ns = was->start_clock_ns;
    r->deliveries_n = was->deliveries_n + 1;
    r->deliveries = mem_alloc(r->deliveries_n * sizeof(*r->deliveries));
    if (was->deliveries_n != 0)
        memcpy(r->deliveries, was->deliveries, was->deliveries_n * sizeof(*r->deliveries));
    r->deliveries[was->deliveries_n] =
        (struct delivery){.interrupt = (unsigned)l->plan->interrupts_n,
                          .signal = in->signal,
                          .to = in->to,
                          .planned_ns = -1,
                          .sent_ns = -1,
                          .taken_ns = -1};
    r->events_n = was->events_n;
    r->events_lost = was->events_lost;
    if (was->events_n != 0) {
        size_t room = 1;
        while (room < was->events_n)
            room *= 2;
        r->events = mem_alloc(room * sizeof(*r->events));
        memcpy(r->events, was->events, was->events_n * sizeof(*r->events));
        for (size_t i = 0; i < r->events_n; i++)
            r->events[i].name = r->events[i].name != NULL ? mem_strdup(r->events[i].name) : NULL;
    }
    r->out = stream_copy(&was->out);
    r->err = stream_copy(&was->err);
}

static uint64_t inode_of(int fd)
{
    struct stat st;

    return fd >= 0 && fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) ? st.st_ino : 0;
}

/* The copy's own view of the trial: the same channels, another process, another record. */
static void copied_init(struct copied *c, struct live *l, pid_t pid, struct record *r)
{
    static const struct trial_plan nothing; /* no cue is left for it */
    struct task *task = mem_alloc(sizeof(*task));

    *c = (struct copied){.live = *l, .original = l->pid};
    *task = l->tasks[0];
    task->tid = task->tgid = pid;
    task->nth = 1; /* it has begun */
    task->space = NULL;
    task->in_call = task->hit = task->backing = task->again = false;
    c->live.plan = &nothing;
    c->live.next = 0;
    c->live.r = r;
    c->live.pid = pid;
    c->live.pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
    c->live.tasks = task;
    c->live.tasks_n = c->live.tasks_room = 1;
    c->live.families = mem_alloc(sizeof(*c->live.families));
    c->live.families[0] = (struct family){.tgid = pid, .threads = 1};
    c->live.families_n = c->live.families_room = 1;
    c->live.sweep = NULL;
    c->live.survey = (struct surveying){0};
    c->live.symbols = NULL;
    c->live.copy = true;
    c->live.killed = c->live.leaving = c->live.ended = false;
    c->live.last_signal = 0;
    c->live.last_from_us = false;
    c->live.due_ns = -1;
    c->live.has_regex = c->live.has_ready_regex = false;
    c->live.event_line = (struct buf){0};
    c->live.out_text = c->live.err_text = (struct buf){0};
    c->live.counts.open = NULL;
    c->live.counts.open_state = NULL;
    c->live.counts.open_n = c->live.counts.open_room = 0;
    c->live.calls_on = true;
}

static void copied_close(struct copied *c)
{
    copied_offsets_restore(c);
    if (c->live.pid_fd >= 0)
        close(c->live.pid_fd);
    free(c->live.tasks);
    free(c->live.families);
    free(c->live.counts.open);
    free(c->live.counts.open_state);
    buf_free(&c->live.event_line);
    buf_free(&c->live.out_text);
    buf_free(&c->live.err_text);
}

/* A program may ask whether it is still the process that it was, to notice a fork. It is: the copy
 * is told the original's number, and what it sends there comes to itself. */
static const char *keep_identity(const struct copied *c, struct arch_call *call)
{
    int rc = 0;

    switch (call->number) {
    case SYS_getpid: rc = arch_call_skip(c->live.pid, c->original); break;
    case SYS_kill:
    case SYS_tgkill:
        if ((pid_t)call->args[0] != c->original)
            break;
        rc = arch_call_first(c->live.pid, (uint64_t)c->live.pid);
        call->args[0] = (uint64_t)c->live.pid;
        break;
    default: break;
    }
    return rc != 0 ? "its identity can't be kept" : NULL;
}

/* At a system call of the copy: NULL, or why it can't be let through. */
static const char *copied_call(struct copied *c)
{
    struct task *t = &c->live.tasks[0];
    struct arch_call call;
    const char *why = NULL;
    long result;
    int at = arch_call_stop(t->tid, &call, &result);

    if (at == 1) {
        why = keep_identity(c, &call);
        t->call = call;
        t->in_call = true;
        effects_begin(&c->live);
        if (why == NULL)
            why = copy_call_unsound(c, &call);
    } else if (at == 0 && t->in_call) {
        t->in_call = false;
        note_effect(&c->live, c->live.pid, &t->call, result);
        why = copied_call_done(c, &t->call, result);
        if (why == NULL)
            why = copy_changed(c, &t->call, result);
        if (t->call.number == SYS_write)
            trial_drain(&c->live); /* nobody else empties the pipes meanwhile */
    }
    return why;
}

/* What an exit stop tells is of no use to a copy whose signals have all been taken, and whose
 * descriptors nobody asks for: it is spared the stop. */
static void spare_exit_stop(const struct live *l)
{
    long options = TRACER_OPTIONS & ~(long)PTRACE_O_TRACEEXIT;

    if (!trial_wants_census(l->sweep_of) && !deliver_open(l))
        (void)ptrace(PTRACE_SETOPTIONS, l->pid, 0,
                     options | (l->filtered ? PTRACE_O_TRACESECCOMP : 0));
}

static const char *copied_stop(struct copied *c, int status)
{
    struct live *l = &c->live;
    struct arch_call call;
    const char *why = NULL;
    int signal = 0;

    if (status >> 8 == (SIGTRAP | 0x80)) {
        why = c->dying ? "it went on" : copied_call(c);
    } else if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
        if (arch_call_read(l->pid, &call) == 0 && call.number == SYS_write)
            observe_written(l, l->pid, &call);
    } else if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8)) {
        l->tasks[0].exiting = l->leaving = true;
        l->r->exit_ns = clock_now_ns() - l->start_ns;
        if (trial_wants_census(l->sweep_of))
            census_exit(l, l->pid);
        deliver_settle(l);
    } else if (status >> 16 == PTRACE_EVENT_STOP) {
        why = "it stops"; /* job control: its group is the original's */
    } else if (status >> 16 != 0) {
        why = "it starts another process or thread, or program";
    } else if (c->dying && WSTOPSIG(status) != c->signal) {
        why = "another signal came first";
    } else {
        siginfo_t info = {0};
        signal = WSTOPSIG(status);
        (void)ptrace(PTRACE_GETSIGINFO, l->pid, 0, &info);
        deliver_taken(l, signal);
        l->last_signal = signal;
        l->last_from_us = info.si_code > 0 || info.si_pid == getpid();
        spare_exit_stop(l);
    }
    if (why == NULL)
        (void)ptrace(PTRACE_SYSCALL, l->pid, 0, (long)signal);
    return why;
}

/* Sleeps until something may have happened; false at the limit or when the run is to stop. */
static bool copied_wait(struct copied *c, int64_t limit_ns)
{
    struct live *l = &c->live;
    int64_t left = limit_ns - clock_now_ns();
    struct timespec wait = clock_timespec(left > 0 ? left : 0);
    struct pollfd fds[] = {{.fd = l->room->child_fd, .events = POLLIN},
                           {.fd = l->out_fd, .events = POLLIN},
                           {.fd = l->err_fd, .events = POLLIN},
                           {.fd = l->event_fd, .events = POLLIN},
                           {.fd = l->room->config.stop_fd, .events = 0}};
    char drop[1024];

    if (left <= 0)
        return false;
    if (ppoll(fds, 5, &wait, NULL) < 0 && errno != EINTR)
        return false;
    if (fds[0].revents != 0)
        (void)!read(l->room->child_fd, drop, sizeof(drop));
    if (fds[1].revents != 0 || fds[2].revents != 0 || fds[3].revents != 0)
        trial_drain(l);
    l->stopping |= fds[4].revents != 0;
    return !l->stopping;
}

static void copied_gone(struct copied *c, int status, const struct rusage *usage)
{
    struct live *l = &c->live;

    l->ended = l->leaving = true;
    l->status = status;
    l->tasks_n = 0;
    if (l->r->exit_ns < 0)
        l->r->exit_ns = clock_now_ns() - l->start_ns;
    l->r->user_us = usage->ru_utime.tv_sec * 1000000 + usage->ru_utime.tv_usec;
    l->r->system_us = usage->ru_stime.tv_sec * 1000000 + usage->ru_stime.tv_usec;
    l->r->maxrss_kb = usage->ru_maxrss;
}

static void copied_kill(struct copied *c)
{
    struct rusage usage = {0};
    int status = 0;
    pid_t got;

    (void)syscall(SYS_pidfd_send_signal, c->live.pid_fd, SIGKILL, NULL, 0);
    c->live.killed = true;
    for (;;) {
        got = wait4(c->live.pid, &status, __WALL, &usage);
        if (got < 0 && errno == EINTR)
            continue;
        if (got != c->live.pid || !WIFSTOPPED(status))
            break;
        (void)ptrace(PTRACE_CONT, c->live.pid, 0, 0);
    }
    copied_gone(c, status, &usage);
}

/* A copy that has a signal pending which kills it executes nothing any more, and nothing of it is
 * asked for on the way: it is let go, and costs no more stops. By what it died shows that it was
 * this signal. */
static bool dies_alone(const struct copied *c)
{
    return c->dying && c->signal != SIGKILL && !trial_wants_census(c->live.sweep_of);
}

static const char *died_alone(struct copied *c, int status)
{
    if (!WIFSIGNALED(status) || WTERMSIG(status) != c->signal)
        return "another signal came first";
    deliver_taken(&c->live, c->signal);
    c->live.last_signal = c->signal;
    c->live.last_from_us = true;
    return NULL;
}

/* Lets the copy run to its end. NULL, or why it is not sound. */
static const char *copied_run(struct copied *c)
{
    struct live *l = &c->live;
    int64_t limit = clock_now_ns() + l->sweep_of->plan.scenario->program.deadline_ns;
    const char *why = NULL;
    struct rusage usage;
    bool near = true;

    if (c->dying && l->r->deliveries[l->r->deliveries_n - 1].state != DELIVERY_FIRED) {
        copied_kill(c); /* it must not run on in the original's memory */
        return "the signal could not be sent";
    }
    (void)ptrace(dies_alone(c) ? PTRACE_DETACH : PTRACE_SYSCALL, l->pid, 0, 0);
    while (!l->ended) {
        int status;
        pid_t got = wait4(l->pid, &status, WNOHANG | __WALL, &usage);
        if (got == l->pid && WIFSTOPPED(status)) {
            near = true;
            why = copied_stop(c, status);
            if (why != NULL) {
                copied_kill(c);
                return why;
            }
        } else if (got == l->pid) {
            why = dies_alone(c) ? died_alone(c, status) : NULL;
            copied_gone(c, status, &usage);
        } else if (got < 0 && errno != EINTR) {
            l->ended = true;
            return "it was lost";
        } else if (near) {
            near = tracer_near(l, &l->tasks[0]);
        } else if (!copied_wait(c, limit)) {
            if (!l->stopping) {
                census_stuck(l);
                l->r->how = ENDED_DEADLINE;
            }
            copied_kill(c);
            l->r->exit_ns = -1;
        }
    }
    return why;
}

static void files_look(struct live *l)
{
    struct record earlier = l->files;

    record_init(&l->files);
    scratch_scan(&l->room->scratch, &l->files, &earlier);
    l->files.ipc = earlier.ipc;
    l->files.ipc_n = earlier.ipc_n;
    l->files.ipc_alone = earlier.ipc_alone;
    earlier.ipc = NULL;
    earlier.ipc_n = 0;
    record_free(&earlier);
    l->files_known = true;
}

static void ipc_look(struct live *l)
{
    for (size_t i = 0; i < l->files.ipc_n; i++)
        free(l->files.ipc[i].name);
    free(l->files.ipc);
    l->files.ipc = NULL;
    l->files.ipc_n = 0;
    ipc_scan(&l->room->ipc, &l->files);
    l->ipc_known = true;
}

/* What the original has made so far: the copy changed no file. */
static void scan_as_before(struct live *l, struct record *r)
{
    if (!l->files_known)
        files_look(l);
    r->files = mem_alloc((l->files.files_n + 1) * sizeof(*r->files));
    for (size_t i = 0; i < l->files.files_n; i++) {
        r->files[i] = l->files.files[i];
        r->files[i].path = mem_strdup(l->files.files[i].path);
    }
    r->files_n = l->files.files_n;
    r->files_more = l->files.files_more;
}

static void scan_files(struct live *l, struct record *r)
{
    if (l->undo->begun)
        scratch_scan(&l->room->scratch, r, NULL);
    else
        scan_as_before(l, r);
    if (!l->ipc_known)
        ipc_look(l);
    r->ipc = l->files.ipc_n > 0 ? mem_alloc(l->files.ipc_n * sizeof(*r->ipc)) : NULL;
    for (size_t i = 0; i < l->files.ipc_n; i++) {
        r->ipc[i] = l->files.ipc[i];
        r->ipc[i].name = mem_strdup(r->ipc[i].name);
    }
    r->ipc_n = l->files.ipc_n;
    r->ipc_alone = l->files.ipc_alone;
}

static void finish(struct live *l, struct copied *c, struct record *r)
{
    if (!c->dying) /* else it has written nothing */
        trial_drain(&c->live);
    trial_note_ending(&c->live);
    scan_files(l, r);
    r->end_ns = clock_now_ns() - l->start_ns;
    l->stopping |= c->live.stopping;
    if (!l->stopping)
        l->sweep_rc = l->sweep->take(l->sweep->arg, l->sweep_at++, r, NULL);
}

/* Where the signal kills by default, the copy executes nothing from here to its end: it needs no
 * memory or descriptors of its own, and lives in the original's. That spares the copying of page
 * tables, which is most of what a copy costs. Should it go on all the same, it is killed before its
 * next instruction, and the point is replayed. */
static void copy_here(struct live *l, struct task *t)
{
    const struct interrupt *in = &l->sweep->points[l->sweep_at];
    int64_t begin = clock_now_ns();
    struct copied *c;
    struct record r;
    const char *why;
    pid_t pid = 0;
    bool dying;
    int rc;

    trial_drain(l); /* what was said so far is the original's */
    if (t->nth == 0) {
        give_back(l, "it has made no system call yet");
        return;
    }
    dying = disposition_kills(l, t, in->signal);
    if (!dying)
        channels_look(l);
    rc = arch_copy(t->tid, t->call.pc, dying ? CLONE_VM | CLONE_FS | CLONE_FILES : 0, &pid,
                   &t->held);
    if (rc != 0) {
        give_back(l, rc == -EAGAIN ? "a signal came meanwhile" : "no copy could be made");
        return;
    }
    if (t->space != NULL && !dying)
        breakpoints_clear(t->space, pid);
    record_copy(l, dying, &r);
    c = mem_alloc(sizeof(*c));
    copied_init(c, l, pid, &r);
    c->dying = dying;
    c->signal = in->signal;
    if (!dying) {
        c->out_inode = inode_of(l->out_fd);
        c->err_inode = inode_of(l->err_fd);
    }
    c->live.sweep_of = l->sweep;
    why = dying ? NULL : copied_channels(c, t->call.pc);
    if (why == NULL) {
        deliver(&c->live, &r.deliveries[r.deliveries_n - 1], pid);
        why = copied_run(c);
    } else {
        copied_kill(c);
    }
    if (why != NULL) {
        trial_drain(&c->live);
        give_back(l, why);
    } else {
        finish(l, c, &r);
    }
    copied_close(c);
    free(c);
    record_free(&r);
    if (!undo_put_back(l->undo)) {
        l->unsound = "its files could not be put back as they were";
        l->files_known = false;
    }
    l->copies_ns += clock_now_ns() - begin;
}

void snapshot_at(struct live *l, struct task *t)
{
    enum side side = t->again ? SIDE_BEFORE : SIDE_AFTER;

    while (l->sweep_rc == 0 && !l->stopping) {
        const char *why;
        if (side == SIDE_AFTER && snapshot_wants(l, t, SIDE_INSIDE)) {
            give_back(l, "it is blocked in a call");
            continue;
        }
        if (!snapshot_wants(l, t, side))
            return;
        why = why_not(l, t);
        if (why != NULL)
            give_back(l, why);
        else
            copy_here(l, t);
    }
}

static bool is_same(const struct point *a, const struct point *b)
{
    return a->kind == b->kind && a->process == b->process && a->thread == b->thread &&
           a->nth == b->nth && a->offset == b->offset && strcmp(a->text, b->text) == 0;
}

void snapshot_place(struct live *l, struct task *t, const struct point *here)
{
    const struct point *p;

    while (l->sweep_rc == 0 && !l->stopping && (p = next_point(l)) != NULL && is_same(p, here)) {
        const char *why = why_not(l, t);
        if (why != NULL)
            give_back(l, why);
        else
            copy_here(l, t);
    }
}
