/* clock.h - the clock of a run: time that stands still while the process is stopped. All of it is
 * async-signal-safe. */
#ifndef QS_CLOCK_H
#define QS_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC itself, ns. */
int64_t clock_raw(void);

/* The process is about to be stopped, and goes on: what lies between does not count. */
void clock_stop(void);
void clock_go_on(void);

/* A virtual clock: it stands at that time until it is moved, never back. 0: the real one. */
void clock_set_virtual(int64_t time);

/* The loop is about to wait until then (qs_now()'s time, QS_FOREVER: no end), and has waited. */
void clock_wait_begin(int64_t until);
void clock_wait_end(void);
/* SIGCONT has come. If nothing told of the stop, a wait that should have ended by now was stopped
 * at the latest when it should have. */
void clock_continued(void);

#endif
