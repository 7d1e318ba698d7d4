/* sweeps.h - the outcomes of each swept scenario's points, in the order of its execution. */
#ifndef SIGSWEEP_SWEEPS_H
#define SIGSWEEP_SWEEPS_H

#include "digest.h"

/* What a cell shows; from SWEEP_FINDING on, the place of a kind in struct sweep's kinds. The
 * greater, the worse: where many points share a cell, the worst one shows. */
enum { SWEEP_CLEAN, SWEEP_MASKED, SWEEP_UNREACHED, SWEEP_ERROR, SWEEP_FINDING };

struct sweep_cell {
    unsigned what;
    unsigned where;         /* place of the call site's text in struct sweep's texts */
    unsigned first, second; /* of a pair: places of the two points' texts */
};

struct sweep {
    const struct digest_scenario *scenario; /* borrowed */
    bool pairs;                             /* two sets: a matrix */
    struct sweep_cell *cells;
    size_t n;
    char **kinds; /* of findings, in the order they were first seen */
    size_t kinds_n;
    char **texts; /* points and call sites */
    size_t texts_n;
    json_t *index; /* text -> its place in texts */
};

/* Reads the trials of all swept scenarios: 16 bytes a trial. 0 or -errno with a message; the caller
 * ends the list with sweeps_free. */
int sweeps_read(const struct digest *d, struct sweep **list, size_t *n, struct error *err);
void sweeps_free(struct sweep *list, size_t n);
/* "clean", "masked", ... or the kind of finding. */
const char *sweep_what(const struct sweep *s, unsigned what);

#endif
