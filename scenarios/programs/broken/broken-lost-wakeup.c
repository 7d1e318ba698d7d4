/* broken-lost-wakeup.c - looks at the flag, then sleeps; the signal that comes in between is lost.
 *
 * `while (!stop) pause();` seems to wait for a signal. A signal after the look at `stop` and before
 * pause() is blocked in the kernel runs the handler, sets the flag, and then pause() sleeps until
 * a second signal comes: the user's ^C did nothing. */
#include <sigsweep/probe.h>

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

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

int main(void)
{
    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    sigsweep_ready();

    while (!stop) {
        sigsweep_mark("idle"); /* the flag was looked at, pause() has not begun */
        pause();
    }
    puts("stopped");
    fflush(stdout);
    end_by(stop);
    return 0;
}
