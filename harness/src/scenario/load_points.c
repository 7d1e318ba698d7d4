/* load_points.c - `when:`, `ready:` and the bounds of sets: points of all kinds. */
#include "scenario/fields.h"
#include "scenario/point.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static const char *side_word(int i)
{
    return side_name((enum side)i);
}
const struct words words_side = {"side", "a side", side_word, SIDE_ALL + 1};

static const char *each_word(int i)
{
    return each_name((enum each)i);
}
const struct words words_each = {"each", "what a set enumerates", each_word, EACH_KINDS};

/* ---- values ---- */

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

static void read_syscall(struct load *l, const struct node *value, void *into)
{
    struct point *p = into;
    char instead[POINT_NAME_MAX], hint[POINT_NAME_MAX + 20];
    struct error reason = {0};

    if (!field_filled(l, value, &p->text) || point_syscall_check(p->text, instead, &reason) == 0)
        return;
    snprintf(hint, sizeof(hint), "did you mean `%s`?", instead);
    problem(l, value, instead[0] != '\0' ? hint : NULL, "%s", reason.text);
}

static void read_symbol(struct load *l, const struct node *value, void *into)
{
    struct point *p = into;
    struct error reason = {0};
    const char *instead;

    if (field_filled(l, value, &p->text) &&
        point_text_check(POINT_FUNCTION, p->text, &instead, &reason) < 0)
        problem(l, value, NULL, "%s", reason.text);
}

static void read_offset(struct load *l, const struct node *value, void *into)
{
    if (value->kind != NODE_SCALAR)
        wrong_type(l, value, "a number", "such as 0x12");
    else if (point_offset_parse(value->text, &((struct point *)into)->offset) < 0)
        problem(l, value, "such as 0x12", "`offset` is a number of bytes, not `%.40s`",
                value->text);
}

static void read_thread(struct load *l, const struct node *value, void *into)
{
    struct point *p = into;
    const char *hint = "such as \"1.1\": the first process's first thread";

    if (value->kind != NODE_SCALAR)
        wrong_type(l, value, "text", hint);
    else if (point_thread_parse(value->text, &p->process, &p->thread) < 0)
        problem(l, value, hint, "`thread` is PROCESS.THREAD, not `%.40s`", value->text);
}

static void read_side(struct load *l, const struct node *value, void *into)
{
    int word;

    if (field_word(l, value, &words_side, &word))
        ((struct point *)into)->side = (enum side)word;
}

static void read_each(struct load *l, const struct node *value, void *into)
{
    int word;

    if (field_word(l, value, &words_each, &word))
        ((struct point *)into)->each = (enum each)word;
}

static void read_match(struct load *l, const struct node *value, void *into)
{
    field_regex(l, value, &((struct point *)into)->match);
}

static void read_in(struct load *l, const struct node *value, void *into)
{
    field_filled(l, value, &((struct point *)into)->in);
}

static void read_bound(struct load *l, const struct node *value, struct point **out);

static void read_from(struct load *l, const struct node *value, void *into)
{
    read_bound(l, value, &((struct point *)into)->from);
}

static void read_until(struct load *l, const struct node *value, void *into)
{
    read_bound(l, value, &((struct point *)into)->to);
}

/* ---- points ---- */

static const struct key bound_keys[] = {
    {"event", read_event, false},
    {"syscall", read_syscall, false},
    {"function", read_symbol, false},
    {"nth", read_nth, false},
    {"side", read_side, false},
    {"thread", read_thread, false},
    {0},
};
const struct key_table keys_bound = {"bound", "a bound", bound_keys};

static const struct key when_keys[] = {
    {"start", read_start, false},     {"after", read_after, false},
    {"between", read_between, false}, {"trials", read_trials, false},
    {"prior", read_prior, false},     {"event", read_event, false},
    {"state", read_state, false},     {"output", read_output, false},
    {"notify", read_notify, false},   {"syscall", read_syscall, false},
    {"function", read_symbol, false}, {"instruction", read_symbol, false},
    {"each", read_each, false},       {"nth", read_nth, false},
    {"side", read_side, false},       {"thread", read_thread, false},
    {"offset", read_offset, false},   {"match", read_match, false},
    {"in", read_in, false},           {"from", read_from, false},
    {"to", read_until, false},        {0},
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

/* The modifiers that depend on the point's kind. A table without the key has reported it. */
static void check_modifiers(struct load *l, const struct node *node, const struct point *p)
{
    bool call = p->kind == POINT_SYSCALL, each = p->kind == POINT_EACH;
    bool site = p->kind == POINT_FUNCTION || p->kind == POINT_INSTRUCTION;
    bool text = p->kind == POINT_EVENT || p->kind == POINT_OUTPUT || p->kind == POINT_NOTIFY;
    const struct node *side = node_find(node, "side");

    check_modifier(l, node, "nth", text || call || site,
                   "`event`, `output`, `notify`, `syscall`, `function` and `instruction`");
    check_modifier(l, node, "trials", p->kind == POINT_BETWEEN, "`between`");
    check_modifier(l, node, "prior", p->kind == POINT_BETWEEN, "`between`");
    check_modifier(l, node, "side", call || (each && p->each == EACH_SYSCALL),
                   "`syscall` and `each: syscall`");
    if (side != NULL && call && p->side == SIDE_ALL)
        problem(l, side, "before, inside or after", "`all` is for sets only");
    check_modifier(l, node, "thread", call || site, "`syscall`, `function` and `instruction`");
    check_modifier(l, node, "offset", p->kind == POINT_INSTRUCTION, "`instruction`");
    check_modifier(l, node, "match", each, "`each`");
    check_modifier(l, node, "in", each && (p->each == EACH_FUNCTION || p->each == EACH_INSTRUCTION),
                   "`each: function` and `each: instruction`");
    check_modifier(l, node, "from", each, "`each`");
    check_modifier(l, node, "to", each, "`each`");
    if (each && p->each == EACH_INSTRUCTION && node_find(node, "match") == NULL)
        problem(l, node_find(node, "each"), "such as match: ^main$",
                "`each: instruction` needs `match`: the functions to step in");
}

/* A point is a map with exactly one key that names its kind. */
static void read_point(struct load *l, const struct node *node, const struct key_table *table,
                       struct point *p)
{
    const struct node *first = NULL;
    char hint[120] = "";

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
                 : table == &keys_bound
                     ? "event syscall function"
                     : "start after between event state output notify syscall function instruction "
                       "each");
        problem(l, node_title(node), hint, "%s names no point", table->what);
        return;
    }
    if (table != &keys_ready)
        check_modifiers(l, node, p);
}

static void read_bound(struct load *l, const struct node *value, struct point **out)
{
    if (*out != NULL) /* a duplicate key is reported already */
        point_free(*out);
    else
        *out = mem_alloc(sizeof(**out));
    read_point(l, value, &keys_bound, *out);
}

void field_when(struct load *l, const struct node *node, struct point *p)
{
    read_point(l, node, &keys_when, p);
}

void field_ready(struct load *l, const struct node *node, struct point *p)
{
    read_point(l, node, &keys_ready, p);
}
