#include "plan/plan.h"

#include "support/buf.h"
#include "support/rng.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define TRIALS_MAX 10000000

static size_t set_size(const struct interrupt *in)
{
    return in->when.kind == POINT_BETWEEN ? in->when.trials : 1;
}

static size_t taken_size(const struct interrupt *in)
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
        part.trials *= taken_size(&s->interrupts[i]);
        if (all > TRIALS_MAX)
            return error_set(err, -E2BIG, "%s: more than %d trials; add a limit", s->name,
                             TRIALS_MAX);
    }
    part.sampled_out = skip == NULL ? all - part.trials : 0;
    part.skip = skip != NULL ? mem_strdup(skip) : NULL;
    p->parts = mem_grow(p->parts, p->parts_n + 1, sizeof(*p->parts));
    p->parts[p->parts_n++] = part;
    p->trials += part.trials;
    return 0;
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

static struct interrupt definite(const struct interrupt *set, uint64_t seed, const char *name,
                                 size_t position, size_t choice)
{
    struct interrupt in = *set;

    in.limit = 0;
    in.when.text = set->when.text != NULL ? mem_strdup(set->when.text) : NULL;
    if (set->when.kind == POINT_BETWEEN) {
        struct rng r = rng_for(seed ^ (position + 1) * 0x9e3779b97f4a7c15u, name, choice);
        in.when.kind = POINT_AFTER;
        in.when.from_ns = draw_time(&r, &set->when);
        in.when.to_ns = 0;
        in.when.trials = 0;
    }
    return in;
}

struct interrupt *plan_interrupts(const struct plan *p, size_t number, size_t *n)
{
    const struct plan_part *part = plan_part_of(p, number);
    const struct scenario *s = part->scenario;
    struct interrupt *list = mem_alloc((s->interrupts_n + 1) * sizeof(*list));
    size_t rest = number - part->first;

    for (size_t i = 0; i < s->interrupts_n; i++) {
        size_t size = taken_size(&s->interrupts[i]);
        /* Times are drawn independently, so the first `limit` draws are as good a sample as any. */
        list[i] = definite(&s->interrupts[i], p->seed, s->name, i, rest % size);
        rest /= size;
    }
    *n = s->interrupts_n;
    return list;
}

void plan_free(struct plan *p)
{
    for (size_t i = 0; i < p->parts_n; i++)
        free(p->parts[i].skip);
    free(p->parts);
    *p = (struct plan){0};
}
