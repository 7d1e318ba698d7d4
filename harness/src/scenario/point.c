#include "scenario/point.h"
#include "scenario/pattern.h"
#include "scenario/suggest.h"
#include "trial/event.h"

#include <ctype.h>
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYSCALL_NUMBERS                                                                            \
    600 /* past the highest on any architecture; new ones share their numbers                      \
         */

static const char *const kinds[POINT_KINDS] = {
    [POINT_START] = "start",       [POINT_AFTER] = "after",
    [POINT_BETWEEN] = "between",   [POINT_EVENT] = "event",
    [POINT_STATE] = "state",       [POINT_OUTPUT] = "output",
    [POINT_NOTIFY] = "notify",     [POINT_SYSCALL] = "syscall",
    [POINT_FUNCTION] = "function", [POINT_INSTRUCTION] = "instruction",
    [POINT_EACH] = "each",
};

const char *point_kind_name(enum point_kind kind)
{
    return (unsigned)kind < POINT_KINDS ? kinds[kind] : "?";
}

int point_kind_parse(const char *name)
{
    for (int i = 0; i < POINT_KINDS; i++) {
        if (strcmp(kinds[i], name) == 0)
            return i;
    }
    return -1;
}

void point_init(struct point *p, enum point_kind kind)
{
    *p = (struct point){.kind = kind, .nth = 1};
    if (kind == POINT_BETWEEN)
        p->trials = TRIALS_DEFAULT;
}

bool point_is_set(enum point_kind kind)
{
    return kind == POINT_BETWEEN || kind == POINT_EACH;
}

bool point_bounds(int kind)
{
    return kind == POINT_EVENT || kind == POINT_SYSCALL || kind == POINT_FUNCTION;
}

static int event_check(const char *name, const char **instead, struct error *err)
{
    struct suggestion near = suggest_for(name);

    if (event_verb_parse(name) >= 0)
        return 0;
    for (int verb = 0; verb < EVENT_VERBS; verb++)
        suggest_try(&near, event_verb_name((enum event_verb)verb));
    *instead = near.word;
    return error_set(err, -EINVAL, "unknown event `%.60s`", name);
}

/* A symbol, or provider:probe. */
static int symbol_check(const char *name, struct error *err)
{
    size_t colon = strcspn(name, ":");

    if (strchr("0123456789:", name[0]) != NULL ||
        (name[colon] == ':' && (name[colon + 1] == '\0' || strchr(name + colon + 1, ':') != NULL)))
        return error_set(err, -EINVAL,
                         "expected a function, or a probe as provider:probe, found `%.60s`", name);
    for (const char *c = name; *c != '\0'; c++) {
        if (!isalnum((unsigned char)*c) && strchr("_.$@:", *c) == NULL)
            return error_set(err, -EINVAL, "a symbol's name holds no `%c`", isprint(*c) ? *c : '?');
    }
    return 0;
}

int point_syscall_check(const char *name, char instead[POINT_NAME_MAX], struct error *err)
{
    instead[0] = '\0';
    if (seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR)
        return 0;
    struct suggestion near = suggest_for(name);
    for (int number = 0; number < SYSCALL_NUMBERS; number++) {
        char *known = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);

        if (known == NULL)
            continue;
        suggest_try(&near, known);
        if (near.word == known)
            snprintf(instead, POINT_NAME_MAX, "%s", known);
        free(known);
        near.word = NULL;
    }
    return error_set(err, -EINVAL, "unknown system call `%.40s`", name);
}

static int ordinal(const char **text, unsigned *n)
{
    size_t digits = strspn(*text, "0123456789");

    if (digits == 0 || digits > 9)
        return -EINVAL;
    *n = (unsigned)strtoul(*text, NULL, 10);
    *text += digits;
    return *n > 0 ? 0 : -EINVAL;
}

int point_thread_parse(const char *text, unsigned *process, unsigned *thread)
{
    unsigned p, t;

    if (ordinal(&text, &p) < 0 || *text++ != '.' || ordinal(&text, &t) < 0 || *text != '\0')
        return -EINVAL;
    *process = p;
    *thread = t;
    return 0;
}

int point_offset_parse(const char *text, uint64_t *offset)
{
    bool hex = strncmp(text, "0x", 2) == 0;
    const char *digits = hex ? text + 2 : text;
    size_t len = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");

    if (len == 0 || len > 15 || digits[len] != '\0')
        return -EINVAL;
    *offset = strtoull(digits, NULL, hex ? 16 : 10);
    return 0;
}

int point_text_check(enum point_kind kind, const char *text, const char **instead,
                     struct error *err)
{
    *instead = NULL;
    switch (kind) {
    case POINT_EVENT: return event_check(text, instead, err);
    case POINT_OUTPUT: return pattern_check(text, err);
    case POINT_NOTIFY:
        /* sd_notify(3): newline-separated assignments. */
        if (strchr(text, '\n') != NULL)
            return error_set(err, -EINVAL,
                             "a notify message is matched line by line: give one line");
        if (text[0] == '=' || strchr(text, '=') == NULL)
            return error_set(err, -EINVAL, "a notify line is NAME=VALUE, such as READY=1");
        return 0;
    case POINT_FUNCTION:
    case POINT_INSTRUCTION: return symbol_check(text, err);
    default: return 0;
    }
}

bool terminal_sends(int signal)
{
    return signal == SIGINT || signal == SIGQUIT || signal == SIGTSTP;
}
