/* ladder.h - what level the signals so far ask for. Handlers of several threads may climb at once.
 * All of it is async-signal-safe. */
#ifndef QS_LADDER_H
#define QS_LADDER_H

#include <stdatomic.h>
#include <stdint.h>

#define LADDER_TOP 3 /* the level at which the process ends */

struct ladder {
    atomic_int level;           /* asked for, 0 to LADDER_TOP */
    atomic_int first;           /* the first signal that counted, 0: none */
    _Atomic int64_t counted_at; /* when the last one did, clock_raw(); INT64_MIN: never */
    int64_t debounce_ns;        /* how soon after it others don't */
};

void ladder_reset(struct ladder *ladder, int64_t debounce_ns);

/* A signal has come at that time, the nth of its kind (from 0), with the steps of its own or none.
 * Returns the level that is asked for now, or 0: the signal doesn't count. */
int ladder_climb(struct ladder *ladder, int signal, const unsigned char *steps, atomic_uint *nth,
                 int64_t now);

#endif
