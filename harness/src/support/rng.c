#include "support/rng.h"

uint64_t rng_next(struct rng *r)
{
    uint64_t z = (r->state += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

struct rng rng_for(uint64_t seed, const char *name, uint64_t number)
{
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a over the name */
    struct rng r;

    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
    r.state = seed ^ hash;
    r.state = rng_next(&r) ^ number;
    r.state = rng_next(&r);
    return r;
}

uint64_t rng_below(struct rng *r, uint64_t limit)
{
    uint64_t value, rest;

    if (limit == 0)
        return 0;
    rest = -limit % limit; /* 2^64 mod limit */
    do {
        value = rng_next(r);
    } while (value < rest);
    return value % limit;
}

double rng_unit(struct rng *r)
{
    return (double)(rng_next(r) >> 11) * 0x1.0p-53;
}
