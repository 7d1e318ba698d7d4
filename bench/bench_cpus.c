/* bench_cpus.c - what two CPUs of this machine give, without sigsweep: a loop of starts, and a loop
 * of copies that write to their memory, on one CPU alone and on two at once. 2 x would be all; what
 * is missing, the kernel and the hypervisor keep. It is what `-j 2` is to be read beside.
 *
 *     bench_cpus PROGRAM [ARG...]      what is started */
#include "median.h"

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

static int cpus[2]; /* that this process may use */
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
        if (posix_spawnp(&pid, command[0], &quiet, NULL, command, environ) != 0 ||
            waitpid(pid, &status, 0) != pid)
            _exit(1);
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
        if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
            _exit(1);
    }
}

static void run_on(int cpu, void (*loop)(void))
{
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    memory = mmap(NULL, PAGES * 4096L, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED || sched_setaffinity(0, sizeof(one), &one) != 0)
        _exit(1);
    (void)madvise(memory, PAGES * 4096L, MADV_NOHUGEPAGE);
    memset(memory, 1, PAGES * 4096L);
    loop();
    _exit(0);
}

/* Each on a CPU of its own; how long until all are through. */
static double together(int n, void (*loop)(void))
{
    int64_t begin = clock_now_ns();
    int status, ended = 0;

    for (int i = 0; i < n; i++) {
        if (fork() == 0)
            run_on(cpus[i], loop);
    }
    while (wait(&status) > 0)
        ended += status == 0;
    if (ended != n) {
        fputs("bench_cpus: a loop failed\n", stderr);
        exit(1);
    }
    return (double)(clock_now_ns() - begin);
}

static void measure(const char *name, int each, void (*loop)(void))
{
    double one[ROUNDS], ratio[ROUNDS];

    for (int i = 0; i < ROUNDS; i++) {
        one[i] = together(1, loop);
        ratio[i] = 2 * one[i] / together(2, loop);
    }
    printf("%s %.0f us\n", name, median(one, ROUNDS) / each / 1e3);
    printf("%s-on-two %.2f x\n", name, median(ratio, ROUNDS));
}

static int find_cpus(void)
{
    cpu_set_t all;
    int n = 0;

    if (sched_getaffinity(0, sizeof(all), &all) != 0)
        return 0;
    for (int cpu = 0; cpu < CPU_SETSIZE && n < 2; cpu++) {
        if (CPU_ISSET(cpu, &all))
            cpus[n++] = cpu;
    }
    return n;
}

int main(int argc, char **argv)
{
    command = argv + 1;
    if (argc < 2) {
        fputs("usage: bench_cpus PROGRAM [ARG...]\n", stderr);
        return 2;
    }
    if (find_cpus() < 2) {
        puts("only-cpu 1");
        return 0;
    }
    measure("start", STARTS, start_all);
    measure("copy", COPIES, copy_all);
    return 0;
}
