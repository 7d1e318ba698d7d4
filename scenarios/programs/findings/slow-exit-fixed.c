/* slow-exit-fixed.c - looks at its flag before each sleep. */
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
    while (!stop && nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
    return stop ? 130 : 0;
}
