/* bench_cpus.c - what two CPUs of this machine give, without sigsweep: a loop of starts, and a loop
 * of copies that write to their memory, on one CPU alone and on two at once. 2 x would be all; what
 * is missing, the kernel and the hypervisor keep. It is what `-j 2` is to be read beside.
 *
 *     bench_cpus PROGRAM [ARG...]      what is started */
#include "support/clock.h"

#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 7
#define STARTS 100
#define COPIES 10
#define PAGES  1500 /* of 4 KiB: of what a Python program writes to on its way out */

static char **command;
static char *memory;

static void start_all(void)
{
    posix_spawn_file_actions_t quiet;
    int status;
    pid_t pid;

    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
    for (int i = 0; i < STARTS; i++) {
        if (posix_spawnp(&pid, command[0], &quiet, NULL, command, environ) != 0)
            _exit(1);
        waitpid(pid, &status, 0);
    }
    posix_spawn_file_actions_destroy(&quiet);
}

static void copy_all(void)
{
    int status;

    for (int i = 0; i < COPIES; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            for (size_t k = 0; k < PAGES; k++)
                memory[k * 4096] = 2;
            _exit(0);
        }
        waitpid(pid, &status, 0);
    }
}

/* Each on a CPU of its own; how long until all are through. */
static double together(int n, void (*loop)(void))
{
    int64_t begin = clock_now_ns();
    cpu_set_t one;

    for (int i = 0; i < n; i++) {
        if (fork() != 0)
            continue;
        CPU_ZERO(&one);
        CPU_SET(i, &one);
        (void)sched_setaffinity(0, sizeof(one), &one);
        memory =
            mmap(NULL, PAGES * 4096L, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            _exit(1);
        (void)madvise(memory, PAGES * 4096L, MADV_NOHUGEPAGE);
        memset(memory, 1, PAGES * 4096L);
        loop();
        _exit(0);
    }
    while (wait(NULL) > 0)
        ;
    return (double)(clock_now_ns() - begin);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void measure(const char *name, int each, void (*loop)(void))
{
    double one[ROUNDS], ratio[ROUNDS];

    for (int i = 0; i < ROUNDS; i++) {
        one[i] = together(1, loop);
        ratio[i] = 2 * one[i] / together(2, loop);
    }
    qsort(one, ROUNDS, sizeof(*one), by_value);
    qsort(ratio, ROUNDS, sizeof(*ratio), by_value);
    printf("%s %.0f us\n", name, one[ROUNDS / 2] / each / 1e3);
    printf("%s-on-two %.2f x\n", name, ratio[ROUNDS / 2]);
}

int main(int argc, char **argv)
{
    command = argv + 1;
    if (argc < 2) {
        fputs("usage: bench_cpus PROGRAM [ARG...]\n", stderr);
        return 2;
    }
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        return 0;
    measure("start", STARTS, start_all);
    measure("copy", COPIES, copy_all);
    return 0;
}
