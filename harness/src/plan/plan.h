/* plan.h - the trials of a run: which scenario, which definite interrupts, in a fixed order.
 * Trial numbers start at 1. A trial's interrupts are computed when it is asked for, from the seed
 * alone, so a plan of a million trials takes no memory and does not depend on the worker count. */
#ifndef SIGSWEEP_PLAN_H
#define SIGSWEEP_PLAN_H

#include "scenario/scenario.h"
#include "support/error.h"

#include <stddef.h>
#include <stdint.h>

struct plan_part {
    const struct scenario *scenario; /* borrowed */
    size_t first;                    /* number of its first trial */
    size_t trials;                   /* 0: skipped */
    size_t sampled_out;              /* left out by a limit */
    char *skip;                      /* why it is skipped; owned; NULL: it is not */
};

struct plan {
    struct plan_part *parts;
    size_t parts_n;
    size_t trials; /* in all */
    uint64_t seed;
};

/* Appends a scenario. `skip` (copied) or NULL. A set larger than 10 million trials is -E2BIG. */
int plan_add(struct plan *p, const struct scenario *s, const char *skip, struct error *err);
/* The part that trial `number` belongs to. */
const struct plan_part *plan_part_of(const struct plan *p, size_t number);
/* The interrupts of trial `number`, each at a definite point; the caller frees with points_free. */
struct interrupt *plan_interrupts(const struct plan *p, size_t number, size_t *n);
void plan_free(struct plan *p);

#endif
