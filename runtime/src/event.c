/* event.c - see event.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "event.h"
#include "line.h"

int event_descriptor(void)
{
    const char *text = getenv("SIGSWEEP_EVENTS");
    char *end;
    long fd;

    if (!text || *text < '0' || *text > '9')
        return -1;
    fd = strtol(text, &end, 10);
    return *end || fd > INT32_MAX || fcntl((int)fd, F_GETFD) < 0 ? -1 : (int)fd;
}

void event_text(struct runtime *rt, const char *text)
{
    struct line line;

    if (rt->events < 0)
        return;
    line.len = 0;
    line_text(&line, text);
    line_write(&line, rt->events);
}

void event_number(struct runtime *rt, const char *text, int64_t number)
{
    struct line line;

    if (rt->events < 0)
        return;
    line.len = 0;
    line_text(&line, text);
    line_number(&line, number);
    line_write(&line, rt->events);
}

static void begin(struct line *line, const char *verb, uint64_t id)
{
    line->len = 0;
    line_text(line, verb);
    line_text(line, " id=");
    line_number(line, (int64_t)id);
}

void event_task(struct runtime *rt, const char *verb, uint64_t id)
{
    struct line line;

    if (rt->events < 0 || !id)
        return;
    begin(&line, verb, id);
    line_write(&line, rt->events);
}

void event_task_end(struct runtime *rt, uint64_t id, enum outcome outcome)
{
    static const char *const names[] = {"done", "failed", "cancelled"};
    struct line line;

    if (rt->events < 0 || !id)
        return;
    begin(&line, "task.end", id);
    line_text(&line, " outcome=");
    line_text(&line, names[outcome]);
    line_write(&line, rt->events);
}

static void begin_cleanup(struct line *line, const char *verb, uint64_t id, const char *name)
{
    begin(line, verb, id);
    line_text(line, " name=");
    line_word(line, name);
}

void event_cleanup(struct runtime *rt, const char *verb, uint64_t id, const char *name)
{
    struct line line;

    if (rt->events < 0)
        return;
    begin_cleanup(&line, verb, id, name);
    line_write(&line, rt->events);
}

void event_cleanup_end(struct runtime *rt, uint64_t id, const char *name, int rc)
{
    struct line line;

    if (rt->events < 0)
        return;
    begin_cleanup(&line, "cleanup.end", id, name);
    line_text(&line, " rc=");
    line_number(&line, rc);
    line_write(&line, rt->events);
}

void event_name(struct runtime *rt, const char *text, const char *name)
{
    struct line line;

    if (rt->events < 0)
        return;
    line.len = 0;
    line_text(&line, text);
    line_word(&line, name);
    line_write(&line, rt->events);
}

void qs_mark(const char *name)
{
    if (qs_running)
        event_name(qs_running, "mark name=", name);
}
