/* threads.c - many threads that report events at the same time.
 *
 * Usage: threads [THREADS [ROUNDS [wait | leave]]]     default: 8 threads, 50 rounds each
 *   wait    then waits for a signal, at most 10 s, all threads joined
 *   leave   ends while the threads still sleep (thread-left)
 * Every thread runs ROUNDS whole tasks, with ids of its own. */
#include <sigsweep/probe.h>

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST 512

static long rounds = 50;
static int leave;
static pthread_barrier_t all_done;

static void *run(void *arg)
{
    long first = (long)(intptr_t)arg * rounds;

    for (long id = first; id < first + rounds; id++) {
        sigsweep_task_queue(id);
        sigsweep_task_start(id);
        sigsweep_task_end(id, "done");
        sigsweep_task_fini(id);
    }
    if (leave) {
        pthread_barrier_wait(&all_done);
        sleep(10);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    long count = argc > 1 ? strtol(argv[1], NULL, 10) : 8;
    static pthread_t threads[MOST];

    if (argc > 2)
        rounds = strtol(argv[2], NULL, 10);
    leave = argc > 3 && strcmp(argv[3], "leave") == 0;
    if (count < 1 || count > MOST)
        return 2;
    alarm(10);
    sigsweep_probe_init();
    sigsweep_ready();
    pthread_barrier_init(&all_done, NULL, (unsigned)count + 1);
    for (long i = 0; i < count; i++) {
        if (pthread_create(&threads[i], NULL, run, (void *)(intptr_t)i) != 0)
            return 1;
    }
    if (leave) {
        pthread_barrier_wait(&all_done);
        return 0;
    }
    for (long i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    sigsweep_mark("joined");
    if (argc > 3)
        pause();
    return 0;
}
