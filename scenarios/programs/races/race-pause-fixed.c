/* race-pause-fixed.c - the signal is blocked while the flag is looked at, and let in only by the
 * wait itself, which does both at once. */
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t stop;

static void on_int(int sig)
{
    (void)sig;
    stop = 1;
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_int};
    sigset_t block, before;

    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigprocmask(SIG_BLOCK, &block, &before);
    sigaction(SIGINT, &action, NULL);
    while (!stop)
        sigsuspend(&before);
    return 0;
}
