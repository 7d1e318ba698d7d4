/* broken-temp-before-handler.c - creates its temporary file, and then installs the handler.
 *
 * Between the two a ^C meets the default action, and the file stays. The gap is microseconds wide;
 * with a build farm behind it, it is hit every week. */
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

int main(void)
{
    FILE *out;

    sigsweep_probe_init();
    out = fopen("result.tmp", "w");
    if (!out)
        return 1;
    sigsweep_mark("created");
    handle(SIGINT, on_signal);

    work(50);
    fputs("42\n", out);
    if (fclose(out) != 0 || stop) {
        unlink("result.tmp");
        if (stop)
            end_by(stop);
        return 1;
    }
    return rename("result.tmp", "result.txt") == 0 ? 0 : 1;
}
