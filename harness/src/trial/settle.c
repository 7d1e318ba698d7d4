/* settle.c - after the program's end: who is merely slow to end, and who is left?
 *
 * A child that needs a moment to write its last line is no leftover; a daemon is. So it is looked
 * at again and again, at growing intervals: while the survivors do something, or become fewer, they
 * get more time; when none of them can do anything by itself any more, it is over at once. */
#include "trial/live.h"

#include "support/clock.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define FIRST_LOOK_NS 10000000   /* then at twice the time, and so on */
#define STUCK_NS      250000000  /* none can go on by itself, and none did for so long: left */
#define PATIENCE_NS   1000000000 /* still there, and quiet: left */
#define QUIET_NS      300000000
#define LONGEST_NS    3000000000 /* still there, and at work: left */

/* What the survivors have done so far. */
struct sight {
    size_t n;       /* threads */
    uint64_t work;  /* CPU time and context switches of all together */
    bool can_go_on; /* at least one of them, without anybody else */
};

/* ------------------------------------------------------------------------------ what it waits for
 */

static int64_t timespec_of(pid_t pid, uint64_t address)
{
    struct timespec t = {0};
    struct iovec here = {&t, sizeof(t)}, there = {(void *)(uintptr_t)address, sizeof(t)};

    if (address == 0)
        return INT64_MAX;
    return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)sizeof(t) ? clock_of(&t) : 0;
}

/* The longest that the call waits, from when it was made; 0: not known. */
static int64_t waits_at_most(pid_t pid, const struct arch_call *c)
{
    switch (c->number) {
    case SYS_nanosleep: return timespec_of(pid, c->args[0]);
    case SYS_clock_nanosleep: return (c->args[1] & 1) == 0 ? timespec_of(pid, c->args[2]) : 0;
    case SYS_ppoll: return timespec_of(pid, c->args[2]);
    case SYS_epoll_pwait: return (int64_t)(int)c->args[3] * 1000000;
#ifdef SYS_poll
    case SYS_poll: return (int64_t)(int)c->args[2] * 1000000;
    case SYS_epoll_wait: return (int64_t)(int)c->args[3] * 1000000;
#endif
    default: return 0;
    }
}

/* A thread that nothing but another process, or a time far off, can wake. */
static bool is_stuck(pid_t pid, pid_t tid, int64_t age_ns)
{
    struct arch_call call = {.number = -1};
    char path[80], line[256] = "";
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", pid, tid);
    f = fopen(path, "re");
    if (f != NULL && fgets(line, sizeof(line), f) == NULL)
        line[0] = '\0';
    if (f != NULL)
        fclose(f);
    if (sscanf(line, "%ld %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64,
               &call.number, &call.args[0], &call.args[1], &call.args[2], &call.args[3],
               &call.args[4], &call.args[5]) != 7)
        return false;
    /* What wakes a poll may be a timer among its descriptors. */
    if (call.number == SYS_epoll_pwait)
        return false;
#ifdef SYS_epoll_wait
    if (call.number == SYS_epoll_wait)
        return false;
#endif
    return waits_for_ever(&call) || waits_at_most(pid, &call) - age_ns > LONGEST_NS;
}

/* ---------------------------------------------------------------------------------- the survivors
 */

static uint64_t switches_of(pid_t pid, pid_t tid)
{
    char path[80], line[256];
    uint64_t all = 0, n;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/status", pid, tid);
    f = fopen(path, "re");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        if (sscanf(line, "voluntary_ctxt_switches: %" SCNu64, &n) == 1 ||
            sscanf(line, "nonvoluntary_ctxt_switches: %" SCNu64, &n) == 1)
            all += n;
    }
    if (f != NULL)
        fclose(f);
    return all;
}

static void look_at_threads(struct sight *s, pid_t pid)
{
    int64_t age = process_age_ns(pid);
    struct dirent *entry;
    char path[64];
    DIR *dir;

    snprintf(path, sizeof(path), "/proc/%d/task", pid);
    dir = opendir(path);
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        pid_t tid = atoi(entry->d_name);
        if (tid == 0)
            continue;
        s->n++;
        s->work += switches_of(pid, tid);
        s->can_go_on |= !is_stuck(pid, tid, age);
    }
    if (dir != NULL)
        closedir(dir);
}

static struct sight look(struct live *l)
{
    struct sight s = {0};
    pid_t *pids;
    size_t n = descendants(&pids, l->room->zygote.pid);

    for (size_t i = 0; i < n; i++) {
        if (pids[i] != l->pid)
            look_at_threads(&s, pids[i]);
    }
    free(pids);
    return s;
}

/* -------------------------------------------------------------------------------------- the wait
 */

/* How many threads want each processor. What a survivor does takes so many times as long as on an
 * idle machine: 1 to 16. */
static int64_t crowd(void)
{
    unsigned running = 0;
    cpu_set_t cpus;
    int64_t n = 1;
    FILE *f = fopen("/proc/loadavg", "re");

    if (f != NULL && fscanf(f, "%*f %*f %*f %u/", &running) != 1)
        running = 0;
    if (f != NULL)
        fclose(f);
    if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0 && CPU_COUNT(&cpus) > 0)
        n = CPU_COUNT(&cpus);
    return running <= n ? 1 : running / n < 16 ? (running + n - 1) / n : 16;
}

/* True when they have all ended. */
static bool all_end_by(struct live *l, int64_t limit_ns)
{
    tracer_drain(l);
    while (!l->no_children && !l->stopping && !l->flooded && trial_step(l, limit_ns))
        tracer_drain(l);
    return l->no_children;
}

static bool wait_for_them(struct live *l)
{
    int64_t looked = clock_now_ns(), interval = FIRST_LOOK_NS;
    int64_t waited = 0, quiet = 0; /* as on an idle machine */
    int64_t longest = l->room->left_busy ? PATIENCE_NS : LONGEST_NS;
    struct sight was = {0};

    for (;;) {
        struct sight is;
        int64_t crowded = crowd(), now;
        if (all_end_by(l, looked + interval * crowded))
            return true;
        if (l->stopping || l->flooded)
            return false;
        is = look(l);
        now = clock_now_ns();
        waited += (now - looked) / crowded;
        quiet = is.n == was.n && is.work == was.work ? quiet + (now - looked) / crowded : 0;
        looked = now;
        was = is;
        if (!is.can_go_on && quiet >= STUCK_NS)
            return false;
        if (waited >= PATIENCE_NS && quiet >= QUIET_NS)
            return false;
        if (waited >= longest) {
            l->room->left_busy = true; /* the next trials need not find that out again */
            return false;
        }
        interval = 2 * interval < QUIET_NS / 2 ? 2 * interval : QUIET_NS / 2;
    }
}

void settle(struct live *l)
{
    tracer_drain(l);
    if (l->no_children || wait_for_them(l))
        return;
    if (!l->stopping)
        census_left(l);
    reap_all(l);
}
