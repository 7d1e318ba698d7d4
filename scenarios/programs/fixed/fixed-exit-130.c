/* fixed-exit-130.c - cleans up, and then dies by the signal, as its caller expects.
 *
 * The default action is put back and the signal raised again, so that wait() says WIFSIGNALED. */
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

/* Works for so long, in short steps, so that a stop is seen soon whenever it comes. */
static void work(int ms)
{
    for (int i = 0; i < ms / 5 && !stop; i++)
        usleep(5000);
}

static void remove_temp(const char *path)
{
    sigsweep_cleanup_begin(SIGSWEEP_NO_TASK, "temp");
    unlink(path);
    sigsweep_cleanup_end(SIGSWEEP_NO_TASK, "temp", 0);
}

int main(void)
{
    FILE *temp;

    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    sigsweep_cleanup_arm(SIGSWEEP_NO_TASK, "temp");
    temp = fopen("sorted.tmp", "w");
    if (!temp)
        return 1;
    fputs("half of the lines\n", temp);
    sigsweep_ready();

    work(10000);
    fclose(temp);
    remove_temp("sorted.tmp");
    if (stop)
        end_by(stop);
    return 0;
}
