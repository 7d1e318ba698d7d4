/* fixed-progress-line.c - ends its progress line, and says that it was interrupted. */
#include <sigsweep/probe.h>

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

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

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
    stop = sig;
}

static void handle(int sig, void (*handler)(int))
{
    struct sigaction sa = {.sa_handler = handler};

    sigemptyset(&sa.sa_mask);
    sigaction(sig, &sa, NULL);
}

int main(void)
{
    int step;

    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    sigsweep_ready();

    for (step = 1; step <= 2000 && !stop; step++) {
        printf("\rstep %d of 2000", step);
        fflush(stdout);
        sigsweep_mark("step");
        usleep(5000);
    }
    if (stop) {
        printf("\ninterrupted after %d steps\n", step - 1);
        fflush(stdout);
        end_by(stop);
    }
    putchar('\n');
    return 0;
}
