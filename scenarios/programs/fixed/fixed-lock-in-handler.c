/* fixed-lock-in-handler.c - its signal handler notes the signal, and nothing else.
 *
 * The statistics are printed by the main flow, after its loop, where no lock is held. */
#include <sigsweep/probe.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long requests, bytes;

static volatile sig_atomic_t stop; /* the signal that asked for it; 0: none */

static void on_signal(int sig)
{
    stop = sig;
}

static void count(long n)
{
    pthread_mutex_lock(&lock);
    requests++;
    sigsweep_mark("counting"); /* a signal here finds the lock held */
    bytes += n;
    pthread_mutex_unlock(&lock);
}

static void print_counts(void)
{
    pthread_mutex_lock(&lock);
    printf("%ld requests, %ld bytes\n", requests, bytes);
    fflush(stdout);
    pthread_mutex_unlock(&lock);
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

int main(void)
{
    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    sigsweep_ready();

    for (int i = 0; i < 2000 && !stop; i++) {
        count(100);
        usleep(5000);
    }
    print_counts();
    if (stop)
        end_by(stop);
    return 0;
}
