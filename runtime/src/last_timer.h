/* last_timer.h - a timer of the kernel's that brings level 3 when nothing else does: its signal is
 * handled also while a task spins. It sends a signal of the ladder, told apart by what it carries,
 * so that it takes none away from the program. */
#ifndef QS_LAST_TIMER_H
#define QS_LAST_TIMER_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct last_timer {
    timer_t id;          /* the kernel's */
    bool open;           /* id is one */
    _Atomic int64_t due; /* qs_now()'s time, 0: not started */
};

int last_timer_open(struct last_timer *timer, int signal); /* 0 or -errno */
void last_timer_close(struct last_timer *timer);
/* Starts it; it is never put off, only brought nearer. Async-signal-safe. */
void last_timer_start(struct last_timer *timer, int64_t due);
/* Whether this signal is the timer's. Async-signal-safe. */
bool last_timer_sent(const struct last_timer *timer, const siginfo_t *info);
/* Whether it is due: if the process was stopped meanwhile, it is not yet. Async-signal-safe. */
bool last_timer_due(const struct last_timer *timer);

#endif
