#include "run/groups.h"
#include "run/phases.h"

#include "plan/points.h"
#include "run/shrink.h"
#include "support/buf.h"

#include <stdlib.h>
#include <string.h>

#define SHRINK_TIMES 3

/* ---------------------------------------------------------------------------- candidates */

static void add(struct shrink_list *l, const struct interrupt *list, size_t n)
{
    struct buf text = {0};

    points_print(list, n, &text);
    l->texts[l->n++] = buf_take(&text);
}

void shrink_candidates(const struct interrupt *list, size_t n, unsigned count,
                       struct shrink_list *out)
{
    struct interrupt *copy = mem_alloc((n + 1) * sizeof(*copy));
    struct interrupt *last = &copy[n - 1];

    *out = (struct shrink_list){0};
    memcpy(copy, list, n * sizeof(*copy)); /* the texts stay the list's */
    if (n > 1) {
        add(out, copy, 1);
        add(out, last, 1);
    }
    last->when = (struct point){.kind = POINT_START};
    if (n == 1 && list[0].when.kind != POINT_START)
        add(out, copy, n);
    last->when = list[n - 1].when;
    if (last->when.thread != 0 && last->when.text != NULL && count != 0) {
        last->when.process = 0;
        last->when.thread = 0;
        last->when.nth = count;
        add(out, copy, n);
    }
    free(copy);
}

void shrink_free(struct shrink_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->texts[i]);
    l->n = 0;
}

/* Which one of its name the trial's point is, among the options of its row. */
static unsigned count_of(const struct plan *p, size_t trial)
{
    const struct plan_row *row = plan_row_of(p, trial);
    size_t index;
    unsigned count = 0;

    if (row == NULL || row->options == NULL)
        return 0;
    index = trial - plan_part_of(p, trial)->first - row->before;
    for (size_t i = 0; i <= index; i++) {
        const struct plan_option *a = &row->options[i], *b = &row->options[index];
        count += a->name == b->name && a->side == b->side && a->offset == b->offset;
    }
    return count;
}

/* -------------------------------------------------------------------------------- phase */

struct shrinking {
    struct crew *crew;
    struct replay_step *steps; /* SHRINK_TIMES of each candidate, one after the other */
    unsigned *shown;           /* by candidate */
    size_t n;
};

static int take(void *arg, const struct report_head *head, const char *text, struct error *err)
{
    struct shrinking *s = arg;
    const struct group *g;
    bool has_line = text != NULL && !head->fatal;
    int rc = has_line ? folder_append(&s->crew->r->folder, text, head->size, err) : 0;

    if (rc != 0 || head->number == 0)
        return rc;
    g = &s->crew->r->groups[s->steps[head->number - 1].group];
    s->shown[(head->number - 1) / SHRINK_TIMES] += has_line && line_shows(text, head->size, g);
    return 0;
}

static void list_steps(struct shrinking *s, size_t index)
{
    const struct run *r = s->crew->r;
    const struct group *g = &r->groups[index];
    struct shrink_list candidates;
    size_t n;
    struct interrupt *list = plan_interrupts(r->plan, g->trial, &n);

    shrink_candidates(list, n, count_of(r->plan, g->trial), &candidates);
    for (size_t i = 0; i < candidates.n; i++) {
        s->steps = mem_grow(s->steps, s->n + SHRINK_TIMES, sizeof(*s->steps));
        for (int k = 0; k < SHRINK_TIMES; k++)
            s->steps[s->n++] = (struct replay_step){.scenario = r->plan->parts[g->part].scenario,
                                                    .at = mem_strdup(candidates.texts[i]),
                                                    .group = index,
                                                    .trial = g->trial};
    }
    shrink_free(&candidates);
    points_free(list, n);
}

static void accept(struct shrinking *s)
{
    for (size_t i = 0; i < s->n; i += SHRINK_TIMES) {
        struct group *g = &s->crew->r->groups[s->steps[i].group];
        if (g->shrunk == NULL && s->shown[i / SHRINK_TIMES] == SHRINK_TIMES)
            g->shrunk = mem_strdup(s->steps[i].at);
    }
}

void phase_shrink(struct crew *crew)
{
    struct shrinking s = {.crew = crew};
    struct run *r = crew->r;
    struct batch b = {.kind = JOB_REPLAY, .take = take, .arg = &s};

    for (size_t i = 0; i < r->groups_n && crew->rc == 0 && r->interrupted == 0; i++) {
        if (r->groups[i].confirmed != 0)
            list_steps(&s, i);
    }
    if (s.n != 0) {
        phase_begin(crew, PHASE_SHRINK);
        s.shown = mem_alloc(s.n * sizeof(*s.shown));
        b.n = s.n;
        crew->work.replays = s.steps;
        if (batch_run(crew, &b) == 0 && r->interrupted == 0)
            accept(&s);
    }
    crew->work.replays = NULL;
    for (size_t i = 0; i < s.n; i++)
        free((char *)s.steps[i].at);
    free(s.steps);
    free(s.shown);
}
