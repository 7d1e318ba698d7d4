#include "plan/plan.h"

#include "plan/points.h"
#include "support/buf.h"
#include "support/rng.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define TRIALS_MAX 10000000

static bool has_set(const struct scenario *s)
{
    for (size_t i = 0; i < s->interrupts_n; i++) {
        if (s->interrupts[i].when.kind == POINT_EACH)
            return true;
    }
    return false;
}

static size_t set_size(const struct interrupt *in)
{
    return in->when.kind == POINT_BETWEEN ? in->when.trials : 1;
}

size_t plan_draws(const struct interrupt *in)
{
    size_t all = set_size(in);

    return in->limit != 0 && in->limit < all ? in->limit : all;
}

int plan_add(struct plan *p, const struct scenario *s, const char *skip, struct error *err)
{
    struct plan_part part = {.scenario = s, .first = p->trials + 1, .trials = skip == NULL};
    size_t all = 1;

    for (size_t i = 0; skip == NULL && i < s->interrupts_n; i++) {
        all *= set_size(&s->interrupts[i]);
        part.trials *= plan_draws(&s->interrupts[i]);
        if (all > TRIALS_MAX)
            return error_set(err, -E2BIG, "%s: more than %d trials; add a limit", s->name,
                             TRIALS_MAX);
    }
    part.sampled_out = skip == NULL ? all - part.trials : 0;
    if (skip == NULL && has_set(s)) {
        part.expands = true;
        part.trials = 0;
        part.sampled_out = 0;
    }
    part.skip = skip != NULL ? mem_strdup(skip) : NULL;
    p->parts = mem_grow(p->parts, p->parts_n + 1, sizeof(*p->parts));
    p->parts[p->parts_n++] = part;
    p->trials += part.trials;
    return 0;
}

void plan_number(struct plan *p)
{
    p->trials = 0;
    for (size_t i = 0; i < p->parts_n; i++) {
        struct plan_part *part = &p->parts[i];
        part->first = p->trials + 1;
        if (part->expands)
            part->trials = 0;
        for (size_t k = 0; k < part->rows_n; k++) {
            part->rows[k].before = part->trials;
            part->trials += part->rows[k].trials;
        }
        p->trials += part->trials;
    }
}

const struct plan_part *plan_part_of(const struct plan *p, size_t number)
{
    size_t low = 0, high = p->parts_n;

    while (high - low > 1) { /* the last part that begins at or before it */
        size_t middle = low + (high - low) / 2;
        if (p->parts[middle].first <= number)
            low = middle;
        else
            high = middle;
    }
    while (low > 0 && p->parts[low].trials == 0)
        low--;
    return &p->parts[low];
}

/* A time in [from, to]: uniform, or with the same chance for each doubling. Whole microseconds, so
 * that a point on a replay line is exactly the one that was fired. */
static int64_t draw_time(struct rng *r, const struct point *p)
{
    double u = rng_unit(r), from = (double)p->from_ns, to = (double)p->to_ns;

    if (p->prior == PRIOR_OCTAVES) {
        double low = log2(from < 1000 ? 1000 : from), high = log2(to < 1000 ? 1000 : to);
        return (int64_t)(exp2(low + u * (high - low)) / 1000) * 1000;
    }
    return (int64_t)((from + u * (to - from)) / 1000) * 1000;
}

struct interrupt plan_definite(const struct plan *p, const struct scenario *s, size_t position,
                               size_t choice)
{
    const struct interrupt *set = &s->interrupts[position];
    struct interrupt in = *set;

    in.limit = 0;
    in.when = point_copy(&set->when);
    if (set->when.kind == POINT_BETWEEN) {
        /* Times are drawn independently, so the first `limit` draws are as good a sample as any. */
        struct rng r = rng_for(p->seed ^ (position + 1) * 0x9e3779b97f4a7c15u, s->name, choice);
        in.when.kind = POINT_AFTER;
        in.when.from_ns = draw_time(&r, &set->when);
        in.when.to_ns = 0;
        in.when.trials = 0;
    }
    return in;
}

