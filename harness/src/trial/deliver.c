/* deliver.c - sends real signals, and only to processes that the trial owns: through the program's
 * pidfd, to its process group while its leader is not yet reaped (so the number can't have been
 * given away), to a thread that is stopped or known, or as a character on its terminal. */
#include "trial/live.h"

#include "support/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

static int type_on_terminal(struct live *l, int signal)
{
    struct termios t;
    char key;

    if (l->pty_fd < 0 || tcgetattr(l->pty_fd, &t) != 0)
        return -ENOTTY;
    key = (char)t.c_cc[signal == SIGINT ? VINTR : signal == SIGQUIT ? VQUIT : VSUSP];
    if (key == _POSIX_VDISABLE)
        key = signal == SIGINT ? 3 : signal == SIGQUIT ? 28 : 26;
    return write(l->pty_fd, &key, 1) == 1 ? 0 : -errno;
}

static int send_one(struct live *l, const struct delivery *d, pid_t tid)
{
    int rc = 0;

    /* A copy is alone, and the group it is in is the original's. */
    switch (l->copy ? TO_PROCESS : d->to) {
    case TO_PROCESS: rc = (int)syscall(SYS_pidfd_send_signal, l->pid_fd, d->signal, NULL, 0); break;
    case TO_GROUP: rc = kill(-l->pid, d->signal); break;
    case TO_THREAD: {
        /* The reporting thread may belong to a child of the program: then it is that process. */
        pid_t tgid = l->pid;
        for (size_t i = 0; i < l->tasks_n; i++) {
            if (tid != 0 && l->tasks[i].tid == tid)
                tgid = l->tasks[i].tgid;
        }
        rc = (int)syscall(SYS_tgkill, tgid, tid != 0 ? tid : l->pid, d->signal);
        break;
    }
    case TO_TERMINAL: return type_on_terminal(l, d->signal);
    }
    return rc == 0 ? 0 : -errno;
}

/* Whether the stopped thread blocks the signal, and it is the only one that could take it. */
static bool is_blocked(const struct live *l, int signal, pid_t tid)
{
    uint64_t mask = 0;
    size_t threads = 0;
    bool ours = false;

    for (size_t i = 0; i < l->tasks_n; i++) {
        threads += l->tasks[i].tgid == l->pid && !l->tasks[i].exiting;
        ours |= l->tasks[i].tgid == l->pid && l->tasks[i].tid == tid;
    }
    return ours && threads == 1 && ptrace(PTRACE_GETSIGMASK, tid, sizeof(mask), &mask) == 0 &&
           (mask >> (signal - 1) & 1) != 0;
}

struct masks {
    unsigned long long blocked, pending;
};

/* Those of the program's first thread. */
static struct masks masks_of(pid_t pid)
{
    struct masks m = {0};
    unsigned long long shared = 0;
    char path[64], line[256];
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/status", pid);
    f = fopen(path, "re");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        (void)(sscanf(line, "SigBlk: %llx", &m.blocked) == 1 ||
               sscanf(line, "SigPnd: %llx", &m.pending) == 1 ||
               sscanf(line, "ShdPnd: %llx", &shared) == 1);
    }
    if (f != NULL)
        fclose(f);
    m.pending |= shared;
    return m;
}

/* A signal that is blocked stops nobody: what the program does after it would go unseen, and one
 * that comes just before its end would seem to be swallowed. The kernel acts on the interrupt
 * before the signal, which is sent next. */
static void watch_from_here(struct live *l, int signal)
{
    if (!effects_matter(l) || (masks_of(l->pid).blocked >> (signal - 1) & 1) == 0)
        return;
    l->watched_from_signal = ptrace(PTRACE_INTERRUPT, l->pid, 0, 0) == 0;
}

void deliver(struct live *l, struct delivery *d, pid_t tid)
{
    int rc;

    if (l->leaving || l->ended)
        return; /* stays unreached */
    if (tid == 0)
        watch_from_here(l, d->signal);
    d->blocked = tid != 0 && is_blocked(l, d->signal, tid);
    rc = send_one(l, d, tid);
    if (rc != 0) {
        if (l->r->trouble == NULL)
            l->r->trouble =
                mem_printf("SIG%s could not be sent: %s", sigabbrev_np(d->signal), strerror(-rc));
        return;
    }
    d->sent_ns = clock_now_ns() - l->start_ns;
    d->state = DELIVERY_FIRED;
    d->exact = tid != 0 && d->to != TO_TERMINAL; /* the line discipline takes its time */
}

void deliver_taken(struct live *l, int signal)
{
    int64_t now = clock_now_ns() - l->start_ns;

    /* Standard signals that are pending together are one: it answers for all that were sent. */
    for (size_t i = 0; i < l->r->deliveries_n; i++) {
        struct delivery *d = &l->r->deliveries[i];
        if (d->state == DELIVERY_FIRED && d->taken_ns < 0 && d->signal == signal)
            d->taken_ns = now;
    }
}

bool deliver_open(const struct live *l)
{
    for (size_t i = 0; i < l->r->deliveries_n; i++) {
        const struct delivery *d = &l->r->deliveries[i];
        if (d->state == DELIVERY_FIRED && d->taken_ns < 0 && d->signal != SIGKILL)
            return true;
    }
    return false;
}

/* A signal that is still pending at the exit was blocked all along, or came when it was too late.
 * One that is no longer pending, and had no delivery stop, was read by sigwait or a signalfd. */
void deliver_settle(struct live *l)
{
    struct masks m;

    if (!deliver_open(l))
        return;
    m = masks_of(l->pid);
    for (size_t i = 0; i < l->r->deliveries_n; i++) {
        struct delivery *d = &l->r->deliveries[i];
        if (d->state != DELIVERY_FIRED || d->taken_ns >= 0 || d->signal == SIGKILL)
            continue;
        if ((m.pending >> (d->signal - 1)) & 1)
            d->state = (m.blocked >> (d->signal - 1)) & 1 ? DELIVERY_MASKED : DELIVERY_LATE;
    }
}
