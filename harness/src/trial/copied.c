/* copied.c - the life of a copy: what it begins with, each of its stops, its end. */
#include "trial/copied.h"

#include "support/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

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

void copied_record(struct live *l, bool dying, struct record *r)
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

void copied_init(struct copied *c, struct live *l, pid_t pid, bool dying, struct record *r)
{
    static const struct trial_plan nothing; /* no cue is left for it */
    struct task *task = mem_alloc(sizeof(*task));

    *c = (struct copied){.live = *l, .dying = dying, .original = l->pid};
    c->signal = l->sweep->points[l->sweep_at].signal;
    if (!dying) {
        c->out_inode = inode_of(l->out_fd);
        c->err_inode = inode_of(l->err_fd);
    }
    c->live.sweep_of = l->sweep;
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

void copied_close(struct copied *c)
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

void copied_kill(struct copied *c)
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

const char *copied_run(struct copied *c)
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
