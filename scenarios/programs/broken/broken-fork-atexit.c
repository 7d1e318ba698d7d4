/* broken-fork-atexit.c - its forked worker runs the parent's cleanups too.
 *
 * fork() copies handlers and atexit lists. ^C reaches the whole group: the worker leaves its loop
 * and calls exit(), which removes the parent's spool, while the parent still uses it; and then the
 * parent removes it, too. */
#include <sigsweep/probe.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

static void remove_spool(void)
{
    sigsweep_cleanup_begin(SIGSWEEP_NO_TASK, "spool");
    rmdir("spool");
    sigsweep_cleanup_end(SIGSWEEP_NO_TASK, "spool", 0);
}

static void start_worker(void)
{
    if (fork() != 0)
        return;
    work(10000);
    exit(stop ? 1 : 0); /* atexit: remove_spool() */
}

int main(void)
{
    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    if (mkdir("spool", 0700) < 0)
        return 1;
    atexit(remove_spool);
    sigsweep_cleanup_arm(SIGSWEEP_NO_TASK, "spool");
    start_worker();
    sigsweep_mark("working");

    while (wait(NULL) > 0 || errno == EINTR)
        ;
    if (stop) {
        remove_spool(); /* the death by signal doesn't run atexit's list */
        end_by(stop);
    }
    return 0;
}
