/* debug.c - see debug.h. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "debug.h"
#include "line.h"
#include "runtime.h"

struct debug_handle {
    uint64_t id;      /* of the task */
    const char *name; /* of the task */
    bool joined;      /* somebody has asked for its result */
};

static void begin(struct line *line, uint64_t id, const char *name)
{
    line->len = 0;
    line_text(line, "quiesce: task ");
    line_number(line, (int64_t)id);
    if (name) {
        line_text(line, " ");
        line_word(line, name);
    }
}

static void milliseconds(struct line *line, int64_t ns)
{
    line_number(line, ns / QS_MILLISECOND);
    line_text(line, " ms");
}

/* ---- Tasks that do not yield */

void debug_switch(struct debug *debug, const struct fiber *next)
{
    int64_t now = clock_raw(), took = now - debug->ran_since;
    struct line line;

    if (debug->ran_since && took > debug->slow_ns) {
        begin(&line, debug->runs, debug->runs_name);
        line_text(&line, " ran for ");
        milliseconds(&line, took);
        line_text(&line,
                  " without a wait: no other task could run; see qs_yield() and qs_offload()");
        line_write(&line, debug->fd);
    }
    debug->ran_since = next ? now : 0;
    if (next) {
        debug->runs = next->task->id;
        debug->runs_name = next->task->name;
    }
}

/* ---- Cleanups and groups */

void debug_overrun(struct runtime *rt, const struct task *task, const char *cleanup, int64_t over)
{
    struct line line;

    if (!rt->debug.overrun)
        return;
    begin(&line, task->id, task->name);
    line_text(&line, ": cleanup ");
    line_word(&line, *cleanup ? cleanup : "-");
    line_text(&line, " took ");
    milliseconds(&line, over);
    line_text(&line, " more than its limit");
    line_write(&line, rt->debug.fd);
}

void debug_group_left(struct runtime *rt, const struct task *task)
{
    struct line line;

    if (!rt->debug.leaks)
        return;
    begin(&line, task->id, task->name);
    line_text(&line, " left a group open: it is cancelled and closed now");
    line_write(&line, rt->debug.fd);
}

/* ---- Handles: the numbers of their tasks only go up, so the list is in order */

void debug_handle(struct runtime *rt, uint64_t id, const char *name)
{
    struct debug *debug = &rt->debug;

    if (!debug->handles)
        return;
    if (debug->n_handles == debug->room) {
        size_t room = debug->room ? 2 * debug->room : 64;
        struct debug_handle *all = realloc(debug->all, room * sizeof(*all));

        if (!all)
            return;
        debug->all = all;
        debug->room = room;
    }
    debug->all[debug->n_handles++] = (struct debug_handle){.id = id, .name = name};
}

static int by_id(const void *key, const void *one)
{
    uint64_t id = *(const uint64_t *)key, other = ((const struct debug_handle *)one)->id;

    return id < other ? -1 : id > other;
}

void debug_joined(struct runtime *rt, uint64_t id)
{
    struct debug *debug = &rt->debug;
    struct debug_handle *handle = NULL;

    if (debug->n_handles)
        handle = bsearch(&id, debug->all, debug->n_handles, sizeof(*debug->all), by_id);
    if (handle)
        handle->joined = true;
}

static void tell_handles(const struct debug *debug)
{
    struct line line;

    for (size_t i = 0; i < debug->n_handles; i++)
        if (!debug->all[i].joined) {
            begin(&line, debug->all[i].id, debug->all[i].name);
            line_text(&line, " has a handle, and nobody has joined it");
            line_write(&line, debug->fd);
        }
}

/* ---- Descriptors */

/* Calls see with each open descriptor, but for the one that reads the list. */
static void each_descriptor(struct debug *debug, void (*see)(struct debug *debug, int fd))
{
    DIR *dir = opendir("/proc/self/fd");
    struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        if (*entry->d_name != '.' && atoi(entry->d_name) != dirfd(dir))
            see(debug, atoi(entry->d_name));
    if (dir)
        closedir(dir);
}

static void count_one(struct debug *debug, int fd)
{
    (void)fd;
    debug->n_fds++;
}

static void note_one(struct debug *debug, int fd)
{
    debug->fds[debug->n_fds++] = fd;
}

static void tell_one(struct debug *debug, int fd)
{
    char link[32], path[128] = "";
    struct line line = {.len = 0};

    for (size_t i = 0; i < debug->n_fds; i++)
        if (debug->fds[i] == fd)
            return;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    if (readlink(link, path, sizeof(path) - 1) < 0)
        *path = '\0';
    line_text(&line, "quiesce: descriptor ");
    line_number(&line, fd);
    line_text(&line, " was opened during the run and is still open: ");
    line_text(&line, path);
    line_write(&line, debug->fd);
}

void debug_begin(struct debug *debug)
{
    if (!debug->leaks)
        return;
    each_descriptor(debug, count_one);
    debug->fds = calloc(debug->n_fds + 1, sizeof(*debug->fds));
    debug->n_fds = 0;
    if (debug->fds)
        each_descriptor(debug, note_one);
    else
        debug->leaks = false;
}

void debug_end(struct runtime *rt)
{
    struct debug *debug = &rt->debug;

    tell_handles(debug);
    free(debug->all);
    if (debug->leaks)
        each_descriptor(debug, tell_one);
    free(debug->fds);
}

/* ---- The shutdown */

/* Tells again after twice the time: a shutdown that hangs must not fill a disk. */
static void shutdown_due(struct runtime *rt, struct timer *timer)
{
    int64_t after = timer->at - rt->cancelled_at;

    qs_dump(rt->debug.fd);
    timer_arm(&rt->timers, timer, rt->cancelled_at + 2 * after);
}

void debug_cancelled(struct runtime *rt)
{
    if (!rt->debug.shutdown_ns)
        return;
    rt->debug.timer.fire = shutdown_due;
    timer_arm(&rt->timers, &rt->debug.timer, rt->cancelled_at + rt->debug.shutdown_ns);
}
