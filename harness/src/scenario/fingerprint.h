/* fingerprint.h - what of a scenario decides how its trials run, as opposed to how they are judged.
 * A stored record belongs to a scenario as long as these are the same. */
#ifndef SIGSWEEP_FINGERPRINT_H
#define SIGSWEEP_FINGERPRINT_H

#include "scenario/scenario.h"

struct fingerprint {
    uint64_t program;    /* the section `program` */
    uint64_t interrupts; /* the section `interrupts` */
    uint64_t afterwards; /* what `expect` has run: recover, rerun */
};

/* Of values that are not the default ones only, so that a new key changes nothing for scenarios
 * that do not use it. */
struct fingerprint fingerprint_of(const struct scenario *s);

#endif
