/* timer.c - see timer.h. Fredman et al., "The pairing heap" (1986). */
#include <stddef.h>

#include "timer.h"

static struct timer *meld(struct timer *a, struct timer *b)
{
    if (!a)
        return b;
    if (!b)
        return a;
    if (b->at < a->at) {
        struct timer *swap = a;

        a = b;
        b = swap;
    }
    b->next = a->child;
    if (b->next)
        b->next->prev = b;
    b->prev = a;
    a->child = b;
    return a;
}

/* Melds a list of siblings in pairs, then the pairs from the last to the first: this is what makes
 * it O(log n). */
static struct timer *meld_siblings(struct timer *first)
{
    struct timer *pairs = NULL, *root = NULL;

    while (first) {
        struct timer *a = first, *b = a->next;

        first = b ? b->next : NULL;
        a->next = a->prev = NULL;
        if (b)
            b->next = b->prev = NULL;
        a = meld(a, b);
        a->next = pairs;
        pairs = a;
    }
    while (pairs) {
        struct timer *a = pairs;

        pairs = a->next;
        a->next = NULL;
        root = meld(root, a);
    }
    return root;
}

void timer_arm(struct timers *timers, struct timer *timer, int64_t at)
{
    timer->at = at;
    timer->child = timer->next = timer->prev = NULL;
    timer->armed = true;
    timers->first = meld(timers->first, timer);
    timers->first->prev = NULL;
}

void timer_disarm(struct timers *timers, struct timer *timer)
{
    if (!timer->armed)
        return;
    struct timer *rest = meld_siblings(timer->child);
    if (timer == timers->first) {
        timers->first = rest;
    } else {
        if (timer->prev->child == timer)
            timer->prev->child = timer->next;
        else
            timer->prev->next = timer->next;
        if (timer->next)
            timer->next->prev = timer->prev;
        timers->first = meld(timers->first, rest);
    }
    if (timers->first)
        timers->first->prev = NULL;
    timer->child = timer->next = timer->prev = NULL;
    timer->armed = false;
}

void timers_run(struct runtime *rt, struct timers *timers, int64_t now)
{
    while (timers->first && timers->first->at <= now) {
        struct timer *due = timers->first;

        timer_disarm(timers, due);
        due->fire(rt, due);
    }
}
