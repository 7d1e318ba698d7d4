/* load_interrupts.c - `interrupts:` and `ready:`, when to fire and what. */
#include "scenario/fields.h"
#include "scenario/point.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- words ---- */

static const char *target_word(int i)
{
    return target_name((enum target)i);
}
const struct words words_target = {"target", "a target", target_word, TO_TERMINAL + 1};

static const char *prior_word(int i)
{
    return i == PRIOR_UNIFORM ? "uniform" : "octaves";
}
const struct words words_prior = {"prior", "`uniform` or `octaves`", prior_word, 2};

static const char *state_word(int i)
{
    return state_name((enum state_name)i);
}
const struct words words_state = {"state_name", "a state", state_word, STATE_COUNTS};

/* ---- points ---- */

static void read_start(struct load *l, const struct node *value, void *into)
{
    bool start = true;

    (void)into;
    if (field_bool(l, value, &start) && !start)
        problem(l, value, NULL, "`start` can only be true");
}

static void read_after(struct load *l, const struct node *value, void *into)
{
    field_duration(l, value, &((struct point *)into)->from_ns);
}

static void read_between(struct load *l, const struct node *value, void *into)
{
    struct point *p = into;

    if (!field_list(l, value))
        return;
    if (value->n != 2) {
        problem(l, value, "such as [0ms, 300ms]", "`between` takes two durations, not %zu",
                value->n);
        return;
    }
    /* Both are read, so that a mistake in each is told. */
    bool from = field_duration(l, value->items[0], &p->from_ns);
    bool to = field_duration(l, value->items[1], &p->to_ns);
    if (from && to && p->to_ns < p->from_ns)
        problem(l, value, "the earlier time comes first", "`between` ends before it begins");
}

static void read_trials(struct load *l, const struct node *value, void *into)
{
    long trials;

    if (field_whole(l, value, 1, TRIALS_MAX, &trials))
        ((struct point *)into)->trials = (unsigned)trials;
}

static void read_prior(struct load *l, const struct node *value, void *into)
{
    int word;

    if (field_word(l, value, &words_prior, &word))
        ((struct point *)into)->prior = (enum time_prior)word;
}

static void read_nth(struct load *l, const struct node *value, void *into)
{
    long nth;

    if (field_whole(l, value, 1, NTH_MAX, &nth))
        ((struct point *)into)->nth = (unsigned)nth;
}

static void read_event(struct load *l, const struct node *value, void *into)
{
    field_event(l, value, &((struct point *)into)->text);
}

static void read_output(struct load *l, const struct node *value, void *into)
{
    field_regex(l, value, &((struct point *)into)->text);
}

static void read_notify(struct load *l, const struct node *value, void *into)
{
    struct point *p = into;
    struct error reason = {0};
    const char *instead;

    if (field_text(l, value, &p->text) &&
        point_text_check(POINT_NOTIFY, p->text, &instead, &reason) < 0)
        problem(l, value, NULL, "%s", reason.text);
}

static void read_one_count(struct load *l, const struct node *value, struct state_cond *cond,
                           enum count_key key)
{
    cond->given[key] = field_count(l, value, &cond->counts[key]);
}

#define COUNT_READER(name, key)                                                                    \
    static void name(struct load *l, const struct node *value, void *into)                         \
    {                                                                                              \
        read_one_count(l, value, into, key);                                                       \
    }
COUNT_READER(read_queued, COUNT_QUEUED)
COUNT_READER(read_running, COUNT_RUNNING)
COUNT_READER(read_cleaning, COUNT_CLEANING)
COUNT_READER(read_done, COUNT_DONE)
COUNT_READER(read_started, COUNT_STARTED)
COUNT_READER(read_level, COUNT_LEVEL)

static const struct key count_keys[] = {
    {"queued", read_queued, false},
    {"running", read_running, false},
    {"cleaning", read_cleaning, false},
    {"done", read_done, false},
    {"started", read_started, false},
    {"level", read_level, false},
    {0},
};
const struct key_table keys_counts = {"counts", "`state`", count_keys};

static void read_state(struct load *l, const struct node *value, void *into)
{
    struct point *p = into;
    int word;

    if (value->kind == NODE_MAP) {
        p->state.name = STATE_COUNTS;
        field_map(l, value, &keys_counts, &p->state);
        if (value->n == 0)
            problem(l, value, "such as {running: 4}", "`state` has no condition in it");
    } else if (field_word(l, value, &words_state, &word)) {
        p->state.name = (enum state_name)word;
    }
}

static const struct key when_keys[] = {
    {"start", read_start, false},
    {"after", read_after, false},
    {"between", read_between, false},
    {"trials", read_trials, false},
    {"prior", read_prior, false},
    {"event", read_event, false},
    {"state", read_state, false},
    {"output", read_output, false},
    {"notify", read_notify, false},
    {"nth", read_nth, false},
    {0},
};
const struct key_table keys_when = {"when", "`when`", when_keys};

