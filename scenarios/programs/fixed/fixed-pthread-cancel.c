/* fixed-pthread-cancel.c - what a thread must give back is pushed as a cleanup handler.
 *
 * It is pushed before the resource counts as taken, so that a cancellation in between finds it. */
#include <sigsweep/probe.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#define SLOTS 3

static int ids[SLOTS];

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

static void give_back(void *arg)
{
    int id = *(int *)arg;

    sigsweep_cleanup_begin(id, "connection");
    sigsweep_cleanup_end(id, "connection", 0);
}

static void *worker(void *arg)
{
    int id = *(int *)arg;

    sigsweep_task_start(id);
    pthread_cleanup_push(give_back, arg);
    sigsweep_cleanup_arm(id, "connection");
    sleep(10); /* a cancellation point: the thread ends here, through give_back() */
    pthread_cleanup_pop(1);
    return arg;
}

int main(void)
{
    pthread_t threads[SLOTS];
    sigset_t wanted;
    int sig = 0;

    sigsweep_probe_init();
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    pthread_sigmask(SIG_BLOCK, &wanted, NULL); /* main takes it with sigwait(), no handler */
    sigsweep_slots(SLOTS);
    for (int i = 0; i < SLOTS; i++) {
        ids[i] = i + 1;
        sigsweep_task_queue(ids[i]);
    }
    for (int i = 0; i < SLOTS; i++)
        pthread_create(&threads[i], NULL, worker, &ids[i]);

    sigwait(&wanted, &sig);
    sigsweep_cancel(1);
    for (int i = 0; i < SLOTS; i++)
        pthread_cancel(threads[i]);
    for (int i = 0; i < SLOTS; i++) {
        pthread_join(threads[i], NULL);
        sigsweep_task_end(ids[i], "cancelled");
        sigsweep_task_fini(ids[i]);
    }
    end_by(sig);
    return 0;
}
