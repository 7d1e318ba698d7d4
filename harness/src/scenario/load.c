#include "scenario/load.h"
#include "scenario/fields.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- the root ---- */

static void read_version(struct load *l, const struct node *value, void *into)
{
    long version;

    (void)into;
    if (!field_whole(l, value, 0, 1000000, &version))
        return;
    if (version != 1)
        problem(l, value, "this sigsweep reads version 1", "unknown version %ld", version);
}

void field_name(struct load *l, const struct node *value, char **out)
{
    if (!field_filled(l, value, out))
        return;
    if ((*out)[0] == '-' || strspn(*out, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(*out))
        problem(l, value, "lower-case letters, digits and `-`, as in `slots-full`",
                "`%.60s` can't be a name", *out);
}

static void read_name(struct load *l, const struct node *value, void *into)
{
    field_name(l, value, &((struct scenario *)into)->name);
}

static void read_about(struct load *l, const struct node *value, void *into)
{
    field_text(l, value, &((struct scenario *)into)->about);
}

/* Tags are given to --tag, where a comma separates them. */
static bool field_tag(struct load *l, const struct node *node, char **out)
{
    if (!field_filled(l, node, out))
        return false;
    if (strpbrk(*out, " ,\t\r\n") != NULL)
        return problem(l, node, NULL, "a tag has no blanks and no commas");
    return true;
}

static void read_tags(struct load *l, const struct node *value, void *into)
{
    field_texts(l, value, field_tag, &((struct scenario *)into)->tags);
}

static void read_program(struct load *l, const struct node *value, void *into)
{
    struct program *p = &((struct scenario *)into)->program;

    static const char *const streams[] = {"stdin", "stdout"};

    if (!field_map(l, value, &keys_program, p) || !p->terminal)
        return;
    /* The launcher gives the program the terminal as all three. */
    for (int i = 0; i < 2; i++) {
        const struct node *stream = node_find(value, streams[i]);

        if (i == 0 && p->stdin_kind == STDIN_DIALOGUE)
            continue; /* it is typed */
        if (stream != NULL && (i == 0 || p->stdout_kind != STDOUT_TERMINAL))
            problem(l, stream->key, NULL, "with `terminal: true`, %s is the terminal", streams[i]);
    }
    p->stdout_kind = STDOUT_TERMINAL;
}

static void read_interrupts(struct load *l, const struct node *value, void *into)
{
    field_interrupts(l, value, into);
}

static void read_ways(struct load *l, const struct node *value, void *into)
{
    field_ways(l, value, into);
}

static void read_client(struct load *l, const struct node *value, void *into)
{
    field_client(l, value, into);
}

static void read_expect(struct load *l, const struct node *value, void *into)
{
    field_map(l, value, &keys_expect, &((struct scenario *)into)->expect);
}

static const struct key scenario_keys[] = {
    {"version", read_version, true},        {"name", read_name, true},
    {"about", read_about, false},           {"tags", read_tags, false},
    {"program", read_program, true},        {"client", read_client, false},
    {"interrupts", read_interrupts, false}, {"ways", read_ways, false},
    {"expect", read_expect, false},         {0},
};
const struct key_table keys_scenario = {"", "a scenario", scenario_keys};

const struct key_table *const all_keys[] = {
    &keys_scenario, &keys_program, &keys_stdin,   &keys_directory, &keys_interrupt,
    &keys_when,     &keys_bound,   &keys_ready,   &keys_counts,    &keys_expect,
    &keys_ended,    &keys_outcome, &keys_cleanup, &keys_leaks,     &keys_output,
    &keys_recover,  &keys_way,     &keys_step,    &keys_client,    &keys_client_expect,
    NULL,
};

const struct words *const all_words[] = {
    &words_stdin,  &words_stdout, &words_trace,    &words_memory,    &words_observe, &words_target,
    &words_prior,  &words_side,   &words_each,     &words_state,     &words_cleanup, &words_ending,
    &words_ignore, &words_leaks,  &words_findings, &words_file_rule, &words_event,   NULL,
};

/* ---- what only the whole scenario shows ---- */

/* The list that s->interrupts was read from. */
static const struct node *interrupts_of(const struct load *l, const struct node *root)
{
    const struct node *ways = node_find(root, "ways");

    if (ways != NULL && l->way < l->ways_n)
        return node_find(ways->items[l->way], "interrupts");
    return node_find(root, "interrupts");
}

static void check_services(struct load *l, const struct node *root, const struct scenario *s)
{
    const struct node *expect = node_find(root, "expect"), *client = node_find(expect, "client");
    const struct node *stream = node_find(node_find(root, "program"), "stdin");
    const struct node *after = NULL;
    unsigned most = 0;

    if (client != NULL && s->client == NULL)
        problem(l, client->key, "add `client: {command: [...]}`", "there is no `client`");
    if (s->expect.alive && (s->expect.recover != NULL || s->expect.rerun))
        problem(l, node_find(expect, "ended"), NULL,
                "`recover` and `rerun` come after the end, and `alive` has none");
    for (size_t i = 0; i < s->program.dialogue_n; i++) {
        if (s->program.dialogue[i].after > most) {
            most = s->program.dialogue[i].after;
            after = node_find(stream->items[i], "after");
        }
    }
    if (after != NULL && most > s->interrupts_n)
        problem(l, after, NULL, "there %s %zu interrupt%s", s->interrupts_n == 1 ? "is" : "are",
                s->interrupts_n, s->interrupts_n == 1 ? "" : "s");
}

static void check_whole(struct load *l, const struct node *root, const struct scenario *s)
{
    const struct node *interrupts = interrupts_of(l, root), *ways = node_find(root, "ways");
    const struct node *expect = node_find(root, "expect");
    const struct node *within = node_find(expect, "within"), *err = node_find(expect, "stderr");

    if (ways != NULL && node_find(root, "interrupts") != NULL)
        problem(l, ways->key, "each way has `interrupts` of its own",
                "`interrupts` and `ways` exclude each other");
    for (size_t i = 0; i < s->interrupts_n && !s->program.terminal; i++) {
        if (interrupts != NULL && s->interrupts[i].to == TO_TERMINAL)
            problem(l, node_find(interrupts->items[i], "to"), "add `terminal: true` to `program`",
                    "`to: terminal` needs a program on a terminal");
    }
    for (size_t i = 0; i < s->interrupts_n && interrupts != NULL && i < interrupts->n; i++) {
        const char *why = memory_refuses(s->program.memory, &s->interrupts[i].when);
        if (why != NULL)
            problem(l, node_find(interrupts->items[i], "when"), NULL, "%s", why);
    }
    if (s->expect.memory != NOT_GIVEN && s->program.memory == MEMORY_OFF)
        problem(l, node_find(node_find(expect, "leaks"), "memory")->key,
                "add `memory: lsan` or `memory: valgrind` to `program`",
                "`leaks: {memory: N}` needs to know how it is looked for");
    if (within != NULL && s->interrupts_n == 0)
        problem(l, within->key, NULL,
                "`within` counts from the first interrupt, and there is none");
    check_services(l, root, s);
    if (err != NULL && s->program.terminal)
        problem(l, err->key, "expect it in `stdout`",
                "on a terminal, stderr is part of what is read as stdout");
}

/* ---- the file ---- */

/* The absolute folder that a file is in. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL   ? mem_strdup(".")
                   : slash == path ? mem_strdup("/")
                                   : mem_strndup(path, (size_t)(slash - path));
    char *full = realpath(folder, NULL);

    if (full == NULL)
        return folder;
    free(folder);
    return full;
}

static void name_way(const struct load *l, struct scenario *s)
{
    char *name = s->name;

    if (name == NULL || l->way_name == NULL)
        return;
    s->name = mem_printf("%s-%s", name, l->way_name);
    free(name);
}

static void load_source(const struct source *src, unsigned way, struct scenario *s,
                        struct diagnostics *diags)
{
    struct yaml_tree tree = {0};
    struct place at;
    const char *trouble = source_check(src, &at);
    char *folder;

    if (trouble != NULL) {
        diagnostics_add(diags, at, mem_strdup(trouble), NULL);
        return;
    }
    folder = folder_of(src->path);
    yaml_tree_parse(&tree, src, diags);
    if (tree.root != NULL) {
        struct load l = {.diags = diags, .folder = folder, .way = way};
        if (field_map(&l, tree.root, &keys_scenario, s))
            check_whole(&l, tree.root, s);
        name_way(&l, s);
        s->ways = (unsigned)l.ways_n;
        free(l.way_name);
    }
    yaml_tree_free(&tree);
    free(folder);
}

int scenario_load_way(const char *path, unsigned way, struct scenario *s, struct buf *messages)
{
    struct diagnostics diags = {0};
    struct source src;
    struct error err = {0};
    int mistakes, rc;

    scenario_init(s);
    rc = source_read(&src, path, &err);
    if (rc < 0) {
        buf_addf(messages, "%s: error: %s\n", path, err.text);
        source_free(&src);
        return rc;
    }
    s->file = mem_strdup(path);
    load_source(&src, way, s, &diags);
    mistakes = (int)diags.n;
    diagnostics_print(&diags, &src, messages);
    diagnostics_free(&diags);
    source_free(&src);
    if (mistakes > 0)
        scenario_free(s);
    return mistakes;
}

int scenario_load(const char *path, struct scenario *s, struct buf *messages)
{
    return scenario_load_way(path, 0, s, messages);
}

int scenario_load_named(const char *path, const char *name, struct scenario *s,
                        struct buf *messages)
{
    int rc = scenario_load(path, s, messages);

    for (unsigned way = 1; rc == 0 && strcmp(s->name, name) != 0; way++) {
        unsigned ways = s->ways;

        scenario_free(s);
        if (way < ways) {
            rc = scenario_load_way(path, way, s, messages);
            continue;
        }
        buf_addf(messages, "%s: error: there is no scenario `%s` in it\n", path, name);
        rc = -ENOENT;
    }
    return rc;
}
