/* shrink.h - what may stand for a finding's interrupts: fewer, or points that are easier to read.
 */
#ifndef SIGSWEEP_SHRINK_H
#define SIGSWEEP_SHRINK_H

#include "scenario/scenario.h"

#include <stddef.h>

#define SHRINK_MAX 8

struct shrink_list {
    char *texts[SHRINK_MAX]; /* owned; the best first */
    size_t n;
};

/* count: which one of its name the last point is, of any thread; 0: not known. */
void shrink_candidates(const struct interrupt *list, size_t n, unsigned count,
                       struct shrink_list *out);
void shrink_free(struct shrink_list *l);

#endif
