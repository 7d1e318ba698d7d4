/* broken-handler-quits.c - a pool of threads whose SIGINT handler leaves at once.
 *
 * _exit() in the handler is safe, and fast, and leaves everything as it stands: the running tasks
 * are cut, the waiting ones are forgotten, and the temporary name that each of them reserved
 * when it was queued is never given back. */
#include <sigsweep/probe.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#define SLOTS 2
#define TASKS 6

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int next_task = 1;

static void on_signal(int sig)
{
    (void)sig;
    _exit(130); /* nobody will clean up after this */
}

static void work(int ms)
{
    usleep(ms * 1000);
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
    id = next_task <= TASKS ? next_task++ : 0;
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
        settle(id, "done");
    }
    return arg;
}

int main(void)
{
    pthread_t threads[SLOTS];

    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    sigsweep_slots(SLOTS);
    for (int id = 1; id <= TASKS; id++) {
        sigsweep_task_queue(id);
        sigsweep_cleanup_arm(id, "reservation");
    }
    for (int i = 0; i < SLOTS; i++)
        pthread_create(&threads[i], NULL, worker, NULL);
    for (int i = 0; i < SLOTS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
