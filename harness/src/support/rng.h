/* rng.h - seeded random numbers that are the same on every machine (splitmix64, Steele et al.
 * 2014). */
#ifndef SIGSWEEP_RNG_H
#define SIGSWEEP_RNG_H

#include <stdint.h>

struct rng {
    uint64_t state;
};

/* A stream of its own for each (seed, name, number): what one trial draws never depends on another.
 */
struct rng rng_for(uint64_t seed, const char *name, uint64_t number);
uint64_t rng_next(struct rng *r);
uint64_t rng_below(struct rng *r, uint64_t limit); /* 0 .. limit-1, unbiased; 0 when limit is 0 */
double rng_unit(struct rng *r);                    /* [0, 1) */

#endif
