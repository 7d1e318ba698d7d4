#include "run/phases.h"

#include "plan/expand.h"
#include "support/buf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct packed {
    char *data; /* NULL: there was no survey */
    size_t len;
};

struct surveys {
    struct crew *crew;
    struct survey_step *steps;
    struct packed *packed;
    size_t n;
};

static void survey_failed(struct crew *crew, size_t part, const char *why)
{
    struct tally *t = &crew->r->tallies[part];

    t->errors++;
    if (t->error == NULL)
        t->error = mem_strdup(why);
}

static int take(void *arg, const struct report_head *head, const char *text, struct error *err)
{
    struct surveys *s = arg;
    struct packed *p = &s->packed[head->number - 1];

    (void)err;
    if (head->number == 0)
        return 0;
    if (text == NULL || head->fatal) {
        s->crew->r->refused |= head->code == -EPERM;
        survey_failed(s->crew, s->steps[head->number - 1].part,
                      text != NULL ? text : "the worker that surveyed it was killed");
        return 0;
    }
    p->data = mem_alloc(head->size + 1);
    p->len = head->size;
    memcpy(p->data, text, head->size);
    return 0;
}

static void say_unreached(const struct crew *crew, const struct plan_part *part, size_t before)
{
    char *text;

    if (part->unreached == before)
        return;
    text = mem_printf("%s: %zu of %zu surveys did not reach where the set begins",
                      part->scenario->name, part->unreached - before, part->rows_n);
    crew_note(crew, text);
    free(text);
}

/* In the order of the rows, whatever order they came in: names and sites are numbered here. */
static void absorb(struct surveys *s)
{
    struct plan *plan = s->crew->r->plan;

    for (size_t i = 0; i < s->n; i++) {
        struct plan_part *part = &plan->parts[s->steps[i].part];
        struct plan_row *row = &part->rows[s->steps[i].row];
        if (s->packed[i].data != NULL)
            (void)expand_take(plan, part, row, s->packed[i].data, s->packed[i].len);
        else
            row->trials = 0;
        free(s->packed[i].data);
    }
}

static bool list_steps(struct surveys *s, bool *open)
{
    struct plan *plan = s->crew->r->plan;

    s->n = 0;
    for (size_t i = 0; i < plan->parts_n; i++) {
        struct plan_part *part = &plan->parts[i];
        if (open[i])
            open[i] = expand_on(plan, part);
        for (size_t k = 0; open[i] && k < part->rows_n; k++) {
            s->steps = mem_grow(s->steps, s->n + 1, sizeof(*s->steps));
            s->steps[s->n++] = (struct survey_step){.part = i, .row = k};
        }
    }
    return s->n != 0;
}

static bool level(struct surveys *s, bool *open)
{
    struct plan *plan = s->crew->r->plan;
    struct batch b = {.kind = JOB_SURVEY, .take = take, .arg = s};
    size_t *before;

    if (!list_steps(s, open))
        return false;
    s->packed = mem_alloc(s->n * sizeof(*s->packed));
    s->crew->work.surveys = s->steps;
    before = mem_alloc(plan->parts_n * sizeof(*before));
    for (size_t i = 0; i < plan->parts_n; i++)
        before[i] = plan->parts[i].unreached;
    b.n = s->n;
    (void)batch_run(s->crew, &b);
    absorb(s);
    for (size_t i = 0; i < plan->parts_n; i++)
        say_unreached(s->crew, &plan->parts[i], before[i]);
    free(before);
    free(s->packed);
    return s->crew->rc == 0 && s->crew->r->interrupted == 0;
}

void phase_survey(struct crew *crew)
{
    struct plan *plan = crew->r->plan;
    struct surveys s = {.crew = crew};
    bool *open = mem_alloc(plan->parts_n * sizeof(*open) + 1);
    bool any = false;

    for (size_t i = 0; i < plan->parts_n; i++)
        any |= open[i] = plan->parts[i].expands;
    if (any) {
        phase_begin(crew, PHASE_SURVEY);
        while (level(&s, open))
            ;
    }
    if (any && crew->rc == 0 && crew->r->interrupted == 0) {
        for (size_t i = 0; i < plan->parts_n; i++) {
            if (plan->parts[i].expands)
                expand_end(plan, &plan->parts[i]);
        }
        plan_number(plan);
        folder_write_sites(&crew->r->folder, plan);
    }
    free(open);
    free(s.steps);
    crew->work.surveys = NULL;
}
