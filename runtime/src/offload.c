/* offload.c - see offload.h. A job lies in the frame of the task that waits for it, which cannot go
 * before the job is done: so nothing is allocated but the threads. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "offload.h"
#include "runtime.h"
#include "schedule.h"

struct qs_job {
    struct qs_link link;   /* in the pool's queue, or in the list of those that are done */
    qs_offload_fn *fn;     /* what to call */
    void *arg;             /* handed to it */
    int rc;                /* what it returned */
    bool queued;           /* no thread has taken it; under the lock */
    atomic_bool cancelled; /* the function should return */
    struct fiber *fiber;   /* who waits */
};

struct pool {
    pthread_mutex_t lock; /* for all that follows */
    pthread_cond_t work;  /* there is a job, or no more will come */
    struct qs_link queue; /* jobs that no thread has taken */
    struct qs_link done;  /* jobs whose function has returned */
    unsigned idle;        /* threads that wait for work, and that nobody has woken */
    unsigned made;        /* threads there are */
    bool closing;         /* no more jobs will come */
    int wake;             /* eventfd of the loop */
    pthread_t threads[];  /* made of them */
};

static void finish(struct pool *pool, struct qs_job *job)
{
    static const uint64_t one = 1;

    pthread_mutex_lock(&pool->lock);
    list_append(&pool->done, &job->link);
    if (write(pool->wake, &one, sizeof(one)) < 0) {
        /* Full means that it is readable already. */
    }
}

static void *thread_main(void *arg)
{
    struct pool *pool = arg;

    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (list_empty(&pool->queue) && !pool->closing) {
            pool->idle++;
            pthread_cond_wait(&pool->work, &pool->lock);
            pool->idle--;
        }
        if (list_empty(&pool->queue))
            break;
        struct qs_job *job = CONTAINER(pool->queue.next, struct qs_job, link);
        list_remove(&job->link);
        job->queued = false;
        pthread_mutex_unlock(&pool->lock);
        job->rc = job->fn(job->arg, job);
        finish(pool, job);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static struct pool *pool_open(struct runtime *rt)
{
    struct pool *pool = calloc(1, sizeof(*pool) + rt->threads * sizeof(pthread_t));

    if (!pool)
        return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    list_init(&pool->queue);
    list_init(&pool->done);
    pool->wake = rt->poller.wake;
    return rt->pool = pool;
}

/* With all signals blocked: they are for the thread that has the run, and for those of the program.
 */
static void add_thread(struct pool *pool)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (!pthread_create(&pool->threads[pool->made], NULL, thread_main, pool))
        pool->made++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* 0, or -EAGAIN: there is no thread at all. One more than there are is no must. */
static int submit(struct runtime *rt, struct pool *pool, struct qs_job *job)
{
    int rc = 0;

    pthread_mutex_lock(&pool->lock);
    list_append(&pool->queue, &job->link);
    job->queued = true;
    unsigned waiting = 0;
    for (struct qs_link *link = pool->queue.next; link != &pool->queue; link = link->next)
        waiting++;
    if (waiting > pool->idle && pool->made < rt->threads)
        add_thread(pool);
    if (!pool->made) {
        list_remove(&job->link);
        rc = -EAGAIN;
    }
    pthread_cond_signal(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    return rc;
}

int qs_offload(qs_offload_fn *fn, void *arg, int *result)
{
    struct fiber *fiber;
    int rc = wait_begin(&fiber);

    if (rc)
        return rc;
    if (!fn)
        return -EINVAL;
    struct runtime *rt = fiber->rt;
    struct qs_job job = {.fn = fn, .arg = arg, .fiber = fiber};
    if (!rt->pool && !pool_open(rt))
        return -ENOMEM;
    rc = submit(rt, rt->pool, &job);
    if (rc)
        return rc;
    rt->poller.waiting++;
    rt->poller.outside++;
    fiber->item = &job;
    rc = sched_park(fiber, WAIT_OFFLOAD, QS_FOREVER);
    rt->poller.waiting--;
    rt->poller.outside--;
    if (!rc && result)
        *result = job.rc;
    return rc;
}

void offload_collect(struct runtime *rt)
{
    struct qs_link done;

    if (!rt->pool)
        return;
    list_init(&done);
    pthread_mutex_lock(&rt->pool->lock);
    list_splice(&done, &rt->pool->done);
    pthread_mutex_unlock(&rt->pool->lock);
    while (!list_empty(&done)) {
        struct qs_job *job = CONTAINER(done.next, struct qs_job, link);

        list_remove(&job->link);
        sched_wake(job->fiber, 0);
    }
}

bool offload_cancel(struct fiber *fiber)
{
    struct pool *pool = fiber->rt->pool;
    struct qs_job *job = fiber->item;
    bool queued;

    pthread_mutex_lock(&pool->lock);
    queued = job->queued;
    if (queued)
        list_remove(&job->link);
    pthread_mutex_unlock(&pool->lock);
    atomic_store(&job->cancelled, true);
    return queued;
}

bool qs_job_cancelled(const struct qs_job *job)
{
    return atomic_load(&job->cancelled);
}

void offload_close(struct runtime *rt)
{
    struct pool *pool = rt->pool;

    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->made; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
    rt->pool = NULL;
}
