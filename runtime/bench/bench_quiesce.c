/* bench_quiesce.c - how fast the runtime is. Prints lines of `name value unit`; runtime/bench/run
 * sets them beside the peers'. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "quiesce.h"

#define QUEUED 1000000

static void print(const char *name, double value, const char *unit)
{
    printf("%s %.1f %s\n", name, value, unit);
    fflush(stdout);
}

static double seconds_since(int64_t begin)
{
    return (double)(qs_now() - begin) / 1e9;
}

static long resident_bytes(void)
{
    long size = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (!file || fscanf(file, "%ld %ld", &size, &pages) != 2)
        exit(1);
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

struct switching {
    uint32_t slots;
    long yields; /* of each task */
};

static int yielder(void *arg)
{
    for (long i = *(long *)arg; i > 0; i--)
        qs_yield();
    return 0;
}

/* As many tasks as slots, each yields: a yield is one switch. */
static int switching_main(void *arg)
{
    struct switching *job = arg;
    struct qs_group_options options = {.slots = job->slots};
    struct qs_group *group;
    char name[64];

    if (qs_group_open(&group, &options))
        return 1;
    for (uint32_t i = 0; i < job->slots; i++)
        qs_spawn(group, NULL, yielder, &job->yields, NULL);
    int64_t begin = qs_now();
    qs_group_close(group, NULL);
    snprintf(name, sizeof(name), "switches_%u", job->slots);
    print(name, (double)job->yields * job->slots / seconds_since(begin) / 1e6, "M/s");
    return 0;
}

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

/* One task at a time: spawn, run, join. */
static int spawn_main(void *arg)
{
    const int n = 500000;
    int64_t begin = qs_now();

    (void)arg;
    for (int i = 0; i < n; i++) {
        struct qs_group *group;

        if (qs_group_open(&group, NULL))
            return 1;
        qs_spawn(group, NULL, nothing, NULL, NULL);
        qs_group_close(group, NULL);
    }
    print("spawn_join", n / seconds_since(begin) / 1e6, "M/s");
    return 0;
}

static size_t finis;
static int64_t last_fini;

static void count_fini(void *arg, int rc)
{
    (void)arg;
    (void)rc;
    if (++finis == QUEUED + 1)
        last_fini = qs_now();
}

static int waits(void *arg)
{
    (void)arg;
    return qs_sleep(QS_FOREVER);
}

/* Written by the other process just before it sends the signal: CLOCK_MONOTONIC ns. */
static int sent_at[2], ready[2];

static int queued_main(void *arg)
{
    struct qs_group_options options = {.slots = 1};
    struct qs_group *group;
    long before;

    (void)arg;
    if (qs_group_open(&group, &options))
        return 1;
    qs_spawn(group, NULL, waits, NULL, count_fini); /* takes the slot */
    qs_yield();
    before = resident_bytes();
    int64_t begin = qs_now();
    for (int i = 0; i < QUEUED; i++)
        qs_spawn(group, NULL, nothing, NULL, count_fini);
    print("queue_1m", seconds_since(begin) * 1e3, "ms");
    print("queued_bytes", (double)(resident_bytes() - before) / QUEUED, "B");
    if (write(ready[1], "r", 1) != 1)
        return 1;
    return qs_group_close(group, NULL);
}

/* Another process sends a SIGINT when a million tasks are queued. */
static void interrupt_queued(void)
{
    struct qs_result result;
    pid_t target = getpid(), pid;
    int64_t sent = 0;
    char byte;

    if (pipe(ready) || pipe(sent_at))
        exit(1);
    fflush(stdout);
    pid = fork();
    if (pid < 0)
        exit(1);
    if (!pid) {
        if (read(ready[0], &byte, 1) != 1)
            _exit(1);
        usleep(20000); /* let it reach its wait: measured is the shutdown, not the end of the
                          queueing */
        sent = qs_now();
        kill(target, SIGINT);
        _exit(write(sent_at[1], &sent, sizeof(sent)) != sizeof(sent));
    }
    if (qs_run(NULL, queued_main, NULL, &result) || result.signal != SIGINT ||
        read(sent_at[0], &sent, sizeof(sent)) != sizeof(sent))
        exit(1);
    waitpid(pid, NULL, 0);
    if (finis != QUEUED + 1) {
        fprintf(stderr, "bench_quiesce: %zu finis, not %d\n", finis, QUEUED + 1);
        exit(1);
    }
    print("sigint_to_last_fini_1m", (double)(last_fini - sent) / 1e6, "ms");
}

int main(void)
{
    struct switching few = {.slots = 64, .yields = 200000}, many = {.slots = 1000, .yields = 20000};

    signal(SIGINT,
           SIG_DFL); /* a shell starts background jobs with it ignored, and a run honours that */
    if (qs_run(NULL, switching_main, &few, NULL) || qs_run(NULL, switching_main, &many, NULL) ||
        qs_run(NULL, spawn_main, NULL, NULL))
        return 1;
    interrupt_queued();
    return 0;
}
