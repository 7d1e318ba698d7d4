/* slow-exit-fixed.c - the signal is let through in the sleep alone, and looked at after each. Were
 * it let through before, one between the look and the sleep would be slept over. */
#include <sigsweep/probe.h>

#include <poll.h>
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
    const struct timespec long_enough = {.tv_nsec = 400000000};
    sigset_t held, open;

    sigsweep_probe_init();
    signal(SIGINT, on_signal);
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigprocmask(SIG_BLOCK, &held, &open);
    sigsweep_mark("begun");
    (void)ppoll(NULL, 0, &long_enough, &open); /* 0: slept; EINTR: the signal came */
    return stop ? 130 : 0;
}
