/* fixed-permit-twice.c - a slot is given back in one place: where the child is reaped.
 *
 * Skipping a task only ends its child; the slot is free when the child is gone. */
#include <sigsweep/probe.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLOTS 2
#define TASKS 6

static pid_t children[TASKS + 1]; /* by task id; 0: does not run */
static int next_task = 1, done, free_slots = SLOTS;
static volatile sig_atomic_t skip;

static void on_signal(int sig)
{
    skip = sig;
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

    free_slots--;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before); /* the child never runs our handler */
    children[id] = fork();
    if (children[id] == 0) {
        handle(SIGUSR1, SIG_IGN);
        sigprocmask(SIG_SETMASK, &before, NULL);
        usleep(50000);
        _exit(0);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    sigsweep_task_start(id);
}

/* Waits for one child, or for a signal. */
static void wait_one(void)
{
    pid_t pid = waitpid(-1, NULL, WNOHANG);

    if (pid <= 0) {
        usleep(2000);
        return;
    }
    for (int id = 1; id <= TASKS; id++) {
        if (children[id] != pid)
            continue;
        children[id] = 0;
        free_slots++;
        done++;
        sigsweep_task_end(id, "done");
        sigsweep_task_fini(id);
    }
}

static void skip_oldest(void)
{
    for (int id = 1; id <= TASKS; id++) {
        if (children[id] > 0) {
            kill(children[id], SIGTERM);
            return;
        }
    }
}

int main(void)
{
    sigsweep_probe_init();
    handle(SIGUSR1, on_signal);
    sigsweep_slots(SLOTS);
    for (int id = 1; id <= TASKS; id++)
        sigsweep_task_queue(id);

    while (done < TASKS) {
        if (skip) {
            skip = 0;
            skip_oldest();
        }
        while (free_slots > 0 && next_task <= TASKS)
            start(next_task++);
        wait_one();
    }
    return 0;
}
