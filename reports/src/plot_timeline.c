/* The timeline of one shutdown. Each cleanup has a row of its own under its task, so that no two
 * names can overlap. */
#include "escape.h"
#include "events.h"
#include "plots.h"
#include "support/buf.h"
#include "support/duration.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TASKS_MAX    20
#define CLEANUPS_MAX 6 /* of one task */
#define ROWS_MAX     64
#define WIDTH        1000
#define TOP          112

enum bar { BAR_QUEUED = 1, BAR_RUNNING, BAR_CLEANING, BAR_CLEANUP, BAR_FAILED, BAR_CUT };

struct cleanup {
    char name[128];
    int64_t from, to; /* to -1: never ended */
    bool failed;
};

struct task {
    int64_t id; /* -1: events without a task */
    int64_t queued, started, ended;
    struct cleanup *cleanups;
    size_t cleanups_n;
};

struct shutdown {
    int64_t wanted; /* the trial's number */
    bool found;
    char *scenario, *at;
    int64_t signal, cancel, exit, end;
    bool cut_off;
    struct task *tasks;
    size_t tasks_n;
    int64_t *sent; /* times of the signals, and their names beside */
    char (*names)[16];
    size_t sent_n;
};

static struct task *task_of(struct shutdown *s, int64_t id)
{
    for (size_t i = s->tasks_n; i-- > 0;)
        if (s->tasks[i].id == id)
            return &s->tasks[i];
    s->tasks = mem_grow(s->tasks, s->tasks_n + 1, sizeof(*s->tasks));
    s->tasks[s->tasks_n] = (struct task){.id = id, .queued = -1, .started = -1, .ended = -1};
    return &s->tasks[s->tasks_n++];
}

static void begin_cleanup(struct task *t, const struct event_line *e)
{
    struct cleanup *c;

    t->cleanups = mem_grow(t->cleanups, t->cleanups_n + 1, sizeof(*t->cleanups));
    c = &t->cleanups[t->cleanups_n++];
    *c = (struct cleanup){.from = e->t_ns, .to = -1};
    snprintf(c->name, sizeof(c->name), "%s", e->name);
}

static void end_cleanup(struct task *t, const struct event_line *e)
{
    for (size_t i = t->cleanups_n; i-- > 0;) {
        struct cleanup *c = &t->cleanups[i];

        if (c->to >= 0 || strcmp(c->name, e->name) != 0)
            continue;
        c->to = e->t_ns;
        c->failed = e->rc != 0;
        return;
    }
}

static void take_event(struct shutdown *s, const struct event_line *e)
{
    if (strcmp(e->verb, "task.queue") == 0)
        task_of(s, e->id)->queued = e->t_ns;
    else if (strcmp(e->verb, "task.start") == 0)
        task_of(s, e->id)->started = e->t_ns;
    else if (strcmp(e->verb, "task.end") == 0 || strcmp(e->verb, "task.fini") == 0)
        task_of(s, e->id)->ended = e->t_ns;
    else if (strcmp(e->verb, "cleanup.begin") == 0)
        begin_cleanup(task_of(s, e->id), e);
    else if (strcmp(e->verb, "cleanup.end") == 0)
        end_cleanup(task_of(s, e->id), e);
}

static void take_signals(struct shutdown *s, const json_t *list)
{
    json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        const json_t *sent = json_object_get(item, "sent_ns");
        const char *name = json_string_value(json_object_get(item, "signal"));

        if (!json_is_integer(sent) || json_integer_value(sent) < 0)
            continue;
        s->sent = mem_grow(s->sent, s->sent_n + 1, sizeof(*s->sent));
        s->names = mem_grow(s->names, s->sent_n + 1, sizeof(*s->names));
        s->sent[s->sent_n] = json_integer_value(sent);
        snprintf(s->names[s->sent_n++], sizeof(*s->names), "%s", name != NULL ? name : "signal");
    }
}

