/* stack.h - stacks for started tasks, kept for the next task when one is done. */
#ifndef QS_STACK_H
#define QS_STACK_H

#include <stddef.h>

/* Lies at the upper end of the stack that it describes; the owner's record begins with it. */
struct stack {
    struct stack *next;   /* in the pool's list of free ones */
    char *mapping;        /* what mmap gave: the guard page, then the stack */
    unsigned valgrind_id; /* what valgrind calls it */
};

struct stack_pool {
    struct stack *free; /* ready for use */
    size_t size;        /* bytes of each, without the guard page */
    size_t record;      /* bytes the owner's record takes */
    size_t page;        /* bytes of a page */
    unsigned made;      /* stacks mapped so far: the next one's colour */
    struct stack **all; /* every mapping, to be unmapped at the end */
    size_t room;        /* places in all */
};

void stack_pool_init(struct stack_pool *pool, size_t size, size_t record);
void stack_pool_clear(struct stack_pool *pool); /* unmaps all; none may be in use */

/* NULL: no memory. */
struct stack *stack_take(struct stack_pool *pool);
void stack_give(struct stack_pool *pool, struct stack *stack);

/* The lowest usable byte, and the first byte above what a task may use. */
char *stack_low(const struct stack_pool *pool, const struct stack *stack);
char *stack_high(const struct stack *stack);

#endif
