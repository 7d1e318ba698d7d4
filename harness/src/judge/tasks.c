#include "judge/check.h"

#include <stdio.h>
#include <stdlib.h>

/* One life of a task id: ids may be used again once their fini was reported. */
struct life {
    bool open;    /* queued or started */
    bool started; /* holds a slot until its fini */
    bool waiting; /* queued, not started */
    bool finished;
    size_t from;   /* place where it began */
    size_t queued; /* place of its queue event */
};

struct tallies {
    struct tally unfinished, twice, late;
};

static void step(struct life *life, const struct event *ev, size_t place, size_t cancel,
                 signed char *change, struct tallies *t)
{
    bool begins = ev->verb == EVENT_TASK_QUEUE || ev->verb == EVENT_TASK_START;

    if (begins && (life->finished || !life->open))
        *life = (struct life){.open = true, .from = place};
    if (ev->verb == EVENT_TASK_QUEUE) {
        life->waiting = true;
        life->queued = place;
    } else if (ev->verb == EVENT_TASK_START) {
        if (life->waiting && life->queued < cancel && place > cancel)
            tally_add(&t->late, "task.start", ev->id, place);
        if (!life->started)
            change[place] = 1;
        life->started = true;
        life->waiting = false;
    } else if (ev->verb == EVENT_TASK_FINI && life->open) {
        if (life->finished)
            tally_add(&t->twice, "task.fini", ev->id, place);
        else if (life->started)
            change[place] = -1;
        life->finished = true;
    }
}

static size_t first_cancel(const struct record *r)
{
    for (size_t i = 0; i < r->events_n; i++) {
        if (r->events[i].verb == EVENT_CANCEL && r->events[i].n >= 1)
            return i;
    }
    return r->events_n;
}

/* Walks each task's events; `change` gets +1 where a slot is taken and -1 where it is freed. */
static void walk(const struct record *r, signed char *change, struct tallies *t)
{
    size_t n, cancel = first_cancel(r), *places = work_by_task(r, &n);

    for (size_t i = 0; i < n;) {
        int64_t id = r->events[places[i]].id;
        struct life life = {0};

        for (; i < n && r->events[places[i]].id == id; i++) {
            const struct event *ev = &r->events[places[i]];
            bool begins = ev->verb == EVENT_TASK_QUEUE || ev->verb == EVENT_TASK_START;

            /* A second queue before the fini of the first: the first never got its own. */
            if (begins && life.open && !life.finished &&
                (life.started || ev->verb == EVENT_TASK_QUEUE))
                tally_add(&t->unfinished, "task.fini", id, life.from);
            step(&life, ev, places[i], cancel, change, t);
        }
        if (life.open && !life.finished)
            tally_add(&t->unfinished, "task.fini", id, life.from);
    }
    free(places);
}

static void check_slots(const struct view *v, const signed char *change)
{
    long slots = -1, running = 0, most = 0, allowed = 0;
    char expected[64], seen[64];

    for (size_t i = 0; i < v->r->events_n; i++) {
        if (v->r->events[i].verb == EVENT_SLOTS)
            slots = v->r->events[i].n;
        running += change[i];
        /* Only a start can exceed: slots may shrink while more run, and drain. */
        if (change[i] > 0 && slots >= 0 && running > slots && running - slots > most - allowed) {
            most = running;
            allowed = slots;
        }
    }
    if (most == 0)
        return;
    snprintf(expected, sizeof(expected), "at most %ld running", allowed);
    snprintf(seen, sizeof(seen), "%ld running", most);
    findings_add(v->out, KIND_SLOTS_EXCEEDED, "slots",
                 "more tasks ran at a time than there are "
                 "slots",
                 expected, seen);
}

void check_tasks(const struct view *v)
{
    struct tallies t = {{.kind = KIND_TASK_UNACCOUNTED},
                        {.kind = KIND_TASK_UNACCOUNTED},
                        {.kind = KIND_STARTED_AFTER_CANCEL}};
    kind_set relaxed = v->s->expect.relaxed;
    struct findings nothing = {0};
    bool unaccounted = (relaxed & KIND_BIT(KIND_TASK_UNACCOUNTED)) == 0;
    signed char *change;

    if (v->r->events_n == 0)
        return;
    if (v->r->events_lost > 0) {
        findings_untested(v->out, "tasks: too many events, the rest was not kept");
        return;
    }
    change = mem_alloc(v->r->events_n);
    walk(v->r, change, &t);
    tally_report(&t.unfinished, unaccounted && !v->hard_stop ? v->out : &nothing,
                 "the %s%s was never reported", "one task.fini for each task");
    tally_report(&t.twice, unaccounted ? v->out : &nothing, "the %s%s was reported twice",
                 "one task.fini for each task");
    tally_report(&t.late, (relaxed & KIND_BIT(KIND_STARTED_AFTER_CANCEL)) == 0 ? v->out : &nothing,
                 "the %s%s came after the cancel, though it was queued before",
                 "no queued task starts after a cancel");
    if ((relaxed & KIND_BIT(KIND_SLOTS_EXCEEDED)) == 0)
        check_slots(v, change);
    findings_free(&nothing);
    free(change);
}
