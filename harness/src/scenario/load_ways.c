/* load_ways.c - `ways:`: one program interrupted in several ways. Each way is a scenario of its
 * own, NAME-WAY, with the program and the expectations of the file. */
#include "scenario/fields.h"
#include "scenario/load.h"

#include <stdlib.h>
#include <string.h>

static void read_name(struct load *l, const struct node *value, void *into)
{
    field_name(l, value, &((struct scenario *)into)->name);
}

static void read_interrupts(struct load *l, const struct node *value, void *into)
{
    field_interrupts(l, value, into);
}

static void read_findings(struct load *l, const struct node *value, void *into)
{
    field_findings(l, value, &((struct scenario *)into)->expect);
}

static void read_sometimes(struct load *l, const struct node *value, void *into)
{
    field_kinds(l, value, &((struct scenario *)into)->expect.sometimes);
}

static const struct key way_keys[] = {
    {"name", read_name, true},
    {"interrupts", read_interrupts, true},
    {"findings", read_findings, false},
    {"sometimes", read_sometimes, false},
    {0},
};
const struct key_table keys_way = {"way", "a way", way_keys};

static void take(struct load *l, struct scenario *s, struct scenario *way)
{
    free(l->way_name);
    l->way_name = way->name;
    way->name = NULL;
    s->interrupts = way->interrupts;
    s->interrupts_n = way->interrupts_n;
    way->interrupts = NULL;
    way->interrupts_n = 0;
    s->expect.has_findings |= way->expect.has_findings;
    s->expect.findings |= way->expect.findings;
    s->expect.sometimes |= way->expect.sometimes;
}

/* All are read, so that all mistakes are told; the one that was asked for is taken. */
void field_ways(struct load *l, const struct node *node, struct scenario *s)
{
    if (!field_list(l, node))
        return;
    if (node->n == 0)
        problem(l, node, NULL, "`ways` is empty");
    l->ways_n = node->n;
    for (size_t i = 0; i < node->n; i++) {
        const struct node *name = node_find(node->items[i], "name");
        struct scenario way;

        scenario_init(&way);
        field_map(l, node->items[i], &keys_way, &way);
        for (size_t k = 0; k < i && way.name != NULL; k++) {
            const struct node *other = node_find(node->items[k], "name");

            if (other != NULL && other->text != NULL && strcmp(other->text, way.name) == 0)
                problem(l, name, NULL, "a way before it has the name `%.60s`", way.name);
        }
        if (i == l->way && s->interrupts == NULL)
            take(l, s, &way);
        scenario_free(&way);
    }
}
