/* load_interrupts.c - `interrupts:`: what is sent, to whom, how often. */
#include "scenario/fields.h"
#include "scenario/point.h"

#include <stddef.h>

static const char *target_word(int i)
{
    return target_name((enum target)i);
}
const struct words words_target = {"target", "a target", target_word, TO_TERMINAL + 1};

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
    field_when(l, value, &((struct interrupt *)into)->when);
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
