/* fixed-lost-wakeup.c - looks at the flag with the signal blocked, and lets it in while it sleeps.
 *
 * sigsuspend() unblocks and sleeps in one step, so that there is no moment in between. ppoll() and
 * pselect() do the same for programs that wait for descriptors. */
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
    sigset_t wanted, before;

    sigsweep_probe_init();
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigprocmask(SIG_BLOCK, &wanted, &before);
    handle(SIGINT, on_signal);
    sigsweep_ready();

    while (!stop) {
        sigsweep_mark("idle"); /* a signal here stays pending, and wakes sigsuspend() at once */
        sigsuspend(&before);
    }
    puts("stopped");
    fflush(stdout);
    end_by(stop);
    return 0;
}
