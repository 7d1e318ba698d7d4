/* load_service.c - programs that go on: the dialogue on stdin, the client beside the program. */
#include "scenario/fields.h"

#include <stdlib.h>
#include <string.h>

#define AFTER_MAX 1000

/* ---- a step of the dialogue ---- */

static void read_after(struct load *l, const struct node *value, void *into)
{
    long after;

    if (field_whole(l, value, 1, AFTER_MAX, &after))
        ((struct dialogue_step *)into)->after = (unsigned)after;
}

static void read_await(struct load *l, const struct node *value, void *into)
{
    field_regex(l, value, &((struct dialogue_step *)into)->await);
}

static void read_send(struct load *l, const struct node *value, void *into)
{
    field_filled(l, value, &((struct dialogue_step *)into)->send);
}

static void read_close(struct load *l, const struct node *value, void *into)
{
    bool *close = &((struct dialogue_step *)into)->close;

    if (field_bool(l, value, close) && !*close)
        problem(l, value, "leave it out", "`close: false` says nothing");
}

static const struct key step_keys[] = {
    {"after", read_after, false},
    {"await", read_await, false},
    {"send", read_send, false},
    {"close", read_close, false},
    {0},
};
const struct key_table keys_step = {"step", "a step", step_keys};

void field_dialogue(struct load *l, const struct node *node, struct program *p)
{
    const struct node *closed = NULL;

    if (!field_list(l, node))
        return;
    if (node->n == 0)
        problem(l, node, "such as [{await: '> ', send: \"1+1\\n\"}]", "the dialogue is empty");
    p->stdin_kind = STDIN_DIALOGUE;
    p->dialogue = mem_alloc((node->n + 1) * sizeof(*p->dialogue));
    for (size_t i = 0; i < node->n; i++) {
        const struct node *step = node->items[i];

        if (!field_map(l, step, &keys_step, &p->dialogue[p->dialogue_n++]))
            continue;
        if (step->n == 0)
            problem(l, step, "await, send, close or after", "a step is empty");
        if (closed != NULL && node_find(step, "send") != NULL)
            problem(l, node_find(step, "send")->key, NULL, "nothing can be sent after `close`");
        if (node_find(step, "close") != NULL)
            closed = step;
    }
}

/* ---- the client ---- */

static void read_client_command(struct load *l, const struct node *value, void *into)
{
    field_command(l, value, &((struct scenario *)into)->client);
}

static const struct key client_keys[] = {
    {"command", read_client_command, true},
    {0},
};
const struct key_table keys_client = {"client", "`client`", client_keys};

void field_client(struct load *l, const struct node *node, struct scenario *s)
{
    field_map(l, node, &keys_client, s);
}

/* ---- what is expected of it ---- */

static void read_client_ended(struct load *l, const struct node *value, void *into)
{
    struct expect *e = into;

    field_outcomes(l, value, &e->client_ended, &e->client_ended_n);
}

static void read_client_out(struct load *l, const struct node *value, void *into)
{
    field_map(l, value, &keys_output, &((struct expect *)into)->client_out);
}

static void read_client_err(struct load *l, const struct node *value, void *into)
{
    field_map(l, value, &keys_output, &((struct expect *)into)->client_err);
}

static const struct key client_expect_keys[] = {
    {"ended", read_client_ended, false},
    {"stdout", read_client_out, false},
    {"stderr", read_client_err, false},
    {0},
};
const struct key_table keys_client_expect = {"client_expect", "what is expected of the client",
                                             client_expect_keys};

void field_client_expect(struct load *l, const struct node *node, struct expect *e)
{
    field_map(l, node, &keys_client_expect, e);
}
