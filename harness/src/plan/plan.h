/* plan.h - the trials of a run: which scenario, which definite interrupts, in a fixed order.
 * Trial numbers start at 1. A trial's interrupts are computed when it is asked for, from the seed
 * alone, so a plan of a million trials takes little memory and does not depend on the worker count.
 * A part with a set (`each:`) has no trials until surveys have told its points: see expand.h. */
#ifndef SIGSWEEP_PLAN_H
#define SIGSWEEP_PLAN_H

#include "scenario/scenario.h"
#include "support/error.h"
#include "symbol/symbol.h"

#include <stddef.h>
#include <stdint.h>

/* A point that a survey found, in 32 bytes: there may be very many. */
struct plan_option {
    uint32_t name; /* index into the names beside it */
    uint32_t site; /* index into the sites beside it; 0: not known */
    uint32_t nth, thread;
    uint64_t offset;
    uint32_t process;
    uint8_t kind, side; /* enum point_kind, enum side */
};

/* Trials of a part that has sets: the same first interrupts, then one of the options. */
struct plan_row {
    struct interrupt *prefix; /* owned, with its texts */
    size_t prefix_n;
    struct plan_option *options; /* of the last interrupt when that is a set; owned */
    size_t options_n;
    size_t trials;                /* options_n, or 1 when the last interrupt is no set */
    size_t before;                /* trials of the part's rows before it */
    bool surveyed, sharing, idle; /* what its last survey said */
};

struct plan_part {
    const struct scenario *scenario; /* borrowed */
    size_t first;                    /* number of its first trial */
    size_t trials;                   /* 0: skipped */
    size_t sampled_out;              /* left out by a limit */
    char *skip;                      /* why it is skipped; owned; NULL: it is not */
    bool expands;                    /* it has a set: trials are known after its surveys */
    struct plan_row *rows;           /* owned */
    size_t rows_n;
    size_t level;     /* interrupts that the rows have been expanded by */
    size_t unreached; /* surveys that did not come to where their set begins */
    bool idle;        /* a survey's program did not end by itself */
    char *empty;      /* why there is nothing to interrupt; owned; NULL: there is */
};

struct plan {
    struct plan_part *parts;
    size_t parts_n;
    size_t trials; /* in all */
    uint64_t seed;
    char **names; /* of options; owned */
    size_t names_n;
    struct site *sites; /* of options, numbered from 1: the first is `not known`; owned */
    size_t sites_n;
};

/* Appends a scenario. `skip` (copied) or NULL. A set larger than 10 million trials is -E2BIG. */
int plan_add(struct plan *p, const struct scenario *s, const char *skip, struct error *err);
/* Numbers the trials anew, in the order of the parts: after the surveys. */
void plan_number(struct plan *p);
/* The part that trial `number` belongs to. */
const struct plan_part *plan_part_of(const struct plan *p, size_t number);
/* The row of a trial of a part that expands; NULL for other parts. */
const struct plan_row *plan_row_of(const struct plan *p, size_t number);
/* The interrupts of trial `number`, each at a definite point; the caller frees with points_free. */
struct interrupt *plan_interrupts(const struct plan *p, size_t number, size_t *n);
/* The call site of its last interrupt, as an index into sites; 0: not known. */
uint32_t plan_site_of(const struct plan *p, size_t number);
/* A copy of one interrupt at one definite point of its set: `choice` of its draws. */
struct interrupt plan_definite(const struct plan *p, const struct scenario *s, size_t position,
                               size_t choice);
/* The interrupt of a set at one of its options. */
struct interrupt plan_option(const struct plan *p, const struct interrupt *set,
                             const struct plan_option *o);
size_t plan_draws(const struct interrupt *in); /* how many such choices there are */
void plan_free(struct plan *p);

#endif
