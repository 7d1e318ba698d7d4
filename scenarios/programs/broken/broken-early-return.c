/* broken-early-return.c - returns between taking its second resource and giving back its first.
 *
 * The look at the flag was added later, as `if (stop) return -1;` in the middle of the function.
 * The lock file that was taken above it stays behind: the cleanup is at the end, which is
 * never reached. */
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

static void take(const char *name)
{
    sigsweep_acquire(name);
    sigsweep_cleanup_arm(1, name);
}

static void give_back(const char *name)
{
    sigsweep_cleanup_begin(1, name);
    sigsweep_release(name);
    sigsweep_cleanup_end(1, name, 0);
}

/* Rewrites the index under its lock. 0, or -1: interrupted. */
static int rewrite_index(void)
{
    int result = -1;

    take("lock");
    work(20);
    if (stop)
        return -1; /* the lock stays */
    take("index");
    work(10000);
    if (stop)
        goto out_index;
    result = 0;
out_index:
    give_back("index");
    give_back("lock");
    return result;
}

int main(void)
{
    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    sigsweep_task_queue(1);
    sigsweep_task_start(1);
    rewrite_index();
    sigsweep_task_end(1, stop ? "cancelled" : "done");
    sigsweep_task_fini(1);
    if (stop)
        end_by(stop);
    return 0;
}