static int find_trial(const struct runlog_trial *t, void *ctx)
{
    struct shutdown *s = ctx;
    struct event_line e;
    json_t *item;
    size_t i;

    if (t->number != s->wanted || t->baseline)
        return 0;
    s->found = true;
    s->scenario = mem_strdup(t->scenario);
    s->at = mem_strdup(t->at);
    s->signal = t->signal_ns;
    s->cancel = t->cancel_ns;
    s->exit = t->exit_ns;
    s->end = t->end_ns;
    s->cut_off = t->cut_off;
    take_signals(s, json_object_get(t->root, "deliveries"));
    json_array_foreach(json_object_get(t->root, "events"), i, item)
    {
        const char *text = json_string_value(item);

        if (text != NULL && events_read(text, &e))
            take_event(s, &e);
    }
    return 1; /* enough read */
}

static void shutdown_free(struct shutdown *s)
{
    for (size_t i = 0; i < s->tasks_n; i++)
        free(s->tasks[i].cleanups);
    free(s->tasks);
    free(s->sent);
    free(s->names);
    free(s->scenario);
    free(s->at);
}

/* How the picture's axis lies over the trial's time. */
struct axis {
    int64_t zero, low, high; /* ns since exec */
    double unit;             /* ns */
    const char *unit_name;
    double left; /* pixels */
};

static struct axis axis_of(const struct shutdown *s)
{
    struct axis a = {.zero = s->signal};
    int64_t last = s->exit >= 0 && !s->cut_off ? s->exit : s->end, span;

    for (size_t i = 0; i < s->sent_n; i++)
        if (s->sent[i] > last)
            last = s->sent[i];
    if (last <= s->signal)
        last = s->signal + 1000;
    span = last - s->signal;
    a.low = s->signal - span / 6; /* enough to see what was going on */
    if (a.low < 0)
        a.low = 0;
    a.high = last + span / 25 + 1;
    a.unit = span < 1000000 ? 1e3 : span < 1000000000 ? 1e6 : 1e9;
    a.unit_name = span < 1000000 ? "us" : span < 1000000000 ? "ms" : "s";
    return a;
}

static double place(const struct axis *a, int64_t ns)
{
    ns = ns < a->low ? a->low : ns > a->high ? a->high : ns;
    return (double)(ns - a->zero) / a->unit;
}

static double pixel(const struct axis *a, int64_t ns)
{
    ns = ns < a->low ? a->low : ns > a->high ? a->high : ns;
    return a->left + (double)(ns - a->low) / (double)(a->high - a->low) * (WIDTH - 40 - a->left);
}

static void bar(struct buf *data, const struct axis *a, enum bar kind, int64_t from, int64_t to,
                size_t row)
{
    double x = place(a, from), y = place(a, to);
    double thin = (double)(a->high - a->low) / a->unit / 700; /* a pixel: short is not invisible */

    if (to < a->low || from > a->high)
        return;
    buf_addf(data, "%d\t%.6f\t%.6f\t%zu\t%s\n", kind, x, y - x < thin ? x + thin : y, row,
             kind >= BAR_CLEANUP ? "0.22" : "0.36");
}

static void task_bars(struct buf *data, const struct axis *a, const struct shutdown *s,
                      const struct task *t, size_t row)
{
    int64_t last = s->exit >= 0 ? s->exit : s->end, end = t->ended >= 0 ? t->ended : last;
    int64_t split = s->cancel >= 0 && s->cancel < end ? s->cancel : end;

    if (t->id < 0) { /* no task: the program itself, running from its start */
        split = s->cancel >= 0 ? s->cancel : last;
        bar(data, a, BAR_RUNNING, 0, split, row);
        bar(data, a, BAR_CLEANING, split, last, row);
        return;
    }
    if (t->queued >= 0)
        bar(data, a, BAR_QUEUED, t->queued, t->started >= 0 ? t->started : end, row);
    if (t->started < 0)
        return;
    if (split > t->started)
        bar(data, a, BAR_RUNNING, t->started, split, row);
    if (split < end)
        bar(data, a, BAR_CLEANING, split > t->started ? split : t->started, end, row);
}

/* The picture while it is laid out. */
struct layout {
    struct axis axis;
    struct buf data, settings;
    size_t rows;
    double height;
};

#define ROW_HEIGHT 21
#define BELOW      104

static void row_name(struct layout *l, size_t row, const char *color, const char *text)
{
    struct buf cut = {0};

    escape_field(&cut, text, 34);
    plots_label(&l->settings, l->axis.left - 10,
                TOP + ((double)row - 0.4) / ((double)l->rows + 0.2) * (l->height - TOP - BELOW),
                "right", color, cut.data);
    buf_free(&cut);
}

