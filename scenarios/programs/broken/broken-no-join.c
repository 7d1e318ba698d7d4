/* broken-no-join.c - cancels its tasks, and doesn't wait for them.
 *
 * The workers are told to stop, and would, in a moment. main doesn't give them that moment: it ends
 * the process, and nobody learns how the tasks ended. */
#include <sigsweep/probe.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#define SLOTS 2

static int ids[SLOTS];

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

static void *task(void *arg)
{
    int id = *(int *)arg;

    sigsweep_task_start(id);
    for (int i = 0; i < 100; i++) {
        usleep(400000); /* one piece of work; the flag is looked at in between */
        if (stop)
            break;
    }
    sigsweep_task_end(id, stop ? "cancelled" : "done");
    sigsweep_task_fini(id);
    return arg;
}

int main(void)
{
    pthread_t threads[SLOTS];
    sigset_t wanted, before;

    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    sigsweep_slots(SLOTS);
    for (int i = 0; i < SLOTS; i++) {
        ids[i] = i + 1;
        sigsweep_task_queue(ids[i]);
    }
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGINT);
    pthread_sigmask(SIG_BLOCK, &wanted, &before); /* the workers never see it */
    for (int i = 0; i < SLOTS; i++)
        pthread_create(&threads[i], NULL, task, &ids[i]);
    pthread_sigmask(SIG_SETMASK, &before, NULL);

    while (!stop)
        usleep(5000);
    sigsweep_cancel(1);
    end_by(stop);
    return 0;
}
