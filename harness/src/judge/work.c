#include "judge/check.h"

#include <stdlib.h>

struct keyed {
    int64_t id;
    size_t place;
};

static bool of_task(enum event_verb verb)
{
    switch (verb) {
    case EVENT_TASK_QUEUE:
    case EVENT_TASK_START:
    case EVENT_TASK_END:
    case EVENT_TASK_FINI:
    case EVENT_CLEANUP_ARM:
    case EVENT_CLEANUP_DISARM:
    case EVENT_CLEANUP_BEGIN:
    case EVENT_CLEANUP_END: return true;
    default: return false;
    }
}

static int by_id_then_place(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;

    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

size_t *work_by_task(const struct record *r, size_t *n)
{
    struct keyed *keyed = mem_alloc((r->events_n + 1) * sizeof(*keyed));
    size_t *places;

    *n = 0;
    for (size_t i = 0; i < r->events_n; i++) {
        if (of_task(r->events[i].verb))
            keyed[(*n)++] = (struct keyed){r->events[i].id, i};
    }
    qsort(keyed, *n, sizeof(*keyed), by_id_then_place);
    places = mem_alloc((*n + 1) * sizeof(*places));
    for (size_t i = 0; i < *n; i++)
        places[i] = keyed[i].place;
    free(keyed);
    return places;
}

void work_sum_up(const struct record *r, struct work *work)
{
    size_t n, done = 0, *places = work_by_task(r, &n);

    *work = (struct work){.last_end_ns = -1};
    for (size_t i = 0; i < n;) {
        int64_t id = r->events[places[i]].id;
        bool task = false;
        enum event_outcome outcome = OUTCOME_NONE;

        for (; i < n && r->events[places[i]].id == id; i++) {
            const struct event *ev = &r->events[places[i]];

            if (ev->verb == EVENT_TASK_QUEUE || ev->verb == EVENT_TASK_START)
                task = true;
            if (ev->verb != EVENT_TASK_END)
                continue;
            outcome = ev->outcome;
            if (ev->t_ns > work->last_end_ns)
                work->last_end_ns = ev->t_ns;
        }
        work->tasks += task;
        done += task && outcome == OUTCOME_DONE;
    }
    work->all_done = work->tasks > 0 && done == work->tasks;
    for (size_t i = 0; i < r->events_n && !work->cancelled; i++)
        work->cancelled = r->events[i].verb == EVENT_CANCEL;
    free(places);
}