/* A line through all rows and a text over the plot; level 0 is the nearest to it. */
static void mark(struct layout *l, int64_t ns, int level, const char *color, const char *text)
{
    double x = pixel(&l->axis, ns), y = TOP - 12 - 17 * level;

    buf_addf(&l->settings,
             "set arrow from screen %.1f/width,1 - %.1f/height to screen %.1f/width,%d.0/height "
             "nohead front lw 1.5 dt %d lc rgb '%s'\n",
             x, y + 8, x, BELOW, level == 2 ? 1 : 4, color);
    if (text[0] != '\0')
        plots_label(&l->settings, x, y, x > WIDTH - 140 ? "right" : "left", color, text);
}

static void marks(struct layout *l, const struct shutdown *s)
{
    const char *last = s->cut_off ? "ended by sigsweep" : "exit";
    int64_t end = s->exit >= 0 && !s->cut_off ? s->exit : s->end;
    struct buf text = {0};

    for (size_t i = 0; i < s->sent_n;) {
        size_t n = i + 1;

        /* Signals too near to each other for a text each share one. */
        while (n < s->sent_n && pixel(&l->axis, s->sent[n]) - pixel(&l->axis, s->sent[i]) < 64)
            n++;
        buf_clear(&text);
        buf_adds(&text, s->names[i]);
        if (n - i > 1)
            buf_addf(&text, " and %zu more", n - i - 1);
        for (size_t k = i; k < n; k++)
            mark(l, s->sent[k], 2, "#D55E00", k == i ? text.data : "");
        i = n;
    }
    if (s->cancel >= 0)
        mark(l, s->cancel, 1, "#009E73", "cancel");
    if (end >= 0)
        mark(l, end, 0, "#000000", last);
    buf_free(&text);
}

static bool in_view(const struct task *t, const struct axis *a)
{
    return t->id < 0 || t->cleanups_n > 0 || t->ended < 0 || t->ended >= a->low;
}

/* Tasks with cleanups are the story; those that only waited come last. */
static int weight(const struct task *t)
{
    return t->cleanups_n > 0 ? 0 : t->started >= 0 ? 1 : 2;
}

static int by_weight(const void *a, const void *b)
{
    const struct task *x = a, *y = b;

    if (weight(x) != weight(y))
        return weight(x) - weight(y);
    return (x->id > y->id) - (x->id < y->id);
}

static size_t rows_of(const struct task *t)
{
    return 1 + (t->cleanups_n < CLEANUPS_MAX ? t->cleanups_n : CLEANUPS_MAX);
}

/* Puts the tasks to draw in front; how many, and how many rows. */
static size_t choose(struct shutdown *s, struct layout *l, size_t *cleanups_cut)
{
    size_t kept = 0, n = 0;

    for (size_t i = 0; i < s->tasks_n; i++) {
        struct task t = s->tasks[i];

        if (!in_view(&t, &l->axis))
            continue;
        s->tasks[i] = s->tasks[kept];
        s->tasks[kept++] = t;
    }
    qsort(s->tasks, kept, sizeof(*s->tasks), by_weight);
    for (; n < kept && n < TASKS_MAX && l->rows + rows_of(&s->tasks[n]) <= ROWS_MAX; n++) {
        l->rows += rows_of(&s->tasks[n]);
        *cleanups_cut += s->tasks[n].cleanups_n + 1 - rows_of(&s->tasks[n]);
    }
    return n;
}

static void draw_cleanup(struct layout *l, const struct shutdown *s, const struct cleanup *c,
                         size_t row)
{
    int64_t last = s->exit >= 0 ? s->exit : s->end;

    bar(&l->data, &l->axis,
        c->to < 0   ? BAR_CUT
        : c->failed ? BAR_FAILED
                    : BAR_CLEANUP,
        c->from, c->to < 0 ? last : c->to, row);
    row_name(l, row, "#777777", c->name[0] != '\0' ? c->name : "(cleanup without a name)");
}

