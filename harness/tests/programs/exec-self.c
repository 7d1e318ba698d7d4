/* exec-self.c - execs itself twice, and only then reports events and waits for a signal.
 *
 * Usage: exec-self [ROUNDS [thread]]     default: 2
 * With `thread` a second thread does the exec: the kernel then ends the first one, and the new
 * program takes over its thread id. Waits at most 10 s. */
#include <sigsweep/probe.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char **again;

static void *exec_again(void *arg)
{
    execv("/proc/self/exe", again);
    perror("execv");
    exit(1);
    return arg;
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 2;
    static char left[24];

    alarm(10); /* kept over exec */
    if (rounds > 0) {
        char *next[] = {argv[0], left, argc > 2 ? argv[2] : NULL, NULL};

        snprintf(left, sizeof left, "%ld", rounds - 1);
        again = next;
        if (argc > 2) {
            pthread_t thread;

            if (pthread_create(&thread, NULL, exec_again, NULL) != 0)
                return 1;
            pthread_join(thread, NULL);
        }
        exec_again(NULL);
    }
    sigsweep_probe_init();
    sigsweep_ready();
    sigsweep_mark("after-exec");
    pause();
    return 0;
}
