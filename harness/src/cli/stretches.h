/* stretches.h - a sweep's outcomes, folded: trials that follow each other and ended alike are one
 * stretch. Memory is in the number of stretches, not of trials. Private to cli/. */
#ifndef SIGSWEEP_STRETCHES_H
#define SIGSWEEP_STRETCHES_H

#include "scenario/kind.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What makes trials alike. */
struct look {
    uint8_t outcome; /* enum trial_outcome */
    uint8_t how;     /* enum ended_how */
    int16_t value;
    kind_set kinds, warnings;
    bool masked;
};

struct stretch {
    size_t first, last; /* trial numbers, both part of it */
    struct look look;
    uint32_t site; /* of the first */
};

struct stretches {
    struct stretch *list; /* by number */
    size_t n, room;
};

/* Trials may come in any order, each once. */
void stretches_add(struct stretches *s, size_t number, struct look look, uint32_t site);
void stretches_free(struct stretches *s);

#endif
