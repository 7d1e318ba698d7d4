/* stuck.c - a hang, before it is ended: each thread of each process, what it waits in and on, and
 * its stack. The threads are stopped for it, and stay so: they are killed next. */
#include "trial/live.h"

#include "support/clock.h"
#include "symbol/symbol.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS_LISTED 200
#define THREADS_SHOWN  32 /* with their stacks */
#define FRAMES_SHOWN   24
#define PATIENCE_NS    500000000 /* for all threads together to stop */

/* ------------------------------------------------------------------------- what it waits in */

/* Calls whose first argument is the descriptor that they wait for. */
static bool waits_on_first(long number)
{
    switch (number) {
    case SYS_read:
    case SYS_write:
    case SYS_readv:
    case SYS_writev:
    case SYS_recvfrom:
    case SYS_sendto:
    case SYS_recvmsg:
    case SYS_sendmsg:
    case SYS_accept:
    case SYS_accept4:
    case SYS_connect:
    case SYS_epoll_pwait:
    case SYS_flock:
    case SYS_fcntl:
    case SYS_ioctl:
#ifdef SYS_epoll_wait
    case SYS_epoll_wait:
#endif
    case SYS_fsync: return true;
    default: return false;
    }
}

char *waits_text(struct live *l, pid_t pid, long number, uint64_t first)
{
    char path[80], target[256];
    ssize_t n = -1;

    if (waits_on_first(number)) {
        snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, (int)first);
        n = readlink(path, target, sizeof(target) - 1);
    }
    if (n <= 0)
        return mem_printf("waiting in %s", call_name(l, number));
    target[n] = '\0';
    return mem_printf("waiting in %s of descriptor %d (%s)", call_name(l, number), (int)first,
                      target);
}

static char *blocked_in(struct live *l, pid_t pid, pid_t tid)
{
    char path[80], line[256] = "";
    unsigned long long first = 0;
    long number = -1;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", pid, tid);
    f = fopen(path, "re");
    if (f != NULL) {
        if (fgets(line, sizeof(line), f) == NULL)
            line[0] = '\0';
        fclose(f);
    }
    if (sscanf(line, "%ld %llx", &number, &first) < 1 || number < 0)
        return mem_strdup("running");
    return waits_text(l, pid, number, first);
}

/* The name and state of a thread; false: it is gone. */
static bool look(pid_t pid, pid_t tid, struct stuck_thread *out)
{
    char path[80], line[512], *open_paren, *close_paren;
    bool good;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
    f = fopen(path, "re");
    good = f != NULL && fgets(line, sizeof(line), f) != NULL;
    if (f != NULL)
        fclose(f);
    if (!good || (open_paren = strchr(line, '(')) == NULL ||
        (close_paren = strrchr(line, ')')) == NULL)
        return false;
    *close_paren = '\0';
    *out = (struct stuck_thread){
        .pid = pid, .tid = tid, .state = close_paren[1] != '\0' ? close_paren[2] : '?'};
    if (out->state == 'Z' || out->state == 'X')
        return false;
    out->comm = mem_strdup(open_paren + 1);
    return true;
}

static void list_threads(struct live *l, pid_t pid)
{
    struct record *r = l->r;
    struct dirent *entry;
    char path[64];
    DIR *dir;

    snprintf(path, sizeof(path), "/proc/%d/task", pid);
    dir = opendir(path);
    while (dir != NULL && (entry = readdir(dir)) != NULL && r->stuck_n < THREADS_LISTED) {
        struct stuck_thread t;
        pid_t tid = atoi(entry->d_name);
        if (tid == 0 || !look(pid, tid, &t))
            continue;
        t.where = blocked_in(l, pid, tid);
        r->stuck = mem_grow(r->stuck, r->stuck_n + 1, sizeof(*r->stuck));
        r->stuck[r->stuck_n++] = t;
    }
    if (dir != NULL)
        closedir(dir);
}

/* --------------------------------------------------------------------------------- stacks */

/* Stops the thread; false when it can't be traced or does not stop (state D). */
static bool stop(struct live *l, pid_t tid, int64_t limit_ns)
{
    struct stop s = {.pid = tid};

    if (ptrace(PTRACE_INTERRUPT, tid, 0, 0) != 0 &&
        (ptrace(PTRACE_SEIZE, tid, 0, PTRACE_O_EXITKILL) != 0 ||
         ptrace(PTRACE_INTERRUPT, tid, 0, 0) != 0))
        return false;
    for (;;) {
        pid_t got = wait4(tid, &s.status, WNOHANG | __WALL, &s.usage);
        if (got == tid && WIFSTOPPED(s.status))
            return true;
        if (got == tid) {
            tracer_keep(l, &s); /* it ended just now */
            return false;
        }
        if ((got < 0 && errno != EINTR) || clock_now_ns() > limit_ns)
            return false;
        usleep(200);
    }
}

static void add_stacks(struct live *l, size_t from, size_t to)
{
    int64_t limit = clock_now_ns() + PATIENCE_NS;
    struct record *r = l->r;
    struct symbols *s = NULL;
    bool all = true;

    /* All of them first: the unwinder takes the whole process to be stopped. */
    for (size_t i = from; i < to; i++)
        all &= stop(l, r->stuck[i].tid, limit);
    for (size_t i = from; all && i < to; i++) {
        struct stuck_thread *t = &r->stuck[i];
        if (s == NULL)
            s = symbols_open(t->tid, l->room->symbols);
        (void)symbols_stack(s, t->tid, FRAMES_SHOWN, &t->stack, &t->stack_n);
    }
    if (s != NULL)
        symbols_close(s);
}

void census_stuck(struct live *l)
{
    struct record *r = l->r;
    pid_t *pids = NULL;
    size_t n = 0;

    if (l->copy) { /* the original stands still, and is no part of it */
        list_threads(l, l->pid);
    } else {
        n = descendants(&pids, l->room->zygote.pid);
        for (size_t i = 0; i < n; i++)
            list_threads(l, pids[i]);
        free(pids);
    }
    for (size_t i = 0, end; i < r->stuck_n && i < THREADS_SHOWN; i = end) {
        for (end = i; end < r->stuck_n && r->stuck[end].pid == r->stuck[i].pid; end++)
            ;
        add_stacks(l, i, end);
    }
}
