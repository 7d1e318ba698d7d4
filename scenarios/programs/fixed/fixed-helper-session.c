/* fixed-helper-session.c - ends its helper, waits until it is gone, and only then ends itself. */
#include <sigsweep/probe.h>

#include <errno.h>
#include <signal.h>
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

static pid_t start_helper(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        handle(SIGINT, SIG_DFL);
        alarm(60); /* even this example doesn't stay for ever */
        setsid();
        for (;;)
            pause();
    }
    return pid;
}

int main(void)
{
    pid_t helper;

    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    helper = start_helper();
    if (helper < 0)
        return 1;
    sigsweep_mark("serving");

    work(10000);
    kill(helper, SIGTERM);
    while (waitpid(helper, NULL, 0) < 0 && errno == EINTR)
        ;
    if (stop)
        end_by(stop);
    return 0;
}
