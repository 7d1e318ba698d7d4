/* fixed-takes-next.c - looks at the flag before it fills a slot.
 *
 * Tasks that never started are settled as cancelled; nothing starts after the cancellation. */
#include <sigsweep/probe.h>

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLOTS 2
#define TASKS 8

static pid_t children[TASKS + 1]; /* by task id; 0: does not run */
static int next_task = 1, running;

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

static void start(int id)
{
    sigset_t all, before;

    sigsweep_task_start(id);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before); /* the child never runs our handler */
    children[id] = fork();
    if (children[id] == 0) {
        handle(SIGINT, SIG_IGN); /* we end it ourselves, by SIGTERM */
        sigprocmask(SIG_SETMASK, &before, NULL);
        sleep(10);
        _exit(0);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    running++;
}

static void settle(int id)
{
    children[id] = 0;
    sigsweep_task_end(id, stop ? "cancelled" : "done");
    sigsweep_task_fini(id);
}

/* Waits for one child, or for a signal. */
static void wait_one(void)
{
    pid_t pid = waitpid(-1, NULL, WNOHANG);

    if (pid <= 0) {
        usleep(5000);
        return;
    }
    running--;
    for (int id = 1; id <= TASKS; id++) {
        if (children[id] == pid)
            settle(id);
    }
}

/* Ends the children that run. True when there are none. */
static int cancel_running(void)
{
    static int told;

    if (!told)
        sigsweep_cancel(1);
    told = 1;
    for (int id = 1; id <= TASKS; id++) {
        if (children[id] > 0)
            kill(children[id], SIGTERM);
    }
    return running == 0;
}

int main(void)
{
    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    sigsweep_slots(SLOTS);
    for (int id = 1; id <= TASKS; id++)
        sigsweep_task_queue(id);

    while (running > 0 || next_task <= TASKS) {
        if (stop && cancel_running())
            break;
        while (!stop && running < SLOTS && next_task <= TASKS)
            start(next_task++);
        wait_one();
    }
    while (next_task <= TASKS)
        settle(next_task++);
    if (stop)
        end_by(stop);
    return 0;
}
