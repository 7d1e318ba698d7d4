/* broken-pthread-cancel.c - ends its threads with pthread_cancel(), which runs no code of theirs.
 *
 * A cancelled thread unwinds through the handlers that it pushed with pthread_cleanup_push(), and
 * through nothing else: the `give_back()` after the work is never reached. */
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
    sigsweep_cleanup_arm(id, "connection");
    sleep(10); /* a cancellation point: the thread ends here */
    give_back(arg);
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
