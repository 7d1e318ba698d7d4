/* threads.c - the work of bench_quiesce.c in POSIX threads, on one processor like the others.
 * Prints lines of `name value unit`. Left out: a million queued tasks (each would be a thread). */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SLEEPERS    10000
#define CONTENDERS  100
#define CONNECTIONS 1000
#define MESSAGE     64
#define ROUNDS      50

static pthread_attr_t small; /* a stack of 32 KiB */

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void show(const char *name, double value, const char *unit)
{
    printf("%s %.3f %s\n", name, value, unit);
    fflush(stdout);
}

static pthread_t spawn(void *(*body)(void *), void *arg)
{
    pthread_t thread;

    if (pthread_create(&thread, &small, body, arg))
        exit(1);
    return thread;
}

static void *yielder(void *arg)
{
    for (long i = (long)(intptr_t)arg; i > 0; i--)
        sched_yield();
    return NULL;
}

static void switching(int slots, long yields)
{
    pthread_t threads[1000];
    char name[32];
    double begin = now();

    for (int i = 0; i < slots; i++)
        threads[i] = spawn(yielder, (void *)(intptr_t)yields);
    for (int i = 0; i < slots; i++)
        pthread_join(threads[i], NULL);
    snprintf(name, sizeof(name), "switches_%d", slots);
    show(name, (double)slots * (double)yields / (now() - begin) / 1e6, "M/s");
}

static void *nothing(void *arg)
{
    return arg;
}

static void spawning(int n)
{
    double begin = now();

    for (int i = 0; i < n; i++)
        pthread_join(spawn(nothing, NULL), NULL);
    show("spawn_join", n / (now() - begin) / 1e6, "M/s");
}

static sem_t permit;

static void *contender(void *arg)
{
    for (long i = (long)(intptr_t)arg; i > 0; i--) {
        sem_wait(&permit);
        sched_yield();
        sem_post(&permit);
    }
    return NULL;
}

static void handoff(long each)
{
    pthread_t threads[CONTENDERS];
    double begin = now();

    sem_init(&permit, 0, 1);
    for (int i = 0; i < CONTENDERS; i++)
        threads[i] = spawn(contender, (void *)(intptr_t)each);
    for (int i = 0; i < CONTENDERS; i++)
        pthread_join(threads[i], NULL);
    show("handoff", (double)each * CONTENDERS / (now() - begin) / 1e6, "M/s");
}

static long cleaned, begun; /* one processor; still, they are counted as threads must */

static void clean(void *arg)
{
    (void)arg;
    __atomic_add_fetch(&cleaned, 1, __ATOMIC_RELAXED);
}

static void *sleeper(void *arg)
{
    pthread_cleanup_push(clean, arg);
    pthread_cleanup_push(clean, arg);
    pthread_cleanup_push(clean, arg);
    __atomic_add_fetch(&begun, 1, __ATOMIC_RELAXED);
    sleep(3600);
    pthread_cleanup_pop(1);
    pthread_cleanup_pop(1);
    pthread_cleanup_pop(1);
    return NULL;
}

static void cancelling(void)
{
    static pthread_t threads[SLEEPERS];
    double begin;

    for (int i = 0; i < SLEEPERS; i++)
        threads[i] = spawn(sleeper, NULL);
    while (__atomic_load_n(&begun, __ATOMIC_RELAXED) < SLEEPERS)
        sched_yield();
    begin = now();
    for (int i = 0; i < SLEEPERS; i++)
        pthread_cancel(threads[i]);
    for (int i = 0; i < SLEEPERS; i++)
        pthread_join(threads[i], NULL);
    if (cleaned != 3L * SLEEPERS)
        exit(1);
    show("cancel_10k", (now() - begin) * 1e3, "ms");
}

static int pairs[CONNECTIONS][2];

static void *server(void *arg)
{
    char buf[MESSAGE];
    ssize_t n;

    while ((n = read(*(int *)arg, buf, sizeof(buf))) > 0)
        if (write(*(int *)arg, buf, (size_t)n) != n)
            exit(1);
    return NULL;
}

static void *client(void *arg)
{
    int fd = *(int *)arg;
    char buf[MESSAGE] = "ping";

    for (int i = 0; i < ROUNDS; i++) {
        if (write(fd, buf, MESSAGE) != MESSAGE)
            exit(1);
        for (ssize_t got = 0, k; got < MESSAGE; got += k)
            if ((k = read(fd, buf + got, (size_t)(MESSAGE - got))) <= 0)
                exit(1);
    }
    shutdown(fd, SHUT_WR);
    return NULL;
}

static void echo(void)
{
    static pthread_t threads[CONNECTIONS][2];
    struct rlimit files;
    double begin;

    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    for (int i = 0; i < CONNECTIONS; i++)
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]))
            exit(1);
    begin = now();
    for (int i = 0; i < CONNECTIONS; i++) {
        threads[i][0] = spawn(server, &pairs[i][0]);
        threads[i][1] = spawn(client, &pairs[i][1]);
    }
    for (int i = 0; i < CONNECTIONS; i++)
        for (int j = 0; j < 2; j++)
            pthread_join(threads[i][j], NULL);
    show("echo_1000", (double)ROUNDS * CONNECTIONS / (now() - begin) / 1e3, "k/s");
}

int main(void)
{
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof(one), &one);
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 32 * 1024);
    switching(64, 2000);
    switching(1000, 200);
    spawning(20000);
    handoff(200);
    cancelling();
    echo();
    return 0;
}
