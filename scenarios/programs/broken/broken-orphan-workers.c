/* broken-orphan-workers.c - handles ^C with care, and has never heard of SIGTERM.
 *
 * Its workers ignore SIGINT, since the parent ends them in good order. But service managers,
 * `timeout` and `kill` send SIGTERM: that kills the parent alone, and the workers wait for ever for
 * a parent that is gone. */
#include <sigsweep/probe.h>

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKERS 2

static pid_t workers[WORKERS];

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

static pid_t start_worker(void)
{
    sigset_t all, before;
    pid_t pid;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before); /* the child never runs our handler */
    pid = fork();
    if (pid == 0) {
        handle(SIGINT, SIG_IGN); /* the parent ends us */
        handle(SIGTERM, SIG_DFL);
        sigprocmask(SIG_SETMASK, &before, NULL);
        alarm(60); /* even this example doesn't stay for ever */
        for (;;)
            pause();
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return pid;
}

int main(void)
{
    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    for (int i = 0; i < WORKERS; i++)
        workers[i] = start_worker();
    sigsweep_mark("serving");

    work(10000);
    for (int i = 0; i < WORKERS; i++)
        kill(workers[i], SIGTERM);
    while (wait(NULL) > 0 || errno == EINTR)
        ;
    if (stop)
        end_by(stop);
    return 0;
}
