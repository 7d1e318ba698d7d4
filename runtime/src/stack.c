/* stack.c - see stack.h. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stack.h"

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#ifndef VALGRIND_STACK_REGISTER
#define VALGRIND_STACK_REGISTER(low, high) 0
#define VALGRIND_STACK_DEREGISTER(id)      ((void)(id))
#endif

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* Linux 6.13, madvise(2) */
#endif

/* Stacks lie at equal distances, so their tops would all fall into the same few cache sets. Each
 * one's top is moved down by a different number of lines instead. */
#define COLOURS     31
#define COLOUR_STEP 128

void stack_pool_init(struct stack_pool *pool, size_t size, size_t record)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    *pool = (struct stack_pool){.page = page, .record = record};
    pool->size = (size + COLOURS * COLOUR_STEP + record + page - 1) & ~(page - 1);
}

/* A guard that costs no mapping of its own where the kernel has that: with a mapping each, a
 * process is limited to some 32,000 stacks (vm.max_map_count). */
static int guard(char *page, size_t size)
{
    return madvise(page, size, MADV_GUARD_INSTALL) && mprotect(page, size, PROT_NONE) ? -1 : 0;
}

static struct stack *stack_make(struct stack_pool *pool)
{
    size_t size = pool->page + pool->size;

    if (pool->made == pool->room) {
        size_t room = pool->room ? 2 * pool->room : 64;
        struct stack **all = realloc(pool->all, room * sizeof(*all));

        if (!all)
            return NULL;
        pool->all = all;
        pool->room = room;
    }
    char *mapping = mmap(NULL, size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (mapping == MAP_FAILED)
        return NULL;
    if (guard(mapping, pool->page)) {
        munmap(mapping, size);
        return NULL;
    }
    uintptr_t top =
        (uintptr_t)mapping + size - pool->record - (size_t)(pool->made % COLOURS) * COLOUR_STEP;
    struct stack *stack = (struct stack *)(top & ~(uintptr_t)63);
    stack->mapping = mapping;
    stack->valgrind_id = VALGRIND_STACK_REGISTER(mapping + pool->page, mapping + size);
    pool->all[pool->made++] = stack;
    return stack;
}

struct stack *stack_take(struct stack_pool *pool)
{
    struct stack *stack = pool->free;

    if (!stack)
        return stack_make(pool);
    pool->free = stack->next;
    return stack;
}

void stack_give(struct stack_pool *pool, struct stack *stack)
{
    stack->next = pool->free;
    pool->free = stack;
}

void stack_pool_clear(struct stack_pool *pool)
{
    for (unsigned i = 0; i < pool->made; i++) {
        VALGRIND_STACK_DEREGISTER(pool->all[i]->valgrind_id);
        munmap(pool->all[i]->mapping, pool->page + pool->size);
    }
    free(pool->all);
    *pool = (struct stack_pool){0};
}

char *stack_low(const struct stack_pool *pool, const struct stack *stack)
{
    return stack->mapping + pool->page;
}

char *stack_high(const struct stack *stack)
{
    return (char *)stack;
}
