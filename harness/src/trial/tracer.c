/* tracer.c - follows every process and thread of the trial with ptrace: exec, seccomp stops, signal
 * deliveries, group stops, exits. Nothing that carries the events filter is ever detached: without
 * a tracer its writes would fail with ENOSYS. */
#include "trial/live.h"

#include "support/clock.h"
#include "trial/arch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* So long the harness waits for nothing but a stop. */
#define NEAR_NS        5000000
#define NEAR_FOR_US_NS 100000

struct task *task_find(struct live *l, pid_t tid)
{
    for (size_t i = l->tasks_n; i-- > 0;) {
        if (l->tasks[i].tid == tid)
            return &l->tasks[i];
    }
    return NULL;
}

/* A process number in /proc/TID/status; tid itself when it can't be read. */
static pid_t number_of(pid_t tid, const char *key)
{
    char path[64], line[128];
    size_t len = strlen(key);
    pid_t number = tid;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/status", tid);
    f = fopen(path, "re");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        if (strncmp(line, key, len) == 0 && sscanf(line + len, ": %d", &number) == 1)
            break;
    }
    if (f != NULL)
        fclose(f);
    return number;
}

static pid_t tgid_of(pid_t tid)
{
    return number_of(tid, "Tgid");
}

/* Gives the thread its ordinals. A process number that comes again is another process: its first
 * thread has the number of the process. */
static void family_join(struct live *l, struct task *t)
{
    size_t i = l->families_n;

    while (i > 0 && l->families[i - 1].tgid != t->tgid)
        i--;
    if (i == 0 || (t->tid == t->tgid && l->families[i - 1].threads != 0)) {
        if (l->families_n == l->families_room) {
            l->families_room = 2 * l->families_room + 4;
            l->families = mem_grow(l->families, l->families_room, sizeof(*l->families));
        }
        l->families[l->families_n++] = (struct family){.tgid = t->tgid};
        i = l->families_n;
    }
    t->process = (unsigned)i;
    t->thread = ++l->families[i - 1].threads;
}

/* The thread that a new one may have its memory from: of its process, or of its parent. */
static const struct task *parent_of(const struct live *l, const struct task *child)
{
    pid_t tgid = child->tgid != child->tid ? child->tgid : number_of(child->tid, "PPid");

    for (size_t i = 0; i < l->tasks_n; i++) {
        if (l->tasks[i].tgid == tgid && &l->tasks[i] != child)
            return &l->tasks[i];
    }
    return NULL;
}

static struct task *task_add(struct live *l, pid_t tid, pid_t tgid)
{
    struct task *t = task_find(l, tid);

    if (t != NULL)
        return t;
    if (l->tasks_n == l->tasks_room) {
        l->tasks_room = 2 * l->tasks_room + 16;
        l->tasks = mem_grow(l->tasks, l->tasks_room, sizeof(*l->tasks));
    }
    if (l->tasks_n >= PROCESSES_MAX)
        l->flooded = true;
    t = &l->tasks[l->tasks_n++];
    *t = (struct task){.tid = tid, .tgid = tgid};
    family_join(l, t);
    return t;
}

static void task_drop(struct live *l, pid_t tid)
{
    struct task *t = task_find(l, tid);

    if (t == NULL)
        return;
    space_drop(t->space);
    *t = l->tasks[--l->tasks_n];
}

int tracer_attach(struct live *l)
{
    long options = TRACER_OPTIONS | (l->filtered ? PTRACE_O_TRACESECCOMP : 0);

    if (ptrace(PTRACE_SEIZE, l->pid, 0, options) != 0) {
        int code = -errno;
        return error_set(l->err, code, "cannot trace %s: %s (sigsweep doctor tells the remedy)",
                         l->plan->scenario->program.command[0], strerror(errno));
    }
    task_add(l, l->pid, l->pid);
    return 0;
}

/* ESRCH means that a SIGKILL came between; the exit is reported next. */
void tracer_resume(struct live *l, pid_t tid, int signal)
{
    struct task *t = task_find(l, tid);
    bool calls = l->begun && (l->calls_on || (t != NULL && t->copy_calls != 0));

    if (l->r->let_go) {
        (void)ptrace(PTRACE_DETACH, tid, 0, (long)signal);
        task_drop(l, tid);
        return;
    }
    l->resumed = tid;
    if (l->functions_on && l->begun && t != NULL && t->space != NULL)
        stepping_resume(l, t, signal);
    else
        (void)ptrace(calls ? PTRACE_SYSCALL : PTRACE_CONT, tid, 0, (long)signal);
}

