/* race-pause-broken.c - looks at a flag, then waits: a signal that comes between the two is
 * handled, and then nothing wakes the program any more. */
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

    sigaction(SIGINT, &action, NULL);
    while (!stop)
        pause(); /* too late for a signal that came after the look */
    return 0;
}
