#include "scenario/fingerprint.h"

#include "plan/points.h"
#include "support/buf.h"

#include <inttypes.h>
#include <string.h>

static uint64_t hash_of(struct buf *text)
{
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */

    for (size_t i = 0; i < text->len; i++)
        hash = (hash ^ (unsigned char)text->data[i]) * 0x100000001b3u;
    buf_free(text);
    return hash;
}

/* The NUL is part of it: ["ab"] is not ["a", "b"]. */
static void add(struct buf *b, const char *key, const char *text)
{
    if (text == NULL)
        return;
    buf_adds(b, key);
    buf_add(b, "=", 1);
    buf_add(b, text, strlen(text) + 1);
}

static void add_list(struct buf *b, const char *key, char *const *list)
{
    for (size_t i = 0; list != NULL && list[i] != NULL; i++)
        add(b, key, list[i]);
}

static void add_number(struct buf *b, const char *key, int64_t value, int64_t usual)
{
    if (value != usual)
        buf_addf(b, "%s=%" PRId64 "\n", key, value);
}

/* A project may move; its folders' names are not what a file is. */
static const char *last_part(const char *path)
{
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;

    return slash != NULL ? slash + 1 : path;
}

static uint64_t of_program(const struct program *p)
{
    struct scenario usual;
    struct buf b = {0};

    scenario_init(&usual);
    add_list(&b, "command", p->command);
    add_list(&b, "env", p->env);
    add_number(&b, "stdin", p->stdin_kind, STDIN_CLOSED);
    add(&b, "stdin", p->stdin_kind == STDIN_FILE ? last_part(p->stdin_text) : p->stdin_text);
    add_number(&b, "stdout", p->stdout_kind, STDOUT_PIPE);
    for (size_t i = 0; i < p->dialogue_n; i++) {
        add_number(&b, "after", p->dialogue[i].after, 0);
        add(&b, "await", p->dialogue[i].await);
        add(&b, "send", p->dialogue[i].send);
        add_number(&b, "close", p->dialogue[i].close, false);
    }
    add_number(&b, "ports", p->ports, 0);
    add_number(&b, "disk", (int64_t)p->disk, 0);
    add(&b, "copy", last_part(p->copy));
    add_number(&b, "terminal", p->terminal, false);
    add_number(&b, "untraced", p->untraced, false);
    for (size_t i = 0; p->watch != NULL && p->watch[i] != NULL; i++)
        add(&b, "watch", last_part(p->watch[i]));
    add_number(&b, "memory", p->memory, MEMORY_OFF);
    add_number(&b, "asyncio", p->asyncio, false);
    for (size_t i = 0; p->setup != NULL && p->setup[i] != NULL; i++) {
        add_number(&b, "setup", (int64_t)i, -1);
        add_list(&b, "setup", p->setup[i]);
    }
    if (p->has_ready) {
        struct interrupt ready = {.when = p->ready, .times = 1};
        struct buf text = {0};
        points_print(&ready, 1, &text);
        add(&b, "ready", text.data);
        buf_free(&text);
    }
    add_number(&b, "deadline", p->deadline_ns, usual.program.deadline_ns);
    add_number(&b, "ignore", (int64_t)p->ignore, 0);
    scenario_free(&usual);
    return hash_of(&b);
}

/* `alive` decides when a trial is over, and the client works beside the program. */
static uint64_t of_interrupts(const struct scenario *s)
{
    struct buf b = {0};

    add_list(&b, "client", s->client);
    add_number(&b, "alive", s->expect.alive, false);

    points_print(s->interrupts, s->interrupts_n, &b);
    for (size_t i = 0; i < s->interrupts_n; i++)
        add_number(&b, "limit", s->interrupts[i].limit, 0);
    return hash_of(&b);
}

static uint64_t of_afterwards(const struct expect *e)
{
    struct buf b = {0};

    add_list(&b, "recover", e->recover);
    add_number(&b, "rerun", e->rerun, false);
    return hash_of(&b);
}

struct fingerprint fingerprint_of(const struct scenario *s)
{
    return (struct fingerprint){.program = of_program(&s->program),
                                .interrupts = of_interrupts(s),
                                .afterwards = of_afterwards(&s->expect)};
}