/* Each thread goes at its next stop, and has one soon: a thread that waits in a call is stopped in
 * it, and goes on waiting (the kernel restarts most calls; epoll_wait may return EINTR, as it may
 * for any other stop). */
void tracer_let_go(struct live *l)
{
    if (!l->lets_go || !cue_done(l) || l->r->let_go)
        return;
    l->r->let_go = true;
    for (size_t i = 0; i < l->tasks_n; i++)
        (void)ptrace(PTRACE_INTERRUPT, l->tasks[i].tid, 0, 0);
}

#define PF_SIGNALED 0x400 /* in field 9 of /proc/PID/stat: get_signal() found a fatal signal */

static unsigned flags_of(pid_t tgid, pid_t tid)
{
    char path[64], line[512], *after_comm;
    unsigned flags = 0;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", tgid, tid);
    f = fopen(path, "re");
    if (f == NULL)
        return 0;
    if (fgets(line, sizeof(line), f) != NULL && (after_comm = strrchr(line, ')')) != NULL)
        (void)sscanf(after_comm + 1, " %*c %*d %*d %*d %*d %*d %u", &flags);
    fclose(f);
    return flags;
}

static bool kill_pending(pid_t tgid, pid_t tid)
{
    unsigned long long pending = 0;
    char path[64], line[256];
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/status", tgid, tid);
    f = fopen(path, "re");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        if (sscanf(line, "SigPnd: %llx", &pending) == 1)
            break;
    }
    if (f != NULL)
        fclose(f);
    return (pending >> (SIGKILL - 1)) & 1;
}

/* True when the process is ending, not just the thread that stands at its exit. The kernel's
 * zap_other_threads() puts SIGKILL into the pending set of each other thread; one that has already
 * seen it carries PF_SIGNALED. Their exit stops may be reported before that of the caller. */
static bool group_is_dying(const struct live *l, const struct task *self)
{
    bool others = false;

    for (size_t i = 0; i < l->tasks_n; i++) {
        const struct task *t = &l->tasks[i];
        if (t->tgid != self->tgid || t->tid == self->tid || t->exiting)
            continue;
        others = true;
        if (kill_pending(t->tgid, t->tid) || (flags_of(t->tgid, t->tid) & PF_SIGNALED) != 0)
            return true;
    }
    return !others || (flags_of(self->tgid, self->tid) & PF_SIGNALED) != 0;
}

/* Its name, for those that it started and that may be left. */
static void family_ends(struct live *l, const struct task *t)
{
    struct family *f = &l->families[t->process - 1];
    char path[64];
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/comm", t->tgid);
    file = fopen(path, "re");
    if (file != NULL && fgets(f->comm, sizeof(f->comm), file) != NULL)
        f->comm[strcspn(f->comm, "\n")] = '\0';
    if (file != NULL)
        fclose(file);
}

static void on_exit_stop(struct live *l, struct task *t)
{
    t->exiting = true;
    if (t->tgid == l->pid && !l->leaving && group_is_dying(l, t)) {
        l->leaving = true;
        l->r->exit_ns = clock_now_ns() - l->start_ns;
        if (l->watched_from_signal)
            effects_begin(l); /* it was on its way out already */
        census_exit(l, t->tid);
        deliver_settle(l);
    } else if (t->tgid == l->pid) {
        census_thread(l, t);
    } else if (t->tid == t->tgid) {
        family_ends(l, t);
    }
    tracer_resume(l, t->tid, 0);
}

