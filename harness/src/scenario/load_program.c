/* load_program.c - `program:`, what is run. */
#include "scenario/fields.h"
#include "support/size.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* ---- words ---- */

static const char *stdin_word(int i)
{
    (void)i;
    return "closed";
}
const struct words words_stdin = {"stdin_word", "`closed`", stdin_word, 1};

static const char *stdout_word(int i)
{
    static const char *const list[] = {
        [STDOUT_PIPE] = "pipe",
        [STDOUT_FILE] = "file",
        [STDOUT_TERMINAL] = "terminal",
    };
    return list[i];
}
const struct words words_stdout = {"stdout", "a kind of output", stdout_word, 3};

static const char *trace_word(int i)
{
    return i == 0 ? "auto" : "off";
}
const struct words words_trace = {"trace", "`auto` or `off`", trace_word, 2};

static const char *memory_word(int i)
{
    return memory_name((enum memory)(i + 1));
}
const struct words words_memory = {"memory", "`lsan`, `valgrind` or `asan`", memory_word, 3};
static const char *observe_word(int i)
{
    (void)i;
    return "asyncio";
}
const struct words words_observe = {"observe", "`asyncio`", observe_word, 1};

/* ---- stdin and directory ---- */

static void read_stdin_text(struct load *l, const struct node *value, void *into)
{
    struct program *p = into;

    if (field_text(l, value, &p->stdin_text))
        p->stdin_kind = STDIN_TEXT;
}

static void read_stdin_file(struct load *l, const struct node *value, void *into)
{
    struct program *p = into;

    if (field_path(l, value, false, &p->stdin_text))
        p->stdin_kind = STDIN_FILE;
}

static const struct key stdin_keys[] = {
    {"text", read_stdin_text, false},
    {"file", read_stdin_file, false},
    {0},
};
const struct key_table keys_stdin = {"stdin", "`stdin`", stdin_keys};

/* A bare word is `closed`; any other text is what the program reads, as `{text: ...}` is. */
static void read_stdin(struct load *l, const struct node *value, void *into)
{
    struct program *p = into;

    if (value->kind == NODE_SCALAR) {
        if (value->quoted || strcmp(value->text, "closed") != 0)
            read_stdin_text(l, value, into);
        return;
    }
    if (value->kind == NODE_LIST) {
        field_dialogue(l, value, p);
        return;
    }
    if (!field_map(l, value, &keys_stdin, p))
        return;
    if (node_find(value, "text") != NULL && node_find(value, "file") != NULL)
        problem(l, node_find(value, "file")->key, NULL, "`stdin` takes `text` or `file`, not both");
    else if (value->n == 0)
        problem(l, node_title(value), "closed, {text: ...} or {file: ...}", "`stdin` is empty");
}

static void read_copy(struct load *l, const struct node *value, void *into)
{
    field_path(l, value, true, &((struct program *)into)->copy);
}

static const struct key directory_keys[] = {{"copy", read_copy, true}, {0}};
const struct key_table keys_directory = {"directory", "`directory`", directory_keys};

static void read_directory(struct load *l, const struct node *value, void *into)
{
    field_map(l, value, &keys_directory, into);
}

/* ---- the rest ---- */

static void read_command(struct load *l, const struct node *value, void *into)
{
    field_command(l, value, &((struct program *)into)->command);
}

static bool name_usable(struct load *l, const struct node *name)
{
    if (name->text[0] == '\0' || strchr(name->text, '=') != NULL)
        return problem(l, name, NULL, "`%.60s` can't be the name of a variable", name->text);
    if (strcmp(name->text, "SIGSWEEP_EVENTS") == 0 || strcmp(name->text, "NOTIFY_SOCKET") == 0 ||
        strncmp(name->text, "SIGSWEEP_PORT", 13) == 0)
        return problem(l, name, NULL, "`%s` is set by sigsweep itself", name->text);
    return true;
}

/* Variables have no fixed names, so there is no table: the map is read here. */
static void read_env(struct load *l, const struct node *value, void *into)
{
    struct program *p = into;
    size_t n = 0;

    if (!field_open_map(l, value))
        return;
    p->env = mem_alloc((value->n / 2 + 1) * sizeof(*p->env));
    for (size_t i = 0; i + 1 < value->n; i += 2) {
        char *text = NULL;

        if (field_key_usable(l, value, i) && name_usable(l, value->items[i]) &&
            field_text(l, value->items[i + 1], &text))
            p->env[n++] = mem_printf("%s=%s", value->items[i]->text, text);
        free(text);
    }
}

