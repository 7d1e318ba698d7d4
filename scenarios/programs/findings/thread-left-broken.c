/* thread-left-broken.c - returns from main and leaves its thread to the kernel. */
#include <sigsweep/probe.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t stop;
static int wake[2];

static void on_signal(int signal)
{
    (void)signal;
    stop = 1;
}

static void *serve(void *unused)
{
    char byte;

    (void)!read(wake[0], &byte, 1); /* waits to be told to end */
    return unused;
}

int main(void)
{
    pthread_t thread;
    sigset_t set;

    sigsweep_probe_init();
    signal(SIGINT, on_signal);
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL); /* for the thread: the first one takes signals */
    if (pipe(wake) != 0 || pthread_create(&thread, NULL, serve, NULL) != 0)
        return 1;
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    sigsweep_mark("serving");
    if (stop)
        return 130;
    (void)!write(wake[1], "", 1);
    pthread_join(thread, NULL);
    return stop ? 130 : 0;
}
