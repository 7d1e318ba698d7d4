/* fixed-detached-thread.c - tells its logging thread to finish, and waits until it has. */
#include <sigsweep/probe.h>

#include <pthread.h>
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

static void *write_log(void *arg)
{
    for (int i = 0; i < 2000 && !stop; i++)
        usleep(5000);
    return arg;
}

int main(void)
{
    pthread_t logger;

    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    if (pthread_create(&logger, NULL, write_log, NULL) != 0)
        return 1;
    sigsweep_mark("serving");

    while (!stop)
        usleep(5000);
    pthread_join(logger, NULL);
    end_by(stop);
    return 0;
}
