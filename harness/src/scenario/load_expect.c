/* load_expect.c - `expect:`, what must be seen. */
#include "scenario/fields.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- words ---- */

static const char *ending_word(int i)
{
    return i == 0 ? "conventional" : "alive";
}
const struct words words_ending = {
    "ending", "`conventional` or `alive`, nor a map such as {signal: INT}", ending_word, 2};

static const char *cleanup_word(int i)
{
    (void)i;
    return "complete";
}
const struct words words_cleanup = {"cleanup_word", "`complete`", cleanup_word, 1};

static const char *ignore_word(int i)
{
    (void)i;
    return "ignore";
}
const struct words words_ignore = {"ignore", "`ignore`", ignore_word, 1};

static const char *leaks_word(int i)
{
    (void)i;
    return "none";
}
const struct words words_leaks = {"leaks_word", "`none`", leaks_word, 1};

static const char *finding_word(int i)
{
    return kind_name((enum finding_kind)i);
}
const struct words words_findings = {"finding", "a kind of finding", finding_word, KIND_COUNT};

static const char *file_rule_word(int i)
{
    return file_rule_name((enum file_rule)i);
}
const struct words words_file_rule = {"file_rule", "a rule for files", file_rule_word, FILE_RULES};

/* ---- ended ---- */

static void read_ended_signal(struct load *l, const struct node *value, void *into)
{
    struct ended *e = into;

    e->by_signal = field_signal(l, value, &e->value);
}

static void read_ended_code(struct load *l, const struct node *value, void *into)
{
    long code;

    if (field_whole(l, value, 0, 255, &code))
        ((struct ended *)into)->value = (int)code;
}

/* One way to end; `ended` also takes a list of them. */
static const struct key outcome_keys[] = {
    {"signal", read_ended_signal, false},
    {"code", read_ended_code, false},
    {0},
};
const struct key_table keys_outcome = {"outcome", "a way to end", outcome_keys};

static struct ended *ended_new(struct expect *e)
{
    e->ended = mem_grow(e->ended, e->ended_n + 1, sizeof(*e->ended));
    e->ended[e->ended_n] = (struct ended){0};
    return &e->ended[e->ended_n++];
}

/* Exactly one of the keys must be there. */
static void check_one(struct load *l, const struct node *node, const struct key_table *table,
                      const char *hint)
{
    const struct node *first = NULL;

    for (const struct key *key = table->keys; key->name != NULL; key++) {
        const struct node *value = node_find(node, key->name);

        if (value != NULL && first != NULL)
            problem(l, value->key, "{any: [...]} takes several",
                    "%s is one thing: `%s` is given too", table->what, first->key->text);
        else if (value != NULL)
            first = value;
    }
    if (node->n == 0)
        problem(l, node_title(node), hint, "%s is empty", table->what);
}

static void read_ended_any(struct load *l, const struct node *value, void *into)
{
    if (!field_list(l, value))
        return;
    if (value->n == 0)
        problem(l, value, "such as [{signal: INT}, {code: 130}]", "`any` has nothing in it");
    for (size_t i = 0; i < value->n; i++) {
        if (field_map(l, value->items[i], &keys_outcome, ended_new(into)))
            check_one(l, value->items[i], &keys_outcome, "{signal: INT} or {code: 0}");
    }
}

static void read_direct_signal(struct load *l, const struct node *value, void *into)
{
    read_ended_signal(l, value, ended_new(into));
}

static void read_direct_code(struct load *l, const struct node *value, void *into)
{
    read_ended_code(l, value, ended_new(into));
}

static const struct key ended_keys[] = {
    {"signal", read_direct_signal, false},
    {"code", read_direct_code, false},
    {"any", read_ended_any, false},
    {0},
};
const struct key_table keys_ended = {"ended", "`ended`", ended_keys};

static void read_ended(struct load *l, const struct node *value, void *into)
{
    int word;

    if (value->kind == NODE_SCALAR) {
        bool known = field_word(l, value, &words_ending, &word);
        ((struct expect *)into)->conventional = known && word == 0;
        ((struct expect *)into)->alive = known && word == 1;
    } else if (field_map(l, value, &keys_ended, into)) {
        check_one(l, value, &keys_ended, "{signal: INT}, {code: 0} or {any: [...]}");
    }
}

static void read_within(struct load *l, const struct node *value, void *into)
{
    field_duration(l, value, &((struct expect *)into)->within_ns);
}

