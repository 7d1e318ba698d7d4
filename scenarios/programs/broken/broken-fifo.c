/* broken-fifo.c - cleans up in the order in which it took things.
 *
 * The loop over the list runs forwards. The connection is closed first, then the transaction that
 * runs over it is to be rolled back, over a connection that is gone. */
#include <sigsweep/probe.h>

#include <signal.h>
#include <unistd.h>

#define MOST 8

static const char *held[MOST]; /* what was taken, in order */
static int held_n;

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
    sigsweep_cleanup_arm(1, name);
    held[held_n++] = name;
}

static void give_back_all(void)
{
    for (int i = 0; i < held_n; i++) {
        sigsweep_cleanup_begin(1, held[i]);
        sigsweep_cleanup_end(1, held[i], 0);
    }
    held_n = 0;
}

int main(void)
{
    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    sigsweep_task_queue(1);
    sigsweep_task_start(1);
    take("connection");
    take("transaction");
    take("cursor");
    sigsweep_mark("querying");

    work(10000);
    give_back_all();
    sigsweep_task_end(1, stop ? "cancelled" : "done");
    sigsweep_task_fini(1);
    if (stop)
        end_by(stop);
    return 0;
}
