/* fixed-handler-quits.c - a pool of threads that drains its queue when it is told to stop.
 *
 * Workers look at the flag before they take a task, so that waiting tasks don't start; each task,
 * started or not, has its reservation given back. */
#include <sigsweep/probe.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#define SLOTS 2
#define TASKS 6

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int next_task = 1;

static volatile sig_atomic_t stop; /* the signal that asked for it; 0: none */

static void on_signal(int sig)
{
    stop = sig;
}

/* Works for so long, in short steps, so that a stop is seen soon whenever it comes. */
static void work(int ms)
{
    for (int i = 0; i < ms / 5 && !stop; i++)
        usleep(5000);
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

/* The id of the next task, or 0 when there is none to start. */
static int take(void)
{
    int id;

    pthread_mutex_lock(&lock);
    id = next_task <= TASKS && !stop ? next_task++ : 0;
    pthread_mutex_unlock(&lock);
    return id;
}

static void settle(int id, const char *outcome)
{
    sigsweep_cleanup_begin(id, "reservation");
    sigsweep_cleanup_end(id, "reservation", 0);
    sigsweep_task_end(id, outcome);
    sigsweep_task_fini(id);
}

static void *worker(void *arg)
{
    int id;

    while ((id = take()) != 0) {
        sigsweep_task_start(id);
        work(10000);
        settle(id, stop ? "cancelled" : "done");
    }
    return arg;
}

int main(void)
{
    pthread_t threads[SLOTS];
    sigset_t wanted, before;

    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    sigsweep_slots(SLOTS);
    for (int id = 1; id <= TASKS; id++) {
        sigsweep_task_queue(id);
        sigsweep_cleanup_arm(id, "reservation");
    }
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    pthread_sigmask(SIG_BLOCK, &wanted, &before); /* the workers never see it */
    for (int i = 0; i < SLOTS; i++)
        pthread_create(&threads[i], NULL, worker, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    for (int i = 0; i < SLOTS; i++)
        pthread_join(threads[i], NULL);
    while (next_task <= TASKS)
        settle(next_task++, "cancelled");
    if (stop)
        end_by(stop);
    return 0;
}
