/* keyboard-interrupt-broken.c - waits for the signal inside its threads, where it never comes.
 *
 * What goes wrong: ^C leaves the part files behind.
 * Why: a signal belongs to the process, not to the thread that has something to undo. The kernel
 * gives it to the main thread if that takes it. The worker's poll() is never interrupted: its EINTR
 * branch, with the cleanup in it, is code that never runs. */
#include <sigsweep/probe.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define SLOTS 2
#define TASKS 4
#define REPLY 2000 /* ms until a server answers */

static volatile sig_atomic_t stop; /* the signal that asked for it; 0: none */
static sem_t ended;

static void on_signal(int sig)
{
    stop = sig;
}

/* Ends the process as the signal would have: the caller must see a death by signal. */
static void end_by(int sig)
{
    signal(sig, SIG_DFL);
    raise(sig);
}

static void fetch(int id)
{
    char part[24], whole[24];

    snprintf(part, sizeof(part), "%d.part", id);
    snprintf(whole, sizeof(whole), "%d.txt", id);
    sigsweep_task_start(id);
    sigsweep_cleanup_arm(id, "part");
    close(open(part, O_WRONLY | O_CREAT, 0644));
    if (poll(NULL, 0, REPLY) < 0 && errno == EINTR) {
        sigsweep_cleanup_begin(id, "part");
        unlink(part);
        sigsweep_cleanup_end(id, "part", 0);
        sigsweep_task_end(id, "cancelled");
    } else {
        rename(part, whole);
        sigsweep_cleanup_disarm(id, "part");
        sigsweep_task_end(id, "done");
    }
    sigsweep_task_fini(id);
    sem_post(&ended);
}

static void *worker(void *arg)
{
    for (int id = *(int *)arg; id <= TASKS; id += SLOTS)
        fetch(id);
    return NULL;
}

int main(void)
{
    static int first[SLOTS] = {1, 2};
    struct sigaction sa = {.sa_handler = on_signal};
    pthread_t threads[SLOTS];

    sigsweep_probe_init();
    sigaction(SIGINT, &sa, NULL);
    sem_init(&ended, 0, 0);
    sigsweep_slots(SLOTS);
    for (int id = 1; id <= TASKS; id++)
        sigsweep_task_queue(id);
    for (int i = 0; i < SLOTS; i++)
        pthread_create(&threads[i], NULL, worker, &first[i]);
    for (int n = 0; n < TASKS && !stop;)
        n += sem_wait(&ended) == 0;
    if (stop)
        end_by(stop); /* the workers have cleaned up, surely */
    for (int i = 0; i < SLOTS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
