#include "stats.h"

#include "support/buf.h"

#include <math.h>
#include <stdlib.h>

void stats_add(struct stats *s, int64_t ns)
{
    if (s->n == s->room) {
        s->room = s->room != 0 ? 2 * s->room : 16;
        s->values = mem_grow(s->values, s->room, sizeof(*s->values));
    }
    s->values[s->n++] = ns;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

void stats_sort(struct stats *s)
{
    if (s->n > 1)
        qsort(s->values, s->n, sizeof(*s->values), by_size);
}

void stats_free(struct stats *s)
{
    free(s->values);
    *s = (struct stats){0};
}

int64_t stats_percentile(const struct stats *s, double percent)
{
    size_t all = s->n + s->never;
    /* The subtrahend keeps 0.9 * 10 = 9.000000000000001 from becoming rank 10. */
    double rank = ceil(percent / 100.0 * (double)all - 1e-9);

    if (all == 0 || rank > (double)s->n)
        return -1;
    return s->values[rank < 1 ? 0 : (size_t)rank - 1];
}

int64_t stats_min(const struct stats *s)
{
    return s->n != 0 ? s->values[0] : -1;
}

int64_t stats_max(const struct stats *s)
{
    return s->n != 0 && s->never == 0 ? s->values[s->n - 1] : -1;
}

size_t stats_ecdf(const struct stats *s, struct stats_point *out, size_t limit)
{
    size_t points = s->n < limit ? s->n : limit, made = 0;
    double all = (double)(s->n + s->never);

    for (size_t i = 0; i < points; i++) {
        size_t rank = points == 1 ? s->n - 1 : i * (s->n - 1) / (points - 1);

        while (rank + 1 < s->n && s->values[rank + 1] == s->values[rank])
            rank++; /* equal values are one step */
        if (made > 0 && out[made - 1].ns == s->values[rank])
            continue;
        out[made++] = (struct stats_point){s->values[rank], (double)(rank + 1) / all};
    }
    return made;
}