static const struct key ready_keys[] = {
    {"event", read_event, false},
    {"output", read_output, false},
    {"notify", read_notify, false},
    {"nth", read_nth, false},
    {0},
};
const struct key_table keys_ready = {"ready", "`ready`", ready_keys};

/* A key that only some kinds of points take. */
static void check_modifier(struct load *l, const struct node *map, const char *key, bool fits,
                           const char *wants)
{
    const struct node *value = node_find(map, key);

    if (value != NULL && !fits)
        problem(l, value->key, NULL, "`%s` goes with %s only", key, wants);
}

/* A point is a map with exactly one key that names its kind. */
static void read_point(struct load *l, const struct node *node, const struct key_table *table,
                       struct point *p)
{
    const struct node *first = NULL;
    char hint[80] = "";
    bool counted;

    if (node->kind == NODE_SCALAR && point_kind_parse(node->text) == POINT_START) {
        problem(l, node, "write {start: true}", "%s must be a map, not text", table->what);
        return;
    }
    point_init(p, POINT_AFTER);
    for (int kind = 0; kind < POINT_KINDS; kind++) {
        const struct node *value = node_find(node, point_kind_name((enum point_kind)kind));

        if (value == NULL)
            continue;
        if (first != NULL) {
            problem(l, value->key, NULL, "%s takes one point: `%s` is given too", table->what,
                    first->key->text);
            continue;
        }
        first = value;
        point_init(p, (enum point_kind)kind);
    }
    if (!field_map(l, node, table, p))
        return;
    if (first == NULL) {
        snprintf(hint, sizeof(hint), "one of: %s",
                 table == &keys_ready ? "event output notify"
                                      : "start after between event state output notify");
        problem(l, node_title(node), hint, "%s names no point", table->what);
        return;
    }
    counted = p->kind == POINT_EVENT || p->kind == POINT_OUTPUT || p->kind == POINT_NOTIFY;
    check_modifier(l, node, "nth", counted, "`event`, `output` and `notify`");
    if (table == &keys_when) {
        check_modifier(l, node, "trials", p->kind == POINT_BETWEEN, "`between`");
        check_modifier(l, node, "prior", p->kind == POINT_BETWEEN, "`between`");
    }
}

void field_ready(struct load *l, const struct node *node, struct point *p)
{
    read_point(l, node, &keys_ready, p);
}

/* ---- one interrupt ---- */

static void read_send(struct load *l, const struct node *value, void *into)
{
    field_signal(l, value, &((struct interrupt *)into)->signal);
}

static void read_to(struct load *l, const struct node *value, void *into)
{
    int word;

    if (field_word(l, value, &words_target, &word))
        ((struct interrupt *)into)->to = (enum target)word;
}

static void read_when(struct load *l, const struct node *value, void *into)
{
    read_point(l, value, &keys_when, &((struct interrupt *)into)->when);
}

static void read_times(struct load *l, const struct node *value, void *into)
{
    long times;

    if (field_whole(l, value, 1, TIMES_MAX, &times))
        ((struct interrupt *)into)->times = (unsigned)times;
}

static void read_every(struct load *l, const struct node *value, void *into)
{
    field_duration(l, value, &((struct interrupt *)into)->every_ns);
}

static void read_limit(struct load *l, const struct node *value, void *into)
{
    long limit;

    if (field_whole(l, value, 1, TRIALS_MAX, &limit))
        ((struct interrupt *)into)->limit = (unsigned)limit;
}

static const struct key interrupt_keys[] = {
    {"send", read_send, true},
    {"to", read_to, false},
    {"when", read_when, true},
    {"times", read_times, false},
    {"every", read_every, false},
    {"limit", read_limit, false},
    {0},
};
const struct key_table keys_interrupt = {"interrupt", "an interrupt", interrupt_keys};

static void check_interrupt(struct load *l, const struct node *node, const struct interrupt *in)
{
    const struct node *every = node_find(node, "every"), *limit = node_find(node, "limit");
    const struct node *when = node_find(node, "when"), *to = node_find(node, "to");

    if (every != NULL && node_find(node, "times") == NULL)
        problem(l, every->key, "say how often: `times: 5`", "`every` goes with `times` only");
    if (limit != NULL && when != NULL && when->kind == NODE_MAP && !point_is_set(in->when.kind))
        problem(l, limit->key, NULL, "`limit` samples a set of points, and `%s` is a single one",
                point_kind_name(in->when.kind));
    if (to != NULL && in->to == TO_TERMINAL && in->signal != 0 && !terminal_sends(in->signal))
        problem(l, to, NULL, "a terminal can type INT, QUIT and TSTP only");
}

void field_interrupts(struct load *l, const struct node *node, struct scenario *s)
{
    if (!field_list(l, node))
        return;
    s->interrupts = mem_alloc(node->n * sizeof(*s->interrupts));
    for (size_t i = 0; i < node->n; i++) {
        struct interrupt *in = &s->interrupts[s->interrupts_n++];

        in->times = 1;
        if (field_map(l, node->items[i], &keys_interrupt, in))
            check_interrupt(l, node->items[i], in);
    }
}
