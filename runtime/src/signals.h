/* signals.h - the handler, and the only state that it shares with the rest. */
#ifndef QS_SIGNALS_H
#define QS_SIGNALS_H

#include <stdatomic.h>

#include "quiesce.h"

struct runtime;

/* How many signals of the ladder have come in this run. Written by the handler only. */
extern atomic_uint qs_signals_count __attribute__((visibility("hidden")));

static inline unsigned signals_count(void)
{
    return atomic_load_explicit(&qs_signals_count, memory_order_relaxed);
}

/* Installs the handlers; wake is the eventfd to write. 0 or -errno; -EBUSY: another run has them.
 */
int signals_open(struct runtime *rt, const struct qs_options *options, int wake);
/* Puts everything back. Returns the first signal that came, or 0. */
int signals_close(void);

/* Ends the process by the signal's default action. Async-signal-safe. */
void signals_die(int signal) __attribute__((noreturn));

/* Runs the last-gasp table. Async-signal-safe. */
void last_gasp_run(void);

/* The run whose tasks a dump shows, or NULL. */
struct runtime *signals_runtime(void);

#endif
