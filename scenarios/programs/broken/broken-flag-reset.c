/* broken-flag-reset.c - forgets a signal that came before the work began.
 *
 * The handler is there from the start, but copy_all() sets the flag to 0 as it begins. A ^C
 * between the two is forgotten: all the work is done, and the program reports success. */
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

    stop = 0; /* a fresh start; and a ^C that came before it is gone */
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
