/* sigchild.c - its children's SIGCHLD and other signals of its own fly about while it is observed.
 *
 * Usage: sigchild [CHILDREN [wait]]      default: 50
 * A handler reaps the children (no SA_RESTART, so that every wait is interrupted); each child also
 * sends the parent a SIGUSR1. Prints "reaped N, usr1 yes|no". With `wait`: then waits for a
 * signal, at most 10 s. A harness that mistakes these signals for its own delivery is wrong. */
#include <sigsweep/probe.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t reaped, usr1;

static void on_child(int sig)
{
    int saved = errno;

    (void)sig;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        reaped++;
    errno = saved;
}

static void on_usr1(int sig)
{
    usr1 = sig;
}

int main(int argc, char **argv)
{
    long children = argc > 1 ? strtol(argv[1], NULL, 10) : 50;
    struct sigaction child = {.sa_handler = on_child}, own = {.sa_handler = on_usr1};

    if (children < 0 || children > 1000)
        return 2;
    sigsweep_probe_init();
    sigaction(SIGCHLD, &child, NULL);
    sigaction(SIGUSR1, &own, NULL);
    alarm(10);
    sigsweep_ready();
    for (long i = 0; i < children; i++) {
        pid_t pid = fork();

        if (pid < 0)
            return 1;
        if (pid == 0) {
            kill(getppid(), SIGUSR1);
            _exit(0);
        }
    }
    while (reaped < children)
        usleep(1000);
    printf("reaped %d, usr1 %s\n", (int)reaped, usr1 ? "yes" : "no");
    fflush(stdout);
    sigsweep_mark("reaped");
    if (argc > 2) {
        for (;;)
            pause();
    }
    return 0;
}
