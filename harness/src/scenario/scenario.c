#include "scenario/scenario.h"
#include "support/buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The index of name in words[0..n), or -1. */
static int word_index(const char *const *words, int n, const char *name)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(words[i], name) == 0)
            return i;
    }
    return -1;
}

/* ---- counts ---- */

static const char *const count_ops[] = {
    [COUNT_EQ] = "", [COUNT_GE] = ">=", [COUNT_LE] = "<=", [COUNT_GT] = ">", [COUNT_LT] = "<",
};

bool count_holds(struct count_cond cond, long value)
{
    switch (cond.op) {
    case COUNT_EQ: return value == cond.n;
    case COUNT_GE: return value >= cond.n;
    case COUNT_LE: return value <= cond.n;
    case COUNT_GT: return value > cond.n;
    case COUNT_LT: return value < cond.n;
    }
    return false;
}

int count_parse(const char *text, struct count_cond *cond)
{
    struct count_cond parsed = {.op = COUNT_EQ};
    size_t digits;

    /* ">=" and "<=" come before ">" and "<" in the enum, so the longer one wins. */
    for (int op = COUNT_GE; op <= COUNT_LT; op++) {
        size_t len = strlen(count_ops[op]);
        if (strncmp(text, count_ops[op], len) == 0) {
            parsed.op = op;
            text += len;
            break;
        }
    }
    digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 9 || text[digits] != '\0')
        return -EINVAL;
    parsed.n = strtol(text, NULL, 10);
    *cond = parsed;
    return 0;
}

char *count_print(struct count_cond cond, char *out, size_t room)
{
    snprintf(out, room, "%s%ld", count_ops[cond.op], cond.n);
    return out;
}

static const char *const count_keys[COUNT_KEYS] = {
    [COUNT_QUEUED] = "queued", [COUNT_RUNNING] = "running", [COUNT_CLEANING] = "cleaning",
    [COUNT_DONE] = "done",     [COUNT_STARTED] = "started", [COUNT_LEVEL] = "level",
};

const char *count_key_name(enum count_key key)
{
    return (unsigned)key < COUNT_KEYS ? count_keys[key] : "?";
}

int count_key_parse(const char *name)
{
    return word_index(count_keys, COUNT_KEYS, name);
}

/* ---- names of states and targets ---- */

static const char *const states[STATE_COUNTS] = {
    [STATE_BEFORE_START] = "before-start", [STATE_SLOTS_FULL] = "slots-full",
    [STATE_QUEUED_ONLY] = "queued-only",   [STATE_CLEANING] = "cleaning",
    [STATE_DRAINING] = "draining",
};

const char *state_name(enum state_name state)
{
    return (unsigned)state < STATE_COUNTS ? states[state] : NULL;
}

int state_parse(const char *name)
{
    return word_index(states, STATE_COUNTS, name);
}

static const char *const targets[] = {
    [TO_PROCESS] = "process",
    [TO_GROUP] = "group",
    [TO_THREAD] = "thread",
    [TO_TERMINAL] = "terminal",
};

const char *target_name(enum target target)
{
    return (unsigned)target <= TO_TERMINAL ? targets[target] : "?";
}

int target_parse(const char *name)
{
    return word_index(targets, TO_TERMINAL + 1, name);
}

static const char *const sides[] = {
    [SIDE_AFTER] = "after",
    [SIDE_BEFORE] = "before",
    [SIDE_INSIDE] = "inside",
    [SIDE_ALL] = "all",
};

static const char *const file_rules[] = {"any", "absent", "unchanged", "whole", "before-or-whole"};

const char *file_rule_name(enum file_rule rule)
{
    return (unsigned)rule < FILE_RULES ? file_rules[rule] : "?";
}

static const char *const memories[] = {
    [MEMORY_OFF] = "off",
    [MEMORY_LSAN] = "lsan",
    [MEMORY_VALGRIND] = "valgrind",
    [MEMORY_ASAN] = "asan",
};

const char *memory_name(enum memory memory)
{
    return (unsigned)memory <= MEMORY_ASAN ? memories[memory] : "?";
}

int memory_parse(const char *name)
{
    return word_index(memories, MEMORY_ASAN + 1, name);
}

/* LeakSanitizer traces the program itself at its end, so the harness has to let go of it before:
 * it can, once the signal is sent, unless breakpoints or the events filter stay behind. Under
 * valgrind the program's code and calls are not where they are looked for. */
const char *memory_refuses(enum memory memory, const struct point *p)
{
    bool event = p->kind == POINT_EVENT || p->kind == POINT_STATE ||
                 (p->kind == POINT_EACH && p->each == EACH_EVENT);
    bool call = p->kind == POINT_SYSCALL || (p->kind == POINT_EACH && p->each == EACH_SYSCALL);
    bool place =
        p->kind == POINT_FUNCTION || p->kind == POINT_INSTRUCTION ||
        (p->kind == POINT_EACH && (p->each == EACH_FUNCTION || p->each == EACH_INSTRUCTION));

    if (memory == MEMORY_OFF)
        return NULL;
    if (place)
        return "points at functions and instructions don't go with `memory`; points at system "
               "calls go with `lsan`, events with `valgrind`";
    if (memory == MEMORY_VALGRIND && (call || (p->kind == POINT_EACH && event)))
        return "the system calls of a program under valgrind are not its own; use `lsan`, or a "
               "point in time or at an event";
    if (memory != MEMORY_VALGRIND && event)
        return "LeakSanitizer can't work with event and state points; use `valgrind`, or a point "
               "at a system call";
    return NULL;
}