/* ---- cleanup ---- */

static void relax(struct load *l, const struct node *value, struct expect *e,
                  enum finding_kind kind)
{
    int word;

    if (field_word(l, value, &words_ignore, &word))
        e->relaxed |= KIND_BIT(kind);
}

#define RELAX_READER(name, kind)                                                                   \
    static void name(struct load *l, const struct node *value, void *into)                         \
    {                                                                                              \
        relax(l, value, into, kind);                                                               \
    }
RELAX_READER(relax_missing, KIND_CLEANUP_MISSING)
RELAX_READER(relax_repeated, KIND_CLEANUP_REPEATED)
RELAX_READER(relax_order, KIND_CLEANUP_ORDER)
RELAX_READER(relax_cut, KIND_CLEANUP_CUT)
RELAX_READER(relax_unaccounted, KIND_TASK_UNACCOUNTED)
RELAX_READER(relax_started, KIND_STARTED_AFTER_CANCEL)
RELAX_READER(relax_slots, KIND_SLOTS_EXCEEDED)

static const struct key cleanup_keys[] = {
    {"missing", relax_missing, false},
    {"repeated", relax_repeated, false},
    {"order", relax_order, false},
    {"cut", relax_cut, false},
    {"unaccounted", relax_unaccounted, false},
    {"started-after-cancel", relax_started, false},
    {"slots-exceeded", relax_slots, false},
    {0},
};
const struct key_table keys_cleanup = {"cleanup", "`cleanup`", cleanup_keys};

static void read_cleanup(struct load *l, const struct node *value, void *into)
{
    int word;

    if (value->kind == NODE_SCALAR)
        field_word(l, value, &words_cleanup, &word);
    else
        field_map(l, value, &keys_cleanup, into);
}

/* ---- events ---- */

/* The keys are the events of the protocol, so there is no table: the map is read here. */
static void read_events(struct load *l, const struct node *value, void *into)
{
    struct expect *e = into;

    if (!field_open_map(l, value))
        return;
    e->events = mem_alloc((value->n / 2) * sizeof(*e->events));
    for (size_t i = 0; i + 1 < value->n; i += 2) {
        struct event_expect *event = &e->events[e->events_n];

        if (!field_key_usable(l, value, i))
            continue;
        if (field_event(l, value->items[i], &event->name))
            e->events_n++;
        field_count(l, value->items[i + 1], &event->count);
    }
}

/* ---- leaks ---- */

#define LEAK_READER(name, field)                                                                   \
    static void name(struct load *l, const struct node *value, void *into)                         \
    {                                                                                              \
        field_whole(l, value, 0, INT_MAX, &((struct expect *)into)->field);                        \
    }
LEAK_READER(read_fds, fds)
LEAK_READER(read_threads, threads)
LEAK_READER(read_processes, processes)
LEAK_READER(read_files, files)
LEAK_READER(read_locks, locks)
LEAK_READER(read_ipc, ipc)
LEAK_READER(read_terminal_modes, terminal)
LEAK_READER(read_memory_bytes, memory)

static const struct key leaks_keys[] = {
    {"fds", read_fds, false},
    {"threads", read_threads, false},
    {"processes", read_processes, false},
    {"files", read_files, false},
    {"locks", read_locks, false},
    {"ipc", read_ipc, false},
    {"terminal", read_terminal_modes, false},
    {"memory", read_memory_bytes, false},
    {0},
};
const struct key_table keys_leaks = {"leaks", "`leaks`", leaks_keys};

static void read_leaks(struct load *l, const struct node *value, void *into)
{
    struct expect *e = into;
    int word;

    if (value->kind != NODE_SCALAR)
        field_map(l, value, &keys_leaks, e);
    else if (field_word(l, value, &words_leaks, &word))
        e->fds = e->threads = e->processes = e->files = e->locks = e->ipc = e->terminal = 0;
}

/* ---- files ---- */

/* The keys are patterns: the map is read here. */
static void read_files_as(struct load *l, const struct node *value, void *into)
{
    struct expect *e = into;
    int word;

    if (!field_open_map(l, value))
        return;
    e->files_as = mem_alloc((value->n / 2 + 1) * sizeof(*e->files_as));
    for (size_t i = 0; i + 1 < value->n; i += 2) {
        struct file_expect *file = &e->files_as[e->files_as_n];

        if (!field_key_usable(l, value, i) ||
            !field_word(l, value->items[i + 1], &words_file_rule, &word))
            continue;
        *file = (struct file_expect){.rule = (enum file_rule)word};
        if (field_filled(l, value->items[i], &file->pattern))
            e->files_as_n++;
    }
}

