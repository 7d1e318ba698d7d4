/* lastgasp.c - the process-wide table of what is still done when a process is ended at level 3.
 *
 * A signal handler may run at any instruction of the functions that change the table, and in any
 * thread. So each place has one atomic word: its state, and the number of its entry. Who changes
 * the word from ARMED owns the entry, and nobody else does. */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>

#include "signals.h"

#define FINISH_MS                                                                                  \
    1000 /* how long one thread's functions may keep another from ending the process */

enum { FREE, FILLING, ARMED, CLAIMED };

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a handler may not wait for a lock");

static struct {
    _Atomic uint64_t word; /* the entry's number * 4 + its state */
    qs_last_gasp_fn *fn;   /* written in FILLING, read in CLAIMED */
    void *arg;             /* the same */
} table[QS_LAST_GASPS];

static _Atomic uint64_t last_number; /* of an entry; the highest runs first */
static atomic_int runners;           /* threads that run entries now */

static uint64_t word_of(uint64_t number, unsigned state)
{
    return number * 4 + state;
}

/* A handle tells an entry from a later one in the same place. */
static int handle_of(uint64_t number, int place)
{
    return (int)(number % (INT32_MAX / QS_LAST_GASPS)) * QS_LAST_GASPS + place;
}

int qs_last_gasp_add(qs_last_gasp_fn *fn, void *arg)
{
    if (!fn)
        return -EINVAL;
    for (int place = 0; place < QS_LAST_GASPS; place++) {
        uint64_t was = atomic_load(&table[place].word);

        if (was % 4 != FREE || !atomic_compare_exchange_strong(&table[place].word, &was, FILLING))
            continue;
        uint64_t number = atomic_fetch_add(&last_number, 1) + 1;
        table[place].fn = fn;
        table[place].arg = arg;
        atomic_store(&table[place].word, word_of(number, ARMED));
        return handle_of(number, place);
    }
    return -ENOSPC;
}

int qs_last_gasp_remove(int handle)
{
    if (handle < 0)
        return -ENOENT;
    int place = handle % QS_LAST_GASPS;
    uint64_t was = atomic_load(&table[place].word);

    if (was % 4 != ARMED || handle_of(was / 4, place) != handle ||
        !atomic_compare_exchange_strong(&table[place].word, &was, FREE))
        return -ENOENT;
    return 0;
}

/* Claims the newest entry. Its place, or -1: there is none. */
static int claim(void)
{
    for (;;) {
        int newest = -1;
        uint64_t highest = 0;

        for (int place = 0; place < QS_LAST_GASPS; place++) {
            uint64_t word = atomic_load(&table[place].word);

            if (word % 4 == ARMED && word > highest) {
                highest = word;
                newest = place;
            }
        }
        if (newest < 0 || atomic_compare_exchange_strong(&table[newest].word, &highest,
                                                         word_of(highest / 4, CLAIMED)))
            return newest;
    }
}

void last_gasp_forget(void)
{
    for (int place = 0; place < QS_LAST_GASPS; place++)
        atomic_store(&table[place].word, FREE);
    atomic_store(&runners, 0);
}

void last_gasp_run(void)
{
    int place;

    atomic_fetch_add(&runners, 1);
    while ((place = claim()) >= 0) {
        table[place].fn(table[place].arg);
        atomic_store(&table[place].word, FREE);
    }
    atomic_fetch_sub(&runners, 1);
    /* A signal may have come in another thread, too: who is ready first must not end the process
     * in the middle of the other's functions. */
    for (int ms = 0; atomic_load(&runners) && ms < FINISH_MS; ms++)
        poll(NULL, 0, 1);
}
