#include "judge/check.h"

#include <stdlib.h>
#include <string.h>

#define CLEANUP_KINDS                                                                              \
    (KIND_BIT(KIND_CLEANUP_MISSING) | KIND_BIT(KIND_CLEANUP_REPEATED) |                            \
     KIND_BIT(KIND_CLEANUP_ORDER) | KIND_BIT(KIND_CLEANUP_CUT))

/* One cleanup of the task at hand. It leaves the stack when it has ended or was disarmed. */
struct armed {
    const char *name;
    size_t place; /* of its arm; of its begin when it was never armed */
    bool begun;
    bool was_armed;
};

struct stack {
    struct armed *list; /* in the order of arming */
    size_t n, room;
    const char **over; /* names of those that were armed and have begun */
    size_t over_n, over_room;
};

struct tallies {
    struct tally missing, repeated, order, cut;
};

static void push(struct stack *k, struct armed a)
{
    if (k->n == k->room) {
        k->room = 2 * k->room + 8;
        k->list = mem_grow(k->list, k->room, sizeof(*k->list));
    }
    k->list[k->n++] = a;
}

static void push_over(struct stack *k, const char *name)
{
    if (k->over_n == k->over_room) {
        k->over_room = 2 * k->over_room + 8;
        k->over = mem_grow(k->over, k->over_room, sizeof(*k->over));
    }
    k->over[k->over_n++] = name;
}

static void take_out(struct stack *k, size_t at)
{
    memmove(&k->list[at], &k->list[at + 1], (k->n - at - 1) * sizeof(*k->list));
    k->n--;
}

/* The latest with this name that has (not) begun, or -1. */
static long find(const struct stack *k, const char *name, bool begun)
{
    for (size_t i = k->n; i-- > 0;) {
        if (k->list[i].begun == begun && strcmp(k->list[i].name, name) == 0)
            return (long)i;
    }
    return -1;
}

static bool is_over(const struct stack *k, const char *name)
{
    for (size_t i = k->over_n; i-- > 0;) {
        if (strcmp(k->over[i], name) == 0)
            return true;
    }
    return false;
}

static void begin(struct stack *k, const struct event *ev, size_t place, struct tallies *t)
{
    long at = find(k, ev->name, false);

    if (at < 0) {
        /* A cleanup that was never armed may run as often as it likes: there is no promise to hold
         * it to. It still has to end. */
        if (is_over(k, ev->name))
            tally_add(&t->repeated, ev->name, ev->id, place);
        push(k, (struct armed){.name = ev->name, .place = place, .begun = true});
        return;
    }
    for (size_t i = (size_t)at + 1; i < k->n; i++) {
        if (!k->list[i].begun) {
            tally_add(&t->order, ev->name, ev->id, place);
            break;
        }
    }
    k->list[at].begun = true;
    push_over(k, ev->name);
}

static void step(struct stack *k, const struct event *ev, size_t place, struct tallies *t)
{
    long at;

    switch (ev->verb) {
    case EVENT_CLEANUP_ARM:
        push(k, (struct armed){.name = ev->name, .place = place, .was_armed = true});
        break;
    case EVENT_CLEANUP_DISARM:
        at = find(k, ev->name, false);
        if (at >= 0)
            take_out(k, (size_t)at);
        break;
    case EVENT_CLEANUP_BEGIN: begin(k, ev, place, t); break;
    case EVENT_CLEANUP_END:
        at = find(k, ev->name, true);
        if (at >= 0)
            take_out(k, (size_t)at);
        break;
    default: break;
    }
}

/* All events of one task, then what is still open at its end. */
static size_t walk_task(const struct record *r, const size_t *places, size_t from, size_t n,
                        struct tallies *t)
{
    int64_t id = r->events[places[from]].id;
    struct stack k = {0};
    size_t i = from;

    for (; i < n && r->events[places[i]].id == id; i++)
        step(&k, &r->events[places[i]], places[i], t);
    for (size_t j = 0; j < k.n; j++)
        tally_add(k.list[j].begun ? &t->cut : &t->missing, k.list[j].name, id, k.list[j].place);
    free(k.list);
    free(k.over);
    return i;
}

struct taken {
    const char *name;
    size_t place;
    bool release;
};

static int by_name_then_place(const void *a, const void *b)
{
    const struct taken *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

/* What was acquired must have been released as often. A release too many is no debt paid ahead. */
static void check_acquired(const struct record *r, struct tally *kept)
{
    struct taken *list = mem_alloc((r->events_n + 1) * sizeof(*list));
    size_t n = 0;

    for (size_t i = 0; i < r->events_n; i++) {
        const struct event *ev = &r->events[i];

        if (ev->verb == EVENT_ACQUIRE || ev->verb == EVENT_RELEASE)
            list[n++] = (struct taken){ev->name, i, ev->verb == EVENT_RELEASE};
    }
    qsort(list, n, sizeof(*list), by_name_then_place);
    for (size_t i = 0; i < n;) {
        size_t first = i, held = 0;

        for (; i < n && strcmp(list[i].name, list[first].name) == 0; i++)
            held = !list[i].release ? held + 1 : held > 0 ? held - 1 : 0;
        for (; held > 0; held--)
            tally_add(kept, list[first].name, -1, list[first].place);
    }
    free(list);
}

static void report(struct tally *t, const struct view *v, const char *format, const char *expected)
{
    struct findings nothing = {0};
    bool stopped = v->hard_stop && (t->kind == KIND_CLEANUP_MISSING || t->kind == KIND_CLEANUP_CUT);
    bool skip = stopped || (v->s->expect.relaxed & KIND_BIT(t->kind)) != 0;

    tally_report(t, skip ? &nothing : v->out, format, expected);
    findings_free(&nothing);
}

void check_cleanups(const struct view *v)
{
    const struct record *r = v->r;
    struct tallies t = {{.kind = KIND_CLEANUP_MISSING},
                        {.kind = KIND_CLEANUP_REPEATED},
                        {.kind = KIND_CLEANUP_ORDER},
                        {.kind = KIND_CLEANUP_CUT}};
    struct tally kept = {.kind = KIND_CLEANUP_MISSING};
    bool asked = (v->s->expect.has_findings && (v->s->expect.findings & CLEANUP_KINDS) != 0) ||
                 (v->s->expect.relaxed & CLEANUP_KINDS) != 0;
    size_t n, *places;

    if (r->events_lost > 0 || r->events_n == 0) {
        if (r->events_lost > 0)
            findings_untested(v->out, "cleanups: too many events, the rest was not kept");
        else if (asked)
            findings_untested(v->out, "cleanups: the program reported no events");
        return;
    }
    places = work_by_task(r, &n);
    for (size_t i = 0; i < n;)
        i = walk_task(r, places, i, n, &t);
    free(places);
    check_acquired(r, &kept);
    report(&t.missing, v, "cleanup %s%s never ran", "each armed cleanup runs");
    report(&kept, v, "%s%s was acquired and never released", "what is acquired is released");
    report(&t.repeated, v, "cleanup %s%s ran more than once", "each armed cleanup runs once");
    report(&t.order, v, "cleanup %s%s ran before one that was armed after it",
           "the last armed runs first");
    report(&t.cut, v, "cleanup %s%s began and did not end", "each begun cleanup ends");
}
