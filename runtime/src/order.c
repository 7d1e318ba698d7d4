/* order.c - see order.h. The generator is splitmix64 (Steele, Lea, Flood, 2014). */
#include "order.h"
#include "runtime.h"

#define LOOKED_AT 16 /* of the run queue: a task may be overtaken by so many at once */

void order_begin(struct order *order, uint64_t seed)
{
    *order = (struct order){.seed = seed, .state = seed, .trace = UINT64_C(14695981039346656037)};
}

static uint64_t draw(struct order *order)
{
    uint64_t z = order->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint32_t order_below(struct order *order, uint32_t n)
{
    return (uint32_t)((draw(order) >> 32) * n >> 32);
}

static struct task *task_of(struct qs_link *link)
{
    return CONTAINER(link, struct task, link);
}

/* The first of the same group that is to start: no later than this one. */
static struct qs_link *first_to_start(struct runtime *rt, struct qs_link *picked)
{
    struct qs_link *link = rt->ready.next;

    while (link != picked && (task_of(link)->state != TASK_STARTING ||
                              task_of(link)->group != task_of(picked)->group))
        link = link->next;
    return link;
}

struct qs_link *order_pick(struct runtime *rt)
{
    struct qs_link *link = rt->ready.next;
    uint32_t n = 0;

    while (link != &rt->ready && n < LOOKED_AT) {
        link = link->next;
        n++;
    }
    link = rt->ready.next;
    for (uint32_t i = order_below(&rt->order, n); i; i--)
        link = link->next;
    if (task_of(link)->state == TASK_STARTING)
        link = first_to_start(rt, link);
    rt->order.trace = (rt->order.trace ^ task_of(link)->id) * UINT64_C(1099511628211);
    return link;
}
