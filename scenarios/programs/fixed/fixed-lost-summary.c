/* fixed-lost-summary.c - flushes what it has printed before it dies by the signal. */
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
    int files = 0;

    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    sigsweep_ready();

    while (files < 2000 && !stop) {
        usleep(5000);
        files++;
        sigsweep_mark("file");
    }
    printf("%d of 2000 files checked%s\n", files, stop ? ", interrupted" : "");
    if (stop) {
        fflush(stdout);
        end_by(stop);
    }
    return 0;
}
