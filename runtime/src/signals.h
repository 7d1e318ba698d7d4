/* signals.h - the handler, and the only state that it shares with the rest. */
#ifndef QS_SIGNALS_H
#define QS_SIGNALS_H

#include <stdatomic.h>

#include "quiesce.h"

struct runtime;

/* How many signals that matter to the loop have come in this run. Written by the handler only. */
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
/* In a child made by fork: the same, for what the child has of it. */
void signals_forget(bool own_thread); /* the thread that has the run was the one to fork */

/* The level that the signals so far ask for. */
int signals_level(void);
/* Sets the events of the signals that have come since. */
void signals_notify(void);
/* The level is reached: the time until the last one begins, if there is one. Async-signal-safe. */
void signals_reached(int level);

/* Between these, level 3 waits: for what must not be cut in two, and is short. */
void signals_hold(void);
void signals_release(void);

/* Ends the process by the signal's default action. Async-signal-safe. */
void signals_die(int signal) __attribute__((noreturn));

/* Runs the last-gasp table, or empties it. Async-signal-safe. */
void last_gasp_run(void);
void last_gasp_forget(void);

/* The run whose tasks a dump shows, or NULL. */
struct runtime *signals_runtime(void);

#endif
