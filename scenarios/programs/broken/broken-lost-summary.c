/* broken-lost-summary.c - prints its summary into a buffer that nobody flushes.
 *
 * On a terminal stdout is flushed with every line, and all looks well. Into a pipe or a file it is
 * kept in memory until exit(); the death by signal, right as it is, skips that, and the
 * log of the interrupted run is empty. */
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
        end_by(stop); /* the line above is still in the buffer */
    }
    return 0;
}
