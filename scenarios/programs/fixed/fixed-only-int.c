/* fixed-only-int.c - SIGINT, SIGTERM and SIGHUP all ask it to end, and get the same answer. */
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
    handle(SIGINT, on_signal);
    handle(SIGTERM, on_signal);
    handle(SIGHUP, on_signal);
    sigsweep_cleanup_arm(SIGSWEEP_NO_TASK, "temp");
    out = fopen("archive.tmp", "w");
    if (!out)
        return 1;
    sigsweep_mark("packing");

    work(50);
    fputs("packed\n", out);
    fclose(out);
    if (!stop && rename("archive.tmp", "archive.bin") < 0)
        return 1;
    sigsweep_cleanup_begin(SIGSWEEP_NO_TASK, "temp");
    unlink("archive.tmp"); /* not there any more when all went well */
    sigsweep_cleanup_end(SIGSWEEP_NO_TASK, "temp", 0);
    if (stop)
        end_by(stop);
    return 0;
}
