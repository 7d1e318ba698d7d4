/* median.h - of the rounds of a measurement. */
#ifndef SIGSWEEP_BENCH_MEDIAN_H
#define SIGSWEEP_BENCH_MEDIAN_H

#include <stdlib.h>

static inline int median_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Puts the list in order. */
static inline double median(double *list, int n)
{
    qsort(list, (size_t)n, sizeof(*list), median_order);
    return list[n / 2];
}

#endif
