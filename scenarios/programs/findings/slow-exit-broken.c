/* slow-exit-broken.c - sleeps on after the signal, and looks at its flag when it has slept enough.
 */
#include <sigsweep/probe.h>

#include <errno.h>
#include <signal.h>
#include <time.h>

static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
    (void)signal;
    stop = 1;
}

int main(void)
{
    struct timespec left = {.tv_nsec = 400000000};

    sigsweep_probe_init();
    signal(SIGINT, on_signal);
    sigsweep_mark("begun");
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
    return stop ? 130 : 0;
}
