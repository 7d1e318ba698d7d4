/* ladder.c - see ladder.h. */
#include "ladder.h"
#include "quiesce.h"

void ladder_reset(struct ladder *ladder, int64_t debounce_ns)
{
    atomic_store(&ladder->level, 0);
    atomic_store(&ladder->first, 0);
    atomic_store(&ladder->counted_at, INT64_MIN);
    ladder->debounce_ns = debounce_ns;
}

/* The window begins with the one that counted, and does not move with those that did not: a storm
 * cannot keep the ladder from being climbed. */
static bool counts(struct ladder *ladder, int64_t now)
{
    int64_t before = atomic_load(&ladder->counted_at);

    if (!ladder->debounce_ns)
        return true;
    do {
        if (before != INT64_MIN && now - before < ladder->debounce_ns)
            return false;
    } while (!atomic_compare_exchange_weak(&ladder->counted_at, &before, now));
    return true;
}

static int step(const unsigned char *steps, unsigned nth, int level)
{
    int wanted = 0;

    if (!steps[0])
        return level + 1;
    for (unsigned i = 0; i < QS_STEPS && i <= nth && steps[i]; i++)
        wanted = steps[i];
    return wanted;
}

int ladder_climb(struct ladder *ladder, int signal, const unsigned char *steps, atomic_uint *nth,
                 int64_t now)
{
    int none = 0, level, wanted;
    unsigned n;

    if (!counts(ladder, now))
        return 0;
    n = atomic_fetch_add(nth, 1);
    atomic_compare_exchange_strong(&ladder->first, &none, signal);
    level = atomic_load(&ladder->level);
    do {
        wanted = step(steps, n, level);
        if (wanted > LADDER_TOP)
            wanted = LADDER_TOP;
        if (wanted <= level)
            return level;
    } while (!atomic_compare_exchange_weak(&ladder->level, &level, wanted));
    return wanted;
}
