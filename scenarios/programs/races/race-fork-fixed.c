/* race-fork-fixed.c - the signal waits from before the fork until the number is stored, so that the
 * handler knows every child there is. */
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
    sigset_t block, before;
    pid_t pid;

    signal(SIGINT, on_int);
    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigprocmask(SIG_BLOCK, &block, &before);
    pid = fork();
    if (pid == 0) {
        signal(SIGINT, SIG_IGN); /* left to its parent */
        for (;;)
            pause();
    }
    announce();
    child = pid;
    sigprocmask(SIG_SETMASK, &before, NULL);
    nanosleep(&moment, NULL);
    sigprocmask(SIG_BLOCK, &block, NULL);
    child = 0;
    kill(pid, SIGKILL);
    return waitpid(pid, NULL, 0) != pid;
}
