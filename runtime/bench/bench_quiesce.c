/* bench_quiesce.c - how fast the runtime is. Prints lines of `name value unit`; runtime/bench/run
 * sets them beside the peers', which do the same work. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "quiesce.h"

#define QUEUED      1000000
#define SLEEPERS    10000
#define CLEANUPS    3 /* of each sleeper */
#define CONTENDERS  100
#define CONNECTIONS 1000
#define MESSAGE     64 /* bytes */

static void print(const char *name, double value, const char *unit)
{
    printf("%s %.3f %s\n", name, value, unit);
    fflush(stdout);
}

static double seconds_since(int64_t begin)
{
    return (double)(qs_now() - begin) / 1e9;
}

static void fail(const char *what)
{
    fprintf(stderr, "bench_quiesce: %s\n", what);
    exit(1);
}

static long resident_bytes(void)
{
    long size = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (!file || fscanf(file, "%ld %ld", &size, &pages) != 2)
        fail("no /proc/self/statm");
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

/* ---- Task switches: as many tasks as slots, each yields; a yield is one switch. -------------- */

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

/* ---- Spawn and join: one task at a time, in one group that stays open. ----------------------- */

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

static int spawn_main(void *arg)
{
    const int n = 1000000;
    struct qs_group *group;
    int64_t begin = qs_now();

    (void)arg;
    if (qs_group_open(&group, NULL))
        return 1;
    for (int i = 0; i < n; i++) {
        struct qs_task task;

        if (qs_spawn_task(group, &task, NULL, nothing, NULL, NULL) ||
            qs_join(&task, NULL, QS_FOREVER))
            return 1;
    }
    qs_group_close(group, NULL);
    print("spawn_join", n / seconds_since(begin) / 1e6, "M/s");
    return 0;
}

/* ---- Hand-off: one permit, many who want it, and who has it yields with it. ------------------ */

static struct qs_sem permit;

static int contender(void *arg)
{
    for (long i = *(long *)arg; i > 0; i--) {
        if (qs_acquire(&permit, QS_FOREVER))
            return 1;
        qs_yield();
        qs_release(&permit);
    }
    return 0;
}

static int handoff_main(void *arg)
{
    long each = 20000;
    struct qs_group *group;

    (void)arg;
    qs_sem_init(&permit, 1);
    if (qs_group_open(&group, NULL))
        return 1;
    for (int i = 0; i < CONTENDERS; i++)
        qs_spawn(group, NULL, contender, &each, NULL);
    int64_t begin = qs_now();
    qs_group_close(group, NULL);
    print("handoff", (double)each * CONTENDERS / seconds_since(begin) / 1e6, "M/s");
    return 0;
}

/* ---- A million queued tasks, and a SIGINT from another process. ------------------------------ */

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

static void interrupt_queued(void)
{
    struct qs_result result;
    pid_t target = getpid(), pid;
    int64_t sent = 0;
    char byte;

    if (pipe(ready) || pipe(sent_at))
        fail("pipe");
    fflush(stdout);
    pid = fork();
    if (pid < 0)
        fail("fork");
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
        fail("the run was not interrupted");
    waitpid(pid, NULL, 0);
    if (finis != QUEUED + 1)
        fail("a fini is missing");
    print("sigint_to_last_fini_1m", (double)(last_fini - sent) / 1e6, "ms");
}

/* ---- Ten thousand sleeping tasks are cancelled; each has three cleanups. --------------------- */

static struct qs_cleanup nodes[SLEEPERS][CLEANUPS];
static size_t cleaned;

static int clean(void *arg)
{
    (void)arg;
    cleaned++;
    return 0;
}

static int sleeper(void *arg)
{
    struct qs_cleanup *mine = arg;

    for (int i = 0; i < CLEANUPS; i++)
        if (qs_defer(&mine[i], NULL, clean, NULL))
            return 1;
    return qs_sleep(qs_now() + 3600 * QS_SECOND);
}

static int cancel_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    if (qs_group_open(&group, NULL))
        return 1;
    for (int i = 0; i < SLEEPERS; i++)
        qs_spawn(group, NULL, sleeper, nodes[i], NULL);
    qs_yield(); /* each has reached its sleep when this task's turn comes again */
    int64_t begin = qs_now();
    qs_group_cancel(group);
    qs_group_close(group, NULL);
    if (cleaned != (size_t)SLEEPERS * CLEANUPS)
        fail("a cleanup is missing");
    print("cancel_10k", seconds_since(begin) * 1e3, "ms");
    return 0;
}

/* ---- Echo: a client and a server at the ends of each of a thousand socket pairs. ------------- */

static int pairs[CONNECTIONS][2];

static int server(void *arg)
{
    int fd = *(int *)arg;
    char buf[MESSAGE];
    ssize_t n;

    while ((n = qs_read(fd, buf, sizeof(buf), QS_FOREVER)) > 0)
        for (ssize_t put = 0, k; put < n; put += k)
            if ((k = qs_write(fd, buf + put, (size_t)(n - put), QS_FOREVER)) < 0)
                return -1;
    return 0;
}

static long rounds = 200;

static int client(void *arg)
{
    int fd = *(int *)arg;
    char buf[MESSAGE] = "ping";

    for (long i = 0; i < rounds; i++) {
        ssize_t got = 0, k;

        if (qs_write(fd, buf, MESSAGE, QS_FOREVER) != MESSAGE)
            fail("short write");
        for (; got < MESSAGE; got += k)
            if ((k = qs_read(fd, buf + got, (size_t)(MESSAGE - got), QS_FOREVER)) <= 0)
                fail("the echo ends early");
    }
    return shutdown(fd, SHUT_WR) ? -1 : 0;
}

static int echo_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    if (qs_group_open(&group, NULL))
        return 1;
    for (int i = 0; i < CONNECTIONS; i++) {
        qs_spawn(group, NULL, server, &pairs[i][0], NULL);
        qs_spawn(group, NULL, client, &pairs[i][1], NULL);
    }
    int64_t begin = qs_now();
    if (qs_group_close(group, NULL))
        fail("echo");
    print("echo_1000", (double)rounds * CONNECTIONS / seconds_since(begin) / 1e3, "k/s");
    return 0;
}

static void echo(void)
{
    struct rlimit files;

    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    for (int i = 0; i < CONNECTIONS; i++)
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pairs[i]))
            fail("socketpair: more descriptors are needed (ulimit -n 4096)");
    if (qs_run(NULL, echo_main, NULL, NULL))
        fail("echo");
}

int main(void)
{
    struct switching few = {.slots = 64, .yields = 200000}, many = {.slots = 1000, .yields = 20000};

    signal(SIGINT,
           SIG_DFL); /* a shell starts background jobs with it ignored, and a run honours that */
    if (qs_run(NULL, switching_main, &few, NULL) || qs_run(NULL, switching_main, &many, NULL) ||
        qs_run(NULL, spawn_main, NULL, NULL) || qs_run(NULL, handoff_main, NULL, NULL))
        return 1;
    interrupt_queued();
    if (qs_run(NULL, cancel_main, NULL, NULL))
        return 1;
    echo();
    return 0;
}