static void on_exec(struct live *l, pid_t tid)
{
    unsigned long former = 0;
    struct task *t, was;
    bool known;

    (void)ptrace(PTRACE_GETEVENTMSG, tid, 0, &former); /* the thread that made the call */
    t = task_find(l, (pid_t)former);
    known = t != NULL;
    was = known ? *t : (struct task){0};
    /* All other threads of the process are gone, and this one has the process's id. */
    for (size_t i = 0; i < l->tasks_n;) {
        if (l->tasks[i].tgid == tid && l->tasks[i].tid != tid)
            task_drop(l, l->tasks[i].tid);
        else
            i++;
    }
    t = task_add(l, tid, tid);
    if (known && was.tid != tid) { /* it is that thread still, under another number */
        *t = was;
        t->tid = t->tgid = tid;
    }
    t->exiting = t->again = t->backing = false;
    t->in_call = l->begun; /* the exec itself ends at the next stop */
    if (l->symbols != NULL)
        symbols_stale(l->symbols);
    if (tid == l->pid && l->begun && l->leaving && !l->killed)
        census_undo(l); /* its threads were ended for the exec: that was no exit */
    if (tid == l->pid && !l->begun) {
        l->begun = true;
        l->start_ns = clock_now_ns();
        functions_exec(l, t);
        cue_exec(l, tid);
    } else if (l->begun) {
        functions_exec(l, t);
    }
    tracer_resume(l, tid, 0);
}

static void on_stop(struct live *l, pid_t tid, int status)
{
    struct task *t = task_find(l, tid);
    int event = status >> 16, signal = WSTOPSIG(status);
    unsigned long message = 0;
    struct arch_call call;

    if (t == NULL) {
        t = task_add(l, tid, tgid_of(tid)); /* its stop came before its parent's report */
        functions_child(l, parent_of(l, t), t, t->tid == t->tgid);
    }
    t->foot.running = false;
    switch (event) {
    case PTRACE_EVENT_CLONE:
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
        if (ptrace(PTRACE_GETEVENTMSG, tid, 0, &message) == 0 && message != 0) {
            struct task *child =
                task_add(l, (pid_t)message,
                         event == PTRACE_EVENT_CLONE ? tgid_of((pid_t)message) : (pid_t)message);
            t = task_find(l, tid); /* the list may have moved */
            if (event != PTRACE_EVENT_CLONE && t != NULL)
                l->families[child->process - 1].parent = t->tgid;
            functions_child(l, t, child, event == PTRACE_EVENT_FORK);
            if (t != NULL)
                surveying_born(l, t, child);
        }
        tracer_resume(l, tid, 0);
        break;
    case PTRACE_EVENT_EXEC: on_exec(l, tid); break;
    case PTRACE_EVENT_EXIT: on_exit_stop(l, t); break;
    case PTRACE_EVENT_SECCOMP:
        if (arch_call_read(tid, &call) == 0 && !duplicate_made(t, &call))
            observe_written(l, tid, &call);
        tracer_resume(l, tid, 0);
        break;
    case PTRACE_EVENT_STOP:
        if (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU)
            (void)ptrace(PTRACE_LISTEN, tid, 0, 0); /* a group stop: stays stopped, as it would */
        else
            tracer_resume(l, tid, 0);
        break;
    case 0:
        if (signal == (SIGTRAP | 0x80)) {
            if (t->copy_calls != 0 && !l->calls_on)
                duplicate_stop(l, t);
            else
                calls_stop(l, t);
            break;
        }
        if (signal == SIGTRAP && t->space != NULL && stepping_trap(l, t))
            break;
        if (t->tgid == l->pid) {
            siginfo_t info = {0};
            (void)ptrace(PTRACE_GETSIGINFO, tid, 0, &info);
            deliver_taken(l, signal);
            /* From the harness or the terminal, not raised by the program itself. */
            l->last_signal = signal;
            l->last_from_us = info.si_code > 0 || info.si_pid == getpid();
        }
        tracer_resume(l, tid, signal);
        break;
    default: tracer_resume(l, tid, 0); break;
    }
}

static void on_gone(struct live *l, pid_t pid, int status)
{
    task_drop(l, pid);
    if (pid != l->pid) {
        (void)client_gone(l, pid, status);
        return;
    }
    l->ended = true;
    l->leaving = true;
    l->status = status;
    if (l->r->exit_ns < 0)
        l->r->exit_ns = clock_now_ns() - l->start_ns;
}

/* The next report: one that was kept, else from the kernel. 1; 0: there is none now; -errno.
 * Without __WALL, which the kernel implies for tracees (Linux 4.7), the zygote is passed over. */
