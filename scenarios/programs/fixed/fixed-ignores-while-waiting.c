/* fixed-ignores-while-waiting.c - passes the signal on to its job, waits for it, and then dies too.
 *
 * The signal is blocked around fork(), so that the handler always knows the job's pid, and the job
 * never runs the parent's handler. */
#include <sigsweep/probe.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOBS   2
#define JOB_MS 300

static volatile sig_atomic_t stop, job; /* job: the pid that runs now, or 0 */

/* async-signal-safe: kill(2) */
static void on_signal(int sig)
{
    stop = sig;
    if (job > 0)
        kill(job, sig);
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

/* Runs one job in a child. */
static void run_job(int number)
{
    sigset_t wanted, before;
    int status = 0;

    sigsweep_task_start(number);
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    sigprocmask(SIG_BLOCK, &wanted, &before);
    job = fork();
    if (job == 0) {
        handle(SIGINT, SIG_DFL);
        sigprocmask(SIG_SETMASK, &before, NULL);
        usleep(JOB_MS * 1000);
        _exit(0);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    sigsweep_mark("waiting");
    while (waitpid(job, &status, 0) < 0 && errno == EINTR)
        ;
    job = 0;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGINT)
        stop = SIGINT; /* ^C reached the job: it was meant for all of us */
    else
        printf("job %d\n", number);
    sigsweep_task_end(number, stop ? "cancelled" : "done");
    sigsweep_task_fini(number);
}

int main(void)
{
    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    sigsweep_ready();
    for (int i = 1; i <= JOBS && !stop; i++)
        run_job(i);
    fflush(stdout);
    if (stop)
        end_by(stop);
    return 0;
}
