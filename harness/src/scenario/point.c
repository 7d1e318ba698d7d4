#include "scenario/point.h"
#include "scenario/pattern.h"
#include "scenario/suggest.h"
#include "trial/event.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

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
    default: return 0;
    }
}

bool terminal_sends(int signal)
{
    return signal == SIGINT || signal == SIGQUIT || signal == SIGTSTP;
}
