/* broken-lock-in-handler.c - its signal handler takes a lock that the interrupted code may hold.
 *
 * SIGINT's handler prints the statistics under their lock. When the signal arrives inside count(),
 * the lock's owner is the very code that the handler has interrupted: it waits for itself, for
 * ever. Outside of count() everything works, so that nobody notices for years. */
#include <sigsweep/probe.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long requests, bytes;

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

static void on_signal(int sig)
{
    print_counts(); /* not async-signal-safe: the lock, and printf's own */
    end_by(sig);
}

int main(void)
{
    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    sigsweep_ready();

    for (int i = 0; i < 2000; i++) {
        count(100);
        usleep(5000);
    }
    print_counts();
    return 0;
}
