/* gather-semaphore-broken.c - stops its workers, and forgets what waits in the queue.
 *
 * What goes wrong: ^C leaves the reservations of the tasks that wait behind.
 * Why: each worker ends what it runs, cleans up, and sees the stop before it takes the next. All
 * threads are joined, so nothing seems to be left; but the tasks in the queue belong to no thread,
 * and nobody gives back what they hold. */
#include <sigsweep/probe.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define SLOTS 2
#define TASKS 4
#define REPLY 200 /* ms until a server answers */

static volatile sig_atomic_t stop; /* the signal that asked for it; 0: none */
static int wake[2];                /* readable from the first signal on; nobody reads it */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int next = 1; /* the task that is first in the queue */

static void on_signal(int sig)
{
    stop = sig;
    (void)!write(wake[1], "!", 1);
}

/* Ends the process as the signal would have: the caller must see a death by signal. */
static void end_by(int sig)
{
    signal(sig, SIG_DFL);
    raise(sig);
}

/* Each task holds a reservation from the moment it is queued. */
static void reserve(int id)
{
    char name[24];

    snprintf(name, sizeof(name), "%d.reserved", id);
    sigsweep_task_queue(id);
    sigsweep_cleanup_arm(id, "reservation");
    close(open(name, O_WRONLY | O_CREAT, 0644));
}

static void fetch(int id)
{
    struct pollfd woken = {.fd = wake[0], .events = POLLIN};
    char name[24];

    snprintf(name, sizeof(name), "%d.reserved", id);
    sigsweep_task_start(id);
    poll(&woken, 1, REPLY);
    sigsweep_task_end(id, stop ? "cancelled" : "done");
    sigsweep_cleanup_begin(id, "reservation");
    unlink(name);
    sigsweep_cleanup_end(id, "reservation", 0);
    sigsweep_task_fini(id);
}

static void *worker(void *arg)
{
    for (;;) {
        pthread_mutex_lock(&lock);
        int id = stop ? TASKS + 1 : next++;
        pthread_mutex_unlock(&lock);
        if (id > TASKS)
            return arg;
        fetch(id);
    }
}

int main(void)
{
    struct sigaction sa = {.sa_handler = on_signal};
    pthread_t threads[SLOTS];

    sigsweep_probe_init();
    if (pipe(wake))
        return 1;
    sigaction(SIGINT, &sa, NULL);
    sigsweep_slots(SLOTS);
    for (int id = 1; id <= TASKS; id++)
        reserve(id);
    for (int i = 0; i < SLOTS; i++)
        pthread_create(&threads[i], NULL, worker, NULL);
    for (int i = 0; i < SLOTS; i++)
        pthread_join(threads[i], NULL);
    if (stop)
        end_by(stop);
    return 0;
}
