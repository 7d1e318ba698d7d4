/* fixed-flag-reset.c - the flag is set by the handler, and by nobody else.
 *
 * A static variable is zero already; a signal before the work means that none of it is done. */
#include <sigsweep/probe.h>

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define BLOCKS 10

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

/* Returns the number of blocks copied. */
static int copy_all(void)
{
    int copied = 0;

    while (copied < BLOCKS && !stop) {
        usleep(5000);
        copied++;
        sigsweep_mark("block");
    }
    return copied;
}

int main(void)
{
    int copied;

    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    sigsweep_ready(); /* the options are read, the work has not begun */

    copied = copy_all();
    printf("%d of %d blocks copied\n", copied, BLOCKS);
    fflush(stdout);
    if (stop)
        end_by(stop);
    return 0;
}
