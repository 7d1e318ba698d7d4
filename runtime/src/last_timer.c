/* last_timer.c - see last_timer.h. */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "last_timer.h"
#include "quiesce.h"

/* It goes on ticking: a tick that meets the same signal from elsewhere, still pending, is lost. */
#define TICK (20 * QS_MILLISECOND)

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

int last_timer_open(struct last_timer *timer, int signal)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = signal};

    event.sigev_value.sival_ptr = timer;
    event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
    atomic_store(&timer->due, 0);
    if (timer_create(CLOCK_MONOTONIC, &event, &timer->id))
        return -errno;
    timer->open = true;
    return 0;
}

void last_timer_close(struct last_timer *timer)
{
    if (timer->open)
        timer_delete(timer->id);
    timer->open = false;
}

void last_timer_start(struct last_timer *timer, int64_t due)
{
    int64_t before = atomic_load(&timer->due), left = due - qs_now();
    struct itimerspec when = {.it_interval = {.tv_nsec = TICK}};

    if (!timer->open)
        return;
    do {
        if (before && before <= due)
            return;
    } while (!atomic_compare_exchange_weak(&timer->due, &before, due));
    left = left > 0 ? left : 1;
    when.it_value = (struct timespec){.tv_sec = left / QS_SECOND, .tv_nsec = left % QS_SECOND};
    timer_settime(timer->id, 0, &when, NULL);
}

bool last_timer_sent(const struct last_timer *timer, const siginfo_t *info)
{
    return info->si_code == SI_TIMER && info->si_value.sival_ptr == timer;
}

bool last_timer_due(const struct last_timer *timer)
{
    int64_t due = atomic_load(&timer->due);

    return due && qs_now() >= due;
}
