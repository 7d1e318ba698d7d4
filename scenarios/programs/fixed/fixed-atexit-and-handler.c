/* fixed-atexit-and-handler.c - one place cleans up, and takes the work off the list before doing
 * it.
 *
 * The main flow calls it on every way out; the handler only notes the signal. */
#include <sigsweep/probe.h>

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

static bool locked;

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

/* Works for so long, in short steps, so that a stop is seen soon whenever it comes. */
static void work(int ms)
{
    for (int i = 0; i < ms / 5 && !stop; i++)
        usleep(5000);
}

static void unlock(void)
{
    if (!locked)
        return;
    locked = false;
    sigsweep_cleanup_begin(SIGSWEEP_NO_TASK, "lock");
    unlink("lock");
    sigsweep_cleanup_end(SIGSWEEP_NO_TASK, "lock", 0);
}

static void handle(int sig, void (*handler)(int))
{
    struct sigaction sa = {.sa_handler = handler};

    sigemptyset(&sa.sa_mask);
    sigaction(sig, &sa, NULL);
}

int main(void)
{
    int fd;

    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    fd = open("lock", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        return 1;
    close(fd);
    locked = true;
    atexit(unlock);
    sigsweep_cleanup_arm(SIGSWEEP_NO_TASK, "lock");
    sigsweep_ready();

    work(10000);
    unlock(); /* the death by signal below doesn't run atexit's list */
    if (stop)
        end_by(stop);
    return 0;
}
