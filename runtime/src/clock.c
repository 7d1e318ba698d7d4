/* clock.c - see clock.h. */
#include <stdatomic.h>
#include <time.h>

#include "clock.h"
#include "quiesce.h"

static struct {
    _Atomic int64_t virtual;    /* what a virtual clock shows, 0: there is none */
    _Atomic int64_t stopped;    /* ns that do not count, in all; never goes down */
    _Atomic int64_t stopped_at; /* a stop has begun then, 0: none has */
    _Atomic int64_t wait_until; /* when the loop's wait should end, 0: it does not wait */
} state;

int64_t clock_raw(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * QS_SECOND + now.tv_nsec;
}

void clock_set_virtual(int64_t time)
{
    atomic_store(&state.virtual, time);
}

int64_t qs_now(void)
{
    int64_t virtual = atomic_load_explicit(&state.virtual, memory_order_relaxed);

    if (virtual)
        return virtual;
    return clock_raw() - atomic_load_explicit(&state.stopped, memory_order_relaxed);
}

void clock_stop(void)
{
    int64_t none = 0;

    atomic_compare_exchange_strong(&state.stopped_at, &none, clock_raw());
}

void clock_go_on(void)
{
    int64_t at = atomic_exchange(&state.stopped_at, 0);

    if (at)
        atomic_fetch_add(&state.stopped, clock_raw() - at);
}

void clock_wait_begin(int64_t until)
{
    atomic_store_explicit(&state.wait_until, until, memory_order_relaxed);
}

void clock_wait_end(void)
{
    atomic_store_explicit(&state.wait_until, 0, memory_order_relaxed);
}

void clock_continued(void)
{
    int64_t until = atomic_exchange(&state.wait_until, 0), late;

    if (!until || until == QS_FOREVER || atomic_load(&state.stopped_at))
        return;
    late = qs_now() - until;
    if (late > 0)
        atomic_fetch_add(&state.stopped, late);
}
