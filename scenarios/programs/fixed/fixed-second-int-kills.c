/* fixed-second-int-kills.c - a second ^C changes nothing while the cleanup runs.
 *
 * The handler stays, and the cleanup is short; a program whose cleanup may take long would answer a
 * second ^C by cutting waits short, not by dropping steps. */
#include <sigsweep/probe.h>

#include <signal.h>
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

/* Works for so long, in short steps, so that a stop is seen soon whenever it comes. */
static void work(int ms)
{
    for (int i = 0; i < ms / 5 && !stop; i++)
        usleep(5000);
}

/* Puts the old configuration back, line by line. */
static void restore(void)
{
    sigsweep_cleanup_begin(SIGSWEEP_NO_TASK, "restore");
    for (int line = 0; line < 10; line++)
        usleep(1000);
    sigsweep_cleanup_end(SIGSWEEP_NO_TASK, "restore", 0);
}

int main(void)
{
    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    sigsweep_cleanup_arm(SIGSWEEP_NO_TASK, "restore");
    sigsweep_mark("trying");

    work(10000);
    restore();
    if (stop)
        end_by(stop);
    return 0;
}
