/* broken-slow-poll.c - looks at its flag only once a period.
 *
 * Usage: broken-slow-poll PERIOD_MS
 * The sleep between two heartbeats is begun again when a signal interrupts it ("always handle
 * EINTR"), and the flag is looked at only afterwards: ^C takes up to a whole period. */
#include <sigsweep/probe.h>

#include <errno.h>
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

static void sleep_period(long ms)
{
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};

    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ; /* sleeps the rest, whatever the signal meant */
}

int main(int argc, char **argv)
{
    long period_ms = argc > 1 ? strtol(argv[1], NULL, 10) : 1000;

    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    sigsweep_ready();

    while (!stop) {
        sigsweep_mark("heartbeat");
        sleep_period(period_ms);
    }
    end_by(stop);
    return 0;
}