static int next_stop(struct live *l, int flags, struct stop *out)
{
    if (l->stops_at < l->stops_n) {
        *out = l->stops[l->stops_at++];
        if (l->stops_at == l->stops_n)
            l->stops_at = l->stops_n = 0;
        return 1;
    }
    out->pid = wait4(-1, &out->status, flags, &out->usage);
    return out->pid > 0 ? 1 : out->pid == 0 ? 0 : -errno;
}

void tracer_keep(struct live *l, const struct stop *stop)
{
    if (l->stops_n == l->stops_room) {
        l->stops_room = 2 * l->stops_room + 16;
        l->stops = mem_grow(l->stops, l->stops_room, sizeof(*l->stops));
    }
    l->stops[l->stops_n++] = *stop;
}

int tracer_await(struct live *l, pid_t tid, struct stop *out)
{
    for (;;) {
        struct task *t;
        out->pid = wait4(-1, &out->status, 0, &out->usage);
        if (out->pid < 0 && errno != EINTR)
            return -errno;
        if (out->pid == tid)
            return 0;
        if (out->pid <= 0)
            continue;
        if ((t = task_find(l, out->pid)) != NULL)
            t->foot.running = false;
        tracer_keep(l, out);
    }
}

/* Deals with one report; false when there is nothing (more) to wait for. */
static bool wait_one(struct live *l, int flags)
{
    struct stop stop;
    int rc = next_stop(l, flags, &stop);

    if (rc < 0) {
        if (rc == -EINTR)
            return true;
        l->no_children = rc == -ECHILD;
        return false;
    }
    if (rc == 0)
        return false;
    l->no_children = false;
    l->last_stop_ns = clock_now_ns();
    if (WIFSTOPPED(stop.status)) {
        on_stop(l, stop.pid, stop.status);
        return true;
    }
    if (stop.pid == l->pid) {
        l->r->user_us = stop.usage.ru_utime.tv_sec * 1000000 + stop.usage.ru_utime.tv_usec;
        l->r->system_us = stop.usage.ru_stime.tv_sec * 1000000 + stop.usage.ru_stime.tv_usec;
        l->r->maxrss_kb = stop.usage.ru_maxrss;
    }
    on_gone(l, stop.pid, stop.status);
    return true;
}

/* The harness may be what it waits for: by the other end of a pipe, by its dialogue. */
static bool may_need_us(const struct task *t)
{
    if (!t->in_call)
        return false;
    switch (t->call.number) {
    case SYS_write:
    case SYS_writev:
    case SYS_sendto:
    case SYS_sendmsg:
    case SYS_sendfile:
    case SYS_splice: return true;
    default: return call_can_wait(t->call.number);
    }
}

/* The next stop is near, and the thread is waiting for this very CPU. To sleep gives it away;
 * sched_yield(2) would do so only until both had the same share of it. The signal that is taken
 * here is the one that child_fd would have told of. */
bool tracer_near(const struct live *l, const struct task *t)
{
    int64_t most = t != NULL && may_need_us(t) ? NEAR_FOR_US_NS : NEAR_NS;
    int64_t left = l->due_ns >= 0 ? l->due_ns - clock_now_ns() : most;
    struct timespec wait = clock_timespec(left < 0 ? 0 : left < most ? left : most);
    sigset_t child;

    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    return sigtimedwait(&child, NULL, &wait) == SIGCHLD;
}

/* At system calls only. False when nothing came; a signal may tell of a stop that was dealt with
 * already. */
static bool wait_near(struct live *l)
{
    bool again = true;

    while (again && l->calls_on && !l->no_children && !l->ended) {
        again = tracer_near(l, task_find(l, l->resumed));
        if (wait_one(l, WNOHANG))
            return true;
    }
    return false;
}

void tracer_drain(struct live *l)
{
    /* Bounded, so that a program which forks without end can't keep the deadline waiting. */
    for (int i = 0; i < 1000; i++) {
        if (!wait_one(l, WNOHANG) && !wait_near(l))
            return;
        if (l->flooded && !l->killed)
            return;
    }
}

void tracer_await_exec(struct live *l)
{
    while (!l->begun && !l->ended && wait_one(l, 0))
        ;
}
