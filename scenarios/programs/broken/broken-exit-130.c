/* broken-exit-130.c - cleans up, and then hides that a signal ended it.
 *
 * 130 is what a shell *shows* for a death by SIGINT; it is not one. A shell loop that runs this
 * program sees a normal exit, and starts the next round: the user can't stop the loop with ^C. */
#include <sigsweep/probe.h>

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t stop; /* the signal that asked for it; 0: none */

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
        return 128 + stop; /* looks like what the shell shows, and is something else */
    return 0;
}