const char *side_name(enum side side)
{
    return (unsigned)side <= SIDE_ALL ? sides[side] : "?";
}

int side_parse(const char *name)
{
    return word_index(sides, SIDE_ALL + 1, name);
}

static const char *const eaches[EACH_KINDS] = {
    [EACH_SYSCALL] = "syscall",
    [EACH_EVENT] = "event",
    [EACH_FUNCTION] = "function",
    [EACH_INSTRUCTION] = "instruction",
};

const char *each_name(enum each each)
{
    return (unsigned)each < EACH_KINDS ? eaches[each] : "?";
}

int each_parse(const char *name)
{
    return word_index(eaches, EACH_KINDS, name);
}

kind_set expect_wanted(const struct expect *e)
{
    return (e->has_findings ? e->findings : 0) | e->sometimes;
}

/* ---- beginning and end ---- */

void scenario_init(struct scenario *s)
{
    *s = (struct scenario){0};
    s->program.deadline_ns = INT64_C(10000000000);
    s->program.ready.nth = 1;
    s->expect.within_ns = NOT_GIVEN;
    s->expect.fds = NOT_GIVEN;
    s->expect.threads = NOT_GIVEN;
    s->expect.processes = NOT_GIVEN;
    s->expect.files = NOT_GIVEN;
    s->expect.locks = NOT_GIVEN;
    s->expect.ipc = NOT_GIVEN;
    s->expect.terminal = NOT_GIVEN;
    s->expect.memory = NOT_GIVEN;
}

static void texts_free(char **list)
{
    for (char **text = list; text != NULL && *text != NULL; text++)
        free(*text);
    free(list);
}

static struct point *bound_copy(const struct point *bound)
{
    struct point *copy;

    if (bound == NULL)
        return NULL;
    copy = mem_alloc(sizeof(*copy));
    *copy = point_copy(bound);
    return copy;
}

static char *text_copy(const char *text)
{
    return text != NULL ? mem_strdup(text) : NULL;
}

struct point point_copy(const struct point *p)
{
    struct point copy = *p;

    copy.text = text_copy(p->text);
    copy.match = text_copy(p->match);
    copy.in = text_copy(p->in);
    copy.from = bound_copy(p->from);
    copy.to = bound_copy(p->to);
    return copy;
}

static void bound_free(struct point *bound)
{
    if (bound != NULL)
        point_free(bound);
    free(bound);
}

void point_free(struct point *p)
{
    free(p->text);
    free(p->match);
    free(p->in);
    bound_free(p->from);
    bound_free(p->to);
    p->text = p->match = p->in = NULL;
    p->from = p->to = NULL;
}

static void program_free(struct program *p)
{
    texts_free(p->command);
    texts_free(p->env);
    free(p->stdin_text);
    for (size_t i = 0; i < p->dialogue_n; i++) {
        free(p->dialogue[i].await);
        free(p->dialogue[i].send);
    }
    free(p->dialogue);
    free(p->copy);
    texts_free(p->needs);
    texts_free(p->watch);
    for (char ***command = p->setup; command != NULL && *command != NULL; command++)
        texts_free(*command);
    free(p->setup);
    point_free(&p->ready);
}

static void output_free(struct output_expect *out)
{
    texts_free(out->contains);
    texts_free(out->matches);
    texts_free(out->lacks);
}

void scenario_free(struct scenario *s)
{
    free(s->name);
    free(s->about);
    free(s->file);
    texts_free(s->tags);
    program_free(&s->program);
    for (size_t i = 0; i < s->interrupts_n; i++)
        point_free(&s->interrupts[i].when);
    free(s->interrupts);
    texts_free(s->client);
    free(s->expect.ended);
    for (size_t i = 0; i < s->expect.events_n; i++)
        free(s->expect.events[i].name);
    free(s->expect.events);
    for (size_t i = 0; i < s->expect.files_as_n; i++)
        free(s->expect.files_as[i].pattern);
    texts_free(s->expect.recover);
    free(s->expect.recover_ended);
    free(s->expect.files_as);
    output_free(&s->expect.out);
    output_free(&s->expect.err);
    free(s->expect.client_ended);
    output_free(&s->expect.client_out);
    output_free(&s->expect.client_err);
    *s = (struct scenario){0};
}

bool scenario_has_tag(const struct scenario *s, const char *tag)
{
    for (char **own = s->tags; own != NULL && *own != NULL; own++) {
        if (strcmp(*own, tag) == 0)
            return true;
    }
    return false;
}
