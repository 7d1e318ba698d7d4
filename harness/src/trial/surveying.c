/* surveying.c - lists the points of a set while the program passes them. */
#include "trial/live.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int surveying_open(struct live *l)
{
    struct surveying *s = &l->survey;
    const struct point *set;

    s->out = l->plan->survey;
    if (s->out == NULL)
        return 0;
    set = s->out->set;
    if (set->match != NULL) {
        if (regcomp(&s->match, set->match, REG_EXTENDED | REG_NOSUB) != 0)
            return error_set(l->err, -EINVAL, "`%s` is no regular expression", set->match);
        s->has_match = true;
    }
    s->open = set->from == NULL;
    return 0;
}

void surveying_close(struct live *l)
{
    struct surveying *s = &l->survey;

    if (s->has_match)
        regfree(&s->match);
    s->has_match = false;
    if (s->status_tid != 0)
        close(s->status_fd);
    s->status_tid = 0;
    if (s->out != NULL) {
        s->out->reached = cue_done(l) && s->open;
        if (s->out->set->each != EACH_EVENT) /* events are in the order of their reports */
            survey_arrange(s->out);
    }
    s->out = NULL;
}

void surveying_born(struct live *l, const struct task *maker, const struct task *made)
{
    struct point by = {.process = maker->process, .thread = maker->thread};
    struct point it = {.process = made->process, .thread = made->thread};

    if (l->survey.out != NULL && l->survey.out->set->each != EACH_EVENT)
        survey_born(l->survey.out, &by, &it);
}

/* The part of the execution that the set is about: all interrupts sent, between the bounds. */
static bool in_stretch(const struct live *l)
{
    return l->survey.out != NULL && cue_done(l) && l->survey.open && !l->survey.closed &&
           !l->leaving;
}

static bool wanted(const struct surveying *s, const char *name)
{
    return !s->has_match || regexec(&s->match, name, 0, NULL, 0) == 0;
}

static void pass_bounds(struct live *l, enum point_kind kind, const char *name)
{
    struct surveying *s = &l->survey;
    const struct point *from = s->out->set->from, *to = s->out->set->to;

    if (!cue_done(l))
        return;
    if (!s->open) {
        s->open = from != NULL && from->kind == kind && strcmp(from->text, name) == 0 &&
                  ++s->from_seen == from->nth;
        return;
    }
    if (to != NULL && to->kind == kind && strcmp(to->text, name) == 0)
        s->closed |= ++s->to_seen == to->nth;
}

static uint32_t site_of(struct live *l, pid_t tid)
{
    struct site site;

    if (l->symbols == NULL)
        l->symbols = symbols_open(l->pid, l->room->symbols);
    if (symbols_site(l->symbols, tid, &site) != 0)
        return 0;
    return survey_site(l->survey.out, &site);
}

void surveying_event(struct live *l, const struct event *ev, pid_t tid)
{
    struct surveying *s = &l->survey;
    const char *name = event_verb_name(ev->verb);
    struct point p = {.kind = POINT_EVENT};

    if (s->out == NULL)
        return;
    if (cue_done(l))
        p.nth = ++s->events_seen[ev->verb];
    if (in_stretch(l) && s->out->set->each == EACH_EVENT && wanted(s, name)) {
        p.text = survey_name(s->out, name);
        survey_add(s->out, &p, tid != 0 ? site_of(l, tid) : 0);
    }
    pass_bounds(l, POINT_EVENT, name);
}

/* The file is kept open: a survey reads it twice at each call that can wait. */
static bool read_status(struct surveying *s, pid_t tid, char *text, size_t room)
{
    char path[64];
    ssize_t got = s->status_tid == tid ? pread(s->status_fd, text, room - 1, 0) : -1;

    if (got <= 0) {
        if (s->status_tid != 0)
            close(s->status_fd);
        snprintf(path, sizeof(path), "/proc/%d/status", tid);
        s->status_fd = open(path, O_RDONLY | O_CLOEXEC);
        s->status_tid = s->status_fd >= 0 ? tid : 0;
        got = s->status_fd >= 0 ? pread(s->status_fd, text, room - 1, 0) : -1;
    }
    text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

/* Voluntary context switches of a stopped thread: each stop at a call is one, and each time that it
 * slept. */
static uint64_t switches_of(struct surveying *s, pid_t tid)
{
    static const char key[] = "\nvoluntary_ctxt_switches:";
    char text[4096], *at;

    if (!read_status(s, tid, text, sizeof(text)) || (at = strstr(text, key)) == NULL)
        return 0;
    return strtoull(at + strlen(key), NULL, 10);
}

static void add_call(struct live *l, struct task *t, enum side side)
{
    struct survey *out = l->survey.out;
    struct point p = {.kind = POINT_SYSCALL,
                      .process = t->process,
                      .thread = t->thread,
                      .nth = t->nth,
                      .side = side,
                      .text = survey_name(out, call_name(l, t->call.number))};

    survey_add(out, &p, out->n < out->most ? site_of(l, t->tid) : 0);
}

void surveying_call(struct live *l, struct task *t, enum side side)
{
    struct surveying *s = &l->survey;
    const struct point *set;
    const char *name;
    bool all;

    if (s->out == NULL)
        return;
    set = s->out->set;
    all = set->side == SIDE_ALL;
    name = call_name(l, t->call.number);
    s->out->sharing |= l->tasks_n > 1 || l->families_n > 1;
    /* A point of a call is armed at its entry: what was not due there can't be reached at its end.
     */
    if (side == SIDE_BEFORE)
        t->late = !cue_done(l);
    if (set->each != EACH_SYSCALL || !in_stretch(l) || t->late || !wanted(s, name)) {
        t->switches = UINT64_MAX; /* an end without its entry says nothing about a wait */
    } else if (side == SIDE_BEFORE) {
        if (set->side == SIDE_BEFORE || (all && call_can_wait(t->call.number)))
            add_call(l, t, SIDE_BEFORE);
        t->switches = call_can_wait(t->call.number) && (all || set->side == SIDE_INSIDE)
                          ? switches_of(s, t->tid)
                          : UINT64_MAX;
    } else {
        if (t->switches != UINT64_MAX && (all || set->side == SIDE_INSIDE) &&
            switches_of(s, t->tid) > t->switches + 1)
            add_call(l, t, SIDE_INSIDE);
        if (all || set->side == SIDE_AFTER)
            add_call(l, t, SIDE_AFTER);
    }
    if (side == SIDE_AFTER)
        pass_bounds(l, POINT_SYSCALL, name);
}

void surveying_place(struct live *l, const struct point *here, bool listed, uint32_t site)
{
    struct surveying *s = &l->survey;
    struct point p = *here;

    if (s->out == NULL)
        return;
    s->out->sharing |= l->tasks_n > 1 || l->families_n > 1;
    if (listed && in_stretch(l)) {
        p.text = survey_name(s->out, here->text);
        survey_add(s->out, &p, site);
    }
    pass_bounds(l, here->kind, here->text);
}
