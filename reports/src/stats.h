/* stats.h - order statistics of latencies. Exact: every value is kept (8 bytes each), nothing is
 * binned or interpolated. */
#ifndef SIGSWEEP_STATS_H
#define SIGSWEEP_STATS_H

#include <stddef.h>
#include <stdint.h>

struct stats {
    int64_t *values; /* ns; sorted after stats_sort */
    size_t n, room;
    size_t never; /* trials in which it did not happen before the harness gave up: each counts as a
                   * value larger than all others (a right-censored observation) */
};

void stats_add(struct stats *s, int64_t ns);
void stats_sort(struct stats *s);
void stats_free(struct stats *s);

/* These want stats_sort first. */
/* Nearest rank (the smallest value with at least percent % of all at or below it), percent in
 * (0, 100]. -1: no values, or the rank falls among the `never`. */
int64_t stats_percentile(const struct stats *s, double percent);
int64_t stats_min(const struct stats *s); /* -1: no values */
int64_t stats_max(const struct stats *s); /* -1: no values, or some never happened */

struct stats_point {
    int64_t ns;
    double share; /* of all, the `never` too, that are <= ns */
};
/* The ECDF's steps, thinned to at most `limit` points by rank, first and last always kept. Returns
 * how many went into out (room for limit >= 2). */
size_t stats_ecdf(const struct stats *s, struct stats_point *out, size_t limit);

#endif
