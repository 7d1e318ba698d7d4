/* timer.h - what is due when: a pairing heap whose nodes lie in the things that wait, so that
 * arming one cannot fail. */
#ifndef QS_TIMER_H
#define QS_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct runtime;

struct timer {
    int64_t at;          /* when, CLOCK_MONOTONIC ns */
    struct timer *child; /* first of those that are due no earlier */
    struct timer *next;  /* next child of the same parent */
    struct timer *prev;  /* the child before this one, or the parent of the first */
    bool armed;          /* is in the heap */
    void (*fire)(struct runtime *rt, struct timer *timer); /* called when due, disarmed */
};

struct timers {
    struct timer *first; /* due first, or NULL */
};

void timer_arm(struct timers *timers, struct timer *timer, int64_t at);
void timer_disarm(struct timers *timers, struct timer *timer); /* fine if it isn't armed */
/* Fires what is due. */
void timers_run(struct runtime *rt, struct timers *timers, int64_t now);

#endif
