/* fixed-slow-poll.c - sleeps in ppoll(), which a signal ends at once.
 *
 * Usage: fixed-slow-poll PERIOD_MS
 * The signal is blocked except in ppoll(), so that none is lost before the sleep, and an
 * interrupted sleep leads back to the flag. */
#include <sigsweep/probe.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

static volatile sig_atomic_t stop; /* the signal that asked for it; 0: none */

static void on_signal(int sig)
{
    stop = sig;
}

/* Ends the process as the signal would have: the caller must see a death by signal. */
static void end_by(int sig)
{
    struct sigaction sa = {.sa_handler = SIG_DFL};
    sigset_t set;

    sigaction(sig, &sa, NULL);
    sigemptyset(&set);
    sigaddset(&set, sig);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(sig);
}

static void handle(int sig, void (*handler)(int))
{
    struct sigaction sa = {.sa_handler = handler};

    sigemptyset(&sa.sa_mask);
    sigaction(sig, &sa, NULL);
}

/* True when the period is over; false when a signal ended it. */
static int sleep_period(long ms, const sigset_t *mask)
{
    struct timespec period = {ms / 1000, ms % 1000 * 1000000};

    return ppoll(NULL, 0, &period, mask) == 0 || errno != EINTR;
}

int main(int argc, char **argv)
{
    long period_ms = argc > 1 ? strtol(argv[1], NULL, 10) : 1000;
    sigset_t wanted, before;

    sigsweep_probe_init();
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigprocmask(SIG_BLOCK, &wanted, &before);
    handle(SIGINT, on_signal);
    sigsweep_ready();

    while (!stop) {
        sigsweep_mark("heartbeat");
        if (!sleep_period(period_ms, &before))
            continue; /* the flag tells whether to go on */
    }
    end_by(stop);
    return 0;
}
