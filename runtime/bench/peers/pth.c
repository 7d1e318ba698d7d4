/* pth.c - the work of bench_quiesce.c in GNU Pth, stackful threads in C. Prints lines of `name
 * value unit`. Left out: a million queued tasks (each has a stack here), and a thousand socket
 * pairs (it waits with select(2), which ends at descriptor 1023). */
#include <pth.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SLEEPERS   10000
#define CONTENDERS 100

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

static pth_attr_t small; /* a stack of 32 KiB, joinable */

static pth_t spawn(void *(*body)(void *), void *arg)
{
    pth_t thread = pth_spawn(small, body, arg);

    if (!thread)
        exit(1);
    return thread;
}

static void *yielder(void *arg)
{
    for (long i = (long)(intptr_t)arg; i > 0; i--)
        pth_yield(NULL);
    return NULL;
}

static void switching(int slots, long yields)
{
    pth_t threads[1000];
    char name[32];
    double begin = now();

    for (int i = 0; i < slots; i++)
        threads[i] = spawn(yielder, (void *)(intptr_t)yields);
    for (int i = 0; i < slots; i++)
        pth_join(threads[i], NULL);
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
        pth_join(spawn(nothing, NULL), NULL);
    show("spawn_join", n / (now() - begin) / 1e6, "M/s");
}

static pth_mutex_t permit = PTH_MUTEX_INIT;

static void *contender(void *arg)
{
    for (long i = (long)(intptr_t)arg; i > 0; i--) {
        pth_mutex_acquire(&permit, 0, NULL);
        pth_yield(NULL);
        pth_mutex_release(&permit);
    }
    return NULL;
}

static void handoff(long each)
{
    pth_t threads[CONTENDERS];
    double begin = now();

    for (int i = 0; i < CONTENDERS; i++)
        threads[i] = spawn(contender, (void *)(intptr_t)each);
    for (int i = 0; i < CONTENDERS; i++)
        pth_join(threads[i], NULL);
    show("handoff", (double)each * CONTENDERS / (now() - begin) / 1e6, "M/s");
}

static long cleaned, begun;

static void clean(void *arg)
{
    (void)arg;
    cleaned++;
}

static void *sleeper(void *arg)
{
    (void)arg;
    for (int i = 0; i < 3; i++)
        pth_cleanup_push(clean, NULL);
    begun++;
    pth_sleep(3600);
    return NULL;
}

static void cancelling(void)
{
    static pth_t threads[SLEEPERS];
    double begin;

    for (int i = 0; i < SLEEPERS; i++)
        threads[i] = spawn(sleeper, NULL);
    while (begun < SLEEPERS)
        pth_yield(NULL);
    begin = now();
    for (int i = 0; i < SLEEPERS; i++)
        pth_cancel(threads[i]);
    for (int i = 0; i < SLEEPERS; i++)
        pth_join(threads[i], NULL);
    if (cleaned != 3L * SLEEPERS)
        exit(1);
    show("cancel_10k", (now() - begin) * 1e3, "ms");
}

int main(void)
{
    pth_init();
    small = pth_attr_new();
    pth_attr_set(small, PTH_ATTR_STACK_SIZE, 32 * 1024);
    pth_attr_set(small, PTH_ATTR_JOINABLE, TRUE);
    switching(64, 2000);
    switching(1000, 100);
    spawning(20000);
    handoff(100);
    cancelling();
    return 0;
}
