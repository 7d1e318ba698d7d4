#include "judge/check.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* STOP and CONT only pause a program; they are no request to end. */
static bool asks_to_end(int signal)
{
    return signal != SIGSTOP && signal != SIGTSTP && signal != SIGCONT;
}

/* The scenario planned an end that leaves no time for cleanups: KILL, or the ladder's last level,
 * where the program acts at once by design. */
static bool is_hard_stop(const struct record *r)
{
    unsigned fired = 0;

    if (r->how != ENDED_SIGNALED || r->outsider)
        return false;
    for (size_t i = 0; i < r->deliveries_n; i++) {
        const struct delivery *d = &r->deliveries[i];

        if (d->state == DELIVERY_UNREACHED || !asks_to_end(d->signal))
            continue;
        if (d->signal == SIGKILL && r->value == SIGKILL)
            return true;
        fired += d->state == DELIVERY_FIRED;
        if (fired >= 3 && d->signal == r->value)
            return true;
    }
    return false;
}

static struct view look(const struct scenario *s, const struct record *baseline,
                        const struct record *r, struct findings *out)
{
    struct view v = {.s = s, .baseline = baseline, .r = r, .out = out};

    for (size_t i = 0; i < r->deliveries_n && v.landed == NULL; i++) {
        const struct delivery *d = &r->deliveries[i];

        if (d->state == DELIVERY_FIRED || d->state == DELIVERY_MASKED)
            v.landed = d;
    }
    v.against_signal = record_first_fired(r) != NULL || s->interrupts_n == 0;
    /* One that is to live on may hold what it holds, and the harness ended it. */
    v.hard_stop = is_hard_stop(r) || r->how == ENDED_ALIVE;
    return v;
}

static int by_kind(const struct finding *a, const struct finding *b)
{
    return (int)a->kind - (int)b->kind;
}

/* Insertion sort: stable, and there are only a few. */
static void sort_by_kind(struct findings *f, size_t from)
{
    for (size_t i = from + 1; i < f->n; i++) {
        struct finding moved = f->list[i];
        size_t at = i;

        for (; at > from && by_kind(&f->list[at - 1], &moved) > 0; at--)
            f->list[at] = f->list[at - 1];
        f->list[at] = moved;
    }
}

static void note_bad_events(const struct view *v)
{
    char *reason;

    if (v->r->events_bad == 0)
        return;
    reason = mem_printf("events: %llu lines could not be understood, the first: %s",
                        (unsigned long long)v->r->events_bad,
                        v->r->events_bad_first != NULL ? v->r->events_bad_first : "?");
    findings_untested(v->out, reason);
    free(reason);
}

void judge(const struct scenario *s, const struct record *baseline, const struct record *r,
           struct findings *out)
{
    struct view v = look(s, baseline, r, out);
    size_t from = out->n;

    if (r->how == ENDED_NOT_BEGUN)
        return;
    check_ended(&v);
    check_memory(&v);
    if (v.against_signal) {
        check_cleanups(&v);
        check_tasks(&v);
        if (r->how != ENDED_ALIVE)
            check_left(&v);
        check_output(&v);
        check_client(&v);
        check_recovery(&v);
        note_bad_events(&v);
    }
    sort_by_kind(out, from);
}

bool judge_wants_baseline(const struct scenario *s, const struct record *r)
{
    struct view v = look(s, NULL, r, NULL);

    if (r->how == ENDED_NOT_BEGUN || r->how == ENDED_ALIVE || record_first_fired(r) == NULL)
        return false;
    return memory_wants_baseline(&v) || left_wants_baseline(&v) || recovery_wants_baseline(&v) ||
           ended_wants_baseline(&v);
}