static void draw_tasks(struct layout *l, const struct shutdown *s, size_t tasks)
{
    size_t row = 1;
    char name[64];

    for (size_t i = 0; i < tasks; i++) {
        const struct task *t = &s->tasks[i];

        if (t->id >= 0)
            snprintf(name, sizeof(name), "task %" PRId64, t->id);
        else
            snprintf(name, sizeof(name), "program");
        row_name(l, row, "#000000", name);
        task_bars(&l->data, &l->axis, s, t, row++);
        for (size_t k = 0; k + 1 < rows_of(t); k++)
            draw_cleanup(l, s, &t->cleanups[k], row++);
    }
}

static void headings(struct layout *l, const struct shutdown *s, size_t tasks, size_t cleanups_cut)
{
    struct buf text = {0};
    char before[32];

    buf_addf(&text, "The shutdown of trial %" PRId64 ": %s", s->wanted, s->scenario);
    if (escape_width(text.data) > 100) {
        struct buf cut = {0};

        escape_field(&cut, text.data, 100);
        buf_free(&text);
        text = cut;
    }
    plots_text(&l->settings, "title_text", text.data);
    buf_clear(&text);
    escape_field(&text, s->at, 50);
    buf_addf(&text, "; %zu task%s", tasks, tasks == 1 ? "" : "s");
    if (tasks < s->tasks_n)
        buf_addf(&text, " of %zu (the rest had ended, or only waited, or has no room)", s->tasks_n);
    if (cleanups_cut > 0)
        buf_addf(&text, "; %zu cleanups not shown", cleanups_cut);
    plots_text(&l->settings, "subtitle", text.data);
    buf_clear(&text);
    buf_addf(&text, "%s since the first signal, which came %s after the program's start",
             l->axis.unit_name, duration_human(s->signal, before, sizeof(before)));
    plots_text(&l->settings, "xlabel_text", text.data);
    buf_free(&text);
}

static int draw(struct shutdown *s, struct plots *p, struct error *err)
{
    struct layout l = {.axis = axis_of(s)};
    size_t cleanups_cut = 0, tasks = choose(s, &l, &cleanups_cut), widest = 8;
    int rc;

    for (size_t i = 0; i < tasks; i++)
        for (size_t k = 0; k + 1 < rows_of(&s->tasks[i]); k++)
            if (escape_width(s->tasks[i].cleanups[k].name) > widest)
                widest = escape_width(s->tasks[i].cleanups[k].name);
    l.axis.left = 30 + 7.4 * (double)(widest < 34 ? widest : 34);
    if (l.rows < 4) /* room for the axis and the marks */
        l.rows = 4;
    l.height = TOP + BELOW + ROW_HEIGHT * (double)l.rows;
    draw_tasks(&l, s, tasks);
    marks(&l, s);
    headings(&l, s, tasks, cleanups_cut);
    plots_text(&l.settings, "name", "timeline");
    plots_number(&l.settings, "rows", (double)l.rows);
    plots_number(&l.settings, "width", WIDTH);
    plots_number(&l.settings, "height", l.height);
    plots_number(&l.settings, "left", l.axis.left);
    plots_number(&l.settings, "top", TOP);
    plots_number(&l.settings, "xlow", place(&l.axis, l.axis.low));
    plots_number(&l.settings, "xhigh", place(&l.axis, l.axis.high));
    rc = plots_picture(p, "timeline", "timeline", &l.data, &l.settings, err);
    buf_free(&l.data);
    buf_free(&l.settings);
    return rc;
}

int plots_timeline(const struct digest *d, int64_t trial, struct plots *p, struct error *err)
{
    struct shutdown s = {.wanted = trial >= 0 ? trial : d->timeline_trial};
    struct runlog_end end;
    int rc = 0;

    if (s.wanted < 0) {
        report_written_note(p->written, mem_strdup("no timeline: no trial has both a signal and "
                                                   "events"));
        return 0;
    }
    rc = runlog_trials(d->log, find_trial, &s, &end, err);
    if (rc >= 0) {
        rc = 0;
        if (!s.found)
            rc = error_set(err, -ENOENT, "%s has no trial %" PRId64, d->log->dir, s.wanted);
        else if (s.signal < 0 || s.tasks_n == 0 || (s.exit < 0 && s.end < 0))
            report_written_note(p->written,
                                mem_printf("no timeline: trial %" PRId64 " has no signal, no task "
                                           "or cleanup event, or no end",
                                           s.wanted));
        else
            rc = draw(&s, p, err);
    }
    shutdown_free(&s);
    return rc;
}
