/* matrix-threads.c - a pool of threads as books have it: a queue, a mutex, a condition; signals are
 * blocked in every thread, and the main thread waits for one. The workers finish what they do, look
 * at the flag before they take the next, and clean up. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sigsweep/probe.h>

enum { SLOTS = 4, TASKS = 12 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t stopped = PTHREAD_COND_INITIALIZER;
static bool stop;
static int next_task = 1, workers = SLOTS;

static struct timespec in_a_second(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec++;
    return t;
}

static bool is_stopped(void)
{
    bool now;

    pthread_mutex_lock(&lock);
    now = stop;
    pthread_mutex_unlock(&lock);
    return now;
}

static void work(int task)
{
    struct timespec end = in_a_second(), now;

    if (task % 2) {
        do
            clock_gettime(CLOCK_REALTIME, &now);
        while (!is_stopped() && (now.tv_sec < end.tv_sec ||
                                 (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec)));
        return;
    }
    pthread_mutex_lock(&lock);
    while (!stop && pthread_cond_timedwait(&stopped, &lock, &end) != ETIMEDOUT)
        ;
    pthread_mutex_unlock(&lock);
}

static void run(int task)
{
    char name[32];
    int rc;

    snprintf(name, sizeof(name), "%d.tmp", task);
    close(open(name, O_WRONLY | O_CREAT, 0600));
    sigsweep_cleanup_arm(task, "tmp");
    sigsweep_task_start(task);
    work(task);
    sigsweep_cleanup_begin(task, "tmp");
    usleep(20000);
    rc = unlink(name);
    sigsweep_cleanup_end(task, "tmp", rc);
    sigsweep_task_fini(task);
}

static void *worker(void *arg)
{
    for (;;) {
        int task = 0;

        pthread_mutex_lock(&lock);
        if (!stop && next_task <= TASKS)
            task = next_task++;
        if (task == 0 && --workers == 0)
            kill(getpid(), SIGUSR1); /* all is done */
        pthread_mutex_unlock(&lock);
        if (task == 0)
            return arg;
        run(task);
    }
}

int main(void)
{
    pthread_t threads[SLOTS];
    sigset_t signals;
    int got = 0;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    sigsweep_ready();
    sigsweep_slots(SLOTS);
    for (int task = 1; task <= TASKS; task++)
        sigsweep_task_queue(task);
    for (int i = 0; i < SLOTS; i++)
        pthread_create(&threads[i], NULL, worker, NULL);
    sigwait(&signals, &got);
    if (got == SIGINT)
        sigsweep_cancel(1);
    pthread_mutex_lock(&lock);
    stop = true;
    pthread_cond_broadcast(&stopped);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < SLOTS; i++)
        pthread_join(threads[i], NULL);
    return got == SIGINT ? 130 : 0;
}