static void read_strict(struct load *l, const struct node *value, void *into)
{
    field_bool(l, value, &((struct expect *)into)->strict);
}

/* ---- recovery ---- */

static void read_recover_command(struct load *l, const struct node *value, void *into)
{
    field_command(l, value, &((struct expect *)into)->recover);
}

/* The same words as for the program's own end. */
void field_outcomes(struct load *l, const struct node *value, struct ended **list, size_t *n)
{
    struct expect only = {0};

    if (field_map(l, value, &keys_ended, &only))
        check_one(l, value, &keys_ended, "{signal: INT}, {code: 0} or {any: [...]}");
    *list = only.ended;
    *n = only.ended_n;
}

static void read_recover_ended(struct load *l, const struct node *value, void *into)
{
    struct expect *e = into;

    field_outcomes(l, value, &e->recover_ended, &e->recover_ended_n);
}

static const struct key recover_keys[] = {
    {"command", read_recover_command, true},
    {"ended", read_recover_ended, false},
    {0},
};
const struct key_table keys_recover = {"recover", "`recover`", recover_keys};

static void read_recover(struct load *l, const struct node *value, void *into)
{
    field_map(l, value, &keys_recover, into);
}

static void read_rerun(struct load *l, const struct node *value, void *into)
{
    field_bool(l, value, &((struct expect *)into)->rerun);
}

static void read_client(struct load *l, const struct node *value, void *into)
{
    field_client_expect(l, value, into);
}

/* ---- output ---- */

static void read_contains(struct load *l, const struct node *value, void *into)
{
    field_texts(l, value, field_filled, &((struct output_expect *)into)->contains);
}

static void read_matches(struct load *l, const struct node *value, void *into)
{
    field_texts(l, value, field_regex, &((struct output_expect *)into)->matches);
}

static void read_lacks(struct load *l, const struct node *value, void *into)
{
    field_texts(l, value, field_filled, &((struct output_expect *)into)->lacks);
}

static const struct key output_keys[] = {
    {"contains", read_contains, false},
    {"matches", read_matches, false},
    {"lacks", read_lacks, false},
    {0},
};
const struct key_table keys_output = {"output", "an expectation on output", output_keys};

static void read_out(struct load *l, const struct node *value, void *into)
{
    field_map(l, value, &keys_output, &((struct expect *)into)->out);
}

static void read_err(struct load *l, const struct node *value, void *into)
{
    field_map(l, value, &keys_output, &((struct expect *)into)->err);
}

/* ---- findings ---- */

/* A list of kinds that isn't empty. */
void field_kinds(struct load *l, const struct node *value, kind_set *kinds)
{
    int kind;

    if (!field_list(l, value))
        return;
    if (value->n == 0)
        problem(l, value, "leave it out: finding nothing is what is expected anyway",
                "`%s` is empty", value->key->text);
    for (size_t i = 0; i < value->n; i++) {
        if (field_word(l, value->items[i], &words_findings, &kind))
            *kinds |= KIND_BIT(kind);
    }
}

void field_findings(struct load *l, const struct node *value, struct expect *e)
{
    e->has_findings = value->kind == NODE_LIST;
    field_kinds(l, value, &e->findings);
}

static void read_sometimes(struct load *l, const struct node *value, void *into)
{
    field_kinds(l, value, &((struct expect *)into)->sometimes);
}

static void read_findings(struct load *l, const struct node *value, void *into)
{
    field_findings(l, value, into);
}

static const struct key expect_keys[] = {
    {"ended", read_ended, false},
    {"within", read_within, false},
    {"cleanup", read_cleanup, false},
    {"events", read_events, false},
    {"leaks", read_leaks, false},
    {"files", read_files_as, false},
    {"strict", read_strict, false},
    {"stdout", read_out, false},
    {"stderr", read_err, false},
    {"recover", read_recover, false},
    {"rerun", read_rerun, false},
    {"client", read_client, false},
    {"findings", read_findings, false},
    {"sometimes", read_sometimes, false},
    {0},
};
const struct key_table keys_expect = {"expect", "`expect`", expect_keys};
