/* fixed-queue-dropped.c - gives back what queued tasks hold, and says how each of them ended.
 *
 * A task that never started gets the same end as one that did: cleanups, then fini. */
#include <sigsweep/probe.h>

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define TASKS 6

struct task {
    int id;
    struct task *next; /* in the queue; NULL: last */
};

static struct task *queue;

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

static void enqueue(int id)
{
    struct task *task = calloc(1, sizeof *task);

    if (!task)
        exit(1);
    task->id = id;
    task->next = queue;
    queue = task;
    sigsweep_task_queue(id);
    sigsweep_cleanup_arm(id, "reservation");
}

static struct task *dequeue(void)
{
    struct task *task = queue;

    queue = task->next;
    return task;
}

static void settle(struct task *task)
{
    sigsweep_cleanup_begin(task->id, "reservation");
    sigsweep_cleanup_end(task->id, "reservation", 0);
    sigsweep_task_end(task->id, stop ? "cancelled" : "done");
    sigsweep_task_fini(task->id);
    free(task);
}

int main(void)
{
    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    sigsweep_slots(1);
    for (int id = 1; id <= TASKS; id++)
        enqueue(id);
    sigsweep_mark("queued"); /* all wait, none runs */

    while (queue && !stop) {
        struct task *task = dequeue();

        sigsweep_task_start(task->id);
        work(10000);
        settle(task);
    }
    while (queue)
        settle(dequeue());
    if (stop)
        end_by(stop);
    return 0;
}