const struct plan_row *plan_row_of(const struct plan *p, size_t number)
{
    const struct plan_part *part = plan_part_of(p, number);
    size_t low = 0, high = part->rows_n;

    if (!part->expands || part->rows_n == 0)
        return NULL;
    while (high - low > 1) { /* the last row that begins at or before it */
        size_t middle = low + (high - low) / 2;
        if (part->rows[middle].before <= number - part->first)
            low = middle;
        else
            high = middle;
    }
    while (low > 0 && part->rows[low].trials == 0)
        low--;
    return &part->rows[low];
}

static const struct plan_option *option_of(const struct plan *p, const struct plan_row *row,
                                           size_t number)
{
    size_t index = number - plan_part_of(p, number)->first - row->before;

    return index < row->options_n ? &row->options[index] : NULL;
}

struct interrupt plan_option(const struct plan *p, const struct interrupt *set,
                             const struct plan_option *o)
{
    struct interrupt in = *set;

    in.limit = 0;
    in.when = (struct point){.kind = (enum point_kind)o->kind,
                             .nth = o->nth,
                             .process = o->process,
                             .thread = o->thread,
                             .side = (enum side)o->side,
                             .offset = o->offset};
    if (p->names[o->name][0] != '\0')
        in.when.text = mem_strdup(p->names[o->name]);
    return in;
}

static struct interrupt *row_interrupts(const struct plan *p, size_t number, size_t *n)
{
    const struct plan_part *part = plan_part_of(p, number);
    const struct plan_row *row = plan_row_of(p, number);
    const struct plan_option *o = option_of(p, row, number);
    struct interrupt *list = mem_alloc((row->prefix_n + 1) * sizeof(*list));

    for (size_t i = 0; i < row->prefix_n; i++) {
        list[i] = row->prefix[i];
        list[i].when = point_copy(&row->prefix[i].when);
    }
    *n = row->prefix_n;
    if (o != NULL)
        list[(*n)++] = plan_option(p, &part->scenario->interrupts[row->prefix_n], o);
    return list;
}

struct interrupt *plan_interrupts(const struct plan *p, size_t number, size_t *n)
{
    const struct plan_part *part = plan_part_of(p, number);
    const struct scenario *s = part->scenario;
    size_t rest = number - part->first;
    struct interrupt *list;

    if (part->expands)
        return row_interrupts(p, number, n);
    list = mem_alloc((s->interrupts_n + 1) * sizeof(*list));
    for (size_t i = 0; i < s->interrupts_n; i++) {
        size_t size = plan_draws(&s->interrupts[i]);
        list[i] = plan_definite(p, s, i, rest % size);
        rest /= size;
    }
    *n = s->interrupts_n;
    return list;
}

uint32_t plan_site_of(const struct plan *p, size_t number)
{
    const struct plan_row *row = plan_row_of(p, number);
    const struct plan_option *o = row != NULL ? option_of(p, row, number) : NULL;

    return o != NULL ? o->site : 0;
}

static void part_free(struct plan_part *part)
{
    for (size_t i = 0; i < part->rows_n; i++) {
        points_free(part->rows[i].prefix, part->rows[i].prefix_n);
        free(part->rows[i].options);
    }
    free(part->rows);
    free(part->skip);
    free(part->empty);
}

void plan_free(struct plan *p)
{
    for (size_t i = 0; i < p->parts_n; i++)
        part_free(&p->parts[i]);
    for (size_t i = 0; i < p->names_n; i++)
        free(p->names[i]);
    for (size_t i = 0; i < p->sites_n; i++)
        site_free(&p->sites[i]);
    free(p->names);
    free(p->sites);
    free(p->parts);
    *p = (struct plan){0};
}