static void read_stdout(struct load *l, const struct node *value, void *into)
{
    int word;

    if (field_word(l, value, &words_stdout, &word))
        ((struct program *)into)->stdout_kind = word;
}

static void read_terminal(struct load *l, const struct node *value, void *into)
{
    field_bool(l, value, &((struct program *)into)->terminal);
}

static void read_trace(struct load *l, const struct node *value, void *into)
{
    int word;

    if (field_word(l, value, &words_trace, &word))
        ((struct program *)into)->untraced = word == 1;
}

static void read_memory(struct load *l, const struct node *value, void *into)
{
    int word;

    if (field_word(l, value, &words_memory, &word))
        ((struct program *)into)->memory = (enum memory)(word + 1);
}

static void read_observe(struct load *l, const struct node *value, void *into)
{
    int word;

    if (field_word(l, value, &words_observe, &word))
        ((struct program *)into)->asyncio = true;
}

static bool field_folder(struct load *l, const struct node *node, char **out)
{
    return field_path(l, node, true, out);
}

static void read_watch(struct load *l, const struct node *value, void *into)
{
    field_texts(l, value, field_folder, &((struct program *)into)->watch);
}

static void read_needs(struct load *l, const struct node *value, void *into)
{
    field_texts(l, value, field_filled, &((struct program *)into)->needs);
}

static void read_setup(struct load *l, const struct node *value, void *into)
{
    struct program *p = into;

    if (!field_list(l, value))
        return;
    p->setup = mem_alloc((value->n + 1) * sizeof(*p->setup));
    for (size_t i = 0, n = 0; i < value->n; i++) {
        char **command = NULL;

        field_command(l, value->items[i], &command);
        if (command != NULL)
            p->setup[n++] = command;
    }
}

static void read_ready(struct load *l, const struct node *value, void *into)
{
    struct program *p = into;

    p->has_ready = true;
    field_ready(l, value, &p->ready);
}

static void read_deadline(struct load *l, const struct node *value, void *into)
{
    int64_t ns;

    if (!field_duration(l, value, &ns))
        return;
    if (ns == 0)
        problem(l, value, NULL, "`deadline` must be longer than 0");
    else
        ((struct program *)into)->deadline_ns = ns;
}

static void read_disk(struct load *l, const struct node *value, void *into)
{
    uint64_t bytes;
    char *text = NULL;

    if (field_text(l, value, &text) && size_parse(text, &bytes) == 0)
        ((struct program *)into)->disk = bytes;
    else if (text != NULL)
        problem(l, value, "such as 64MiB or 2GiB", "`%.40s` is not an amount of bytes", text);
    free(text);
}

static void read_ports(struct load *l, const struct node *value, void *into)
{
    long ports;

    if (field_whole(l, value, 1, PROGRAM_PORTS_MAX, &ports))
        ((struct program *)into)->ports = (unsigned)ports;
}

static void read_ignore(struct load *l, const struct node *value, void *into)
{
    struct program *p = into;
    int number;

    if (!field_list(l, value))
        return;
    for (size_t i = 0; i < value->n; i++) {
        if (!field_signal(l, value->items[i], &number))
            continue;
        if (number == SIGKILL || number == SIGSTOP || number > 63)
            problem(l, value->items[i], NULL, "`%s` can't be ignored", value->items[i]->text);
        else
            p->ignore |= UINT64_C(1) << number;
    }
}

static const struct key program_keys[] = {
    {"command", read_command, true},      {"env", read_env, false},
    {"stdin", read_stdin, false},         {"stdout", read_stdout, false},
    {"directory", read_directory, false}, {"terminal", read_terminal, false},
    {"trace", read_trace, false},         {"memory", read_memory, false},
    {"observe", read_observe, false},     {"watch", read_watch, false},
    {"needs", read_needs, false},         {"setup", read_setup, false},
    {"ready", read_ready, false},         {"ports", read_ports, false},
    {"disk", read_disk, false},           {"deadline", read_deadline, false},
    {"ignore", read_ignore, false},       {0},
};
const struct key_table keys_program = {"program", "`program`", program_keys};
