/* fixed-impatient-cleanup.c - its cleanup is shielded: it runs to its end, however often ^C comes.
 *
 * Its length is bounded by the number of records, so that nobody has to wait for ever. */
#include <sigsweep/probe.h>

#include <signal.h>
#include <unistd.h>

#define RECORDS 10

static volatile sig_atomic_t interrupts;

static void on_signal(int sig)
{
    (void)sig;
    interrupts++;
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

static void work(int ms)
{
    for (int i = 0; i < ms / 5 && !interrupts; i++)
        usleep(5000);
}

/* Writes the records that are still in memory. */
static void flush_records(void)
{
    sigsweep_cleanup_begin(SIGSWEEP_NO_TASK, "flush");
    for (int i = 0; i < RECORDS; i++) {
        usleep(1000);
    }
    sigsweep_cleanup_end(SIGSWEEP_NO_TASK, "flush", 0);
}

int main(void)
{
    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    sigsweep_cleanup_arm(SIGSWEEP_NO_TASK, "flush");
    sigsweep_mark("collecting");

    work(10000);
    flush_records();
    if (interrupts)
        end_by(SIGINT);
    return 0;
}
