/* race-fork-broken.c - the handler ends the child whose number is stored; between fork and the
 * store there is a child that it doesn't know of. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile pid_t child;

static void on_int(int sig)
{
    if (child > 0)
        kill(child, SIGKILL);
    signal(sig, SIG_DFL);
    raise(sig);
}

static void announce(void)
{
    (void)getppid(); /* anything that takes a moment */
}

int main(void)
{
    const struct timespec moment = {0, 3000000};
    pid_t pid;

    signal(SIGINT, on_int);
    pid = fork();
    if (pid == 0) {
        signal(SIGINT, SIG_IGN); /* left to its parent */
        for (;;)
            pause();
    }
    announce();
    child = pid; /* too late */
    nanosleep(&moment, NULL);
    kill(pid, SIGKILL);
    return waitpid(pid, NULL, 0) != pid;
}
