/* order.h - the order of a deterministic run: drawn from its seed. */
#ifndef QS_ORDER_H
#define QS_ORDER_H

#include <stdint.h>

struct qs_link;
struct runtime;

struct order {
    uint64_t seed;  /* 0: first come, first served */
    uint64_t state; /* of the generator */
    uint64_t trace; /* a hash of what was drawn, and who ran */
};

void order_begin(struct order *order, uint64_t seed);
uint32_t order_below(struct order *order, uint32_t n); /* 0 to n - 1 */
/* Who of the run queue, which is not empty, runs next. Tasks of one group still start in the order
 * of their spawn: that is promised. */
struct qs_link *order_pick(struct runtime *rt);

#endif
