/* arena.c - see arena.h. */
#include <stdatomic.h>
#include <sys/mman.h>

#include "arena.h"
#include "task.h"

#define CHUNK_BYTES ((size_t)256 * 1024)

struct arena_chunk {
    struct arena_chunk *older; /* the chunk made before */
    size_t used;               /* records handed out so far */
};

#define CHUNK_TASKS                                                                                \
    (CHUNK_BYTES / sizeof(struct task) - 1) /* the chunk's header takes the first one's place */

_Static_assert(sizeof(struct arena_chunk) <= sizeof(struct task), "the header fits a record");

static struct task *records(struct arena_chunk *chunk)
{
    return (struct task *)(void *)chunk + 1;
}

struct task *arena_take(struct arena *arena)
{
    struct task *task = arena->free;
    struct arena_chunk *chunk = arena->chunks;

    if (task) {
        arena->free = (struct task *)(void *)task->link.next;
        return task;
    }
    if (!chunk || chunk->used == CHUNK_TASKS) {
        chunk = mmap(NULL, CHUNK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (chunk == MAP_FAILED)
            return NULL;
        chunk->older = arena->chunks;
        /* A handler that comes now must see the chunk complete or not at all. */
        atomic_signal_fence(memory_order_release);
        arena->chunks = chunk;
    }
    return &records(
        chunk)[chunk->used++]; /* fresh memory is zero: the record's state is TASK_FREE */
}

void arena_give(struct arena *arena, struct task *task)
{
    task->state = TASK_FREE;
    task->link.next = (struct qs_link *)(void *)arena->free;
    arena->free = task;
}

void arena_clear(struct arena *arena)
{
    while (arena->chunks) {
        struct arena_chunk *chunk = arena->chunks;

        arena->chunks = chunk->older;
        munmap(chunk, CHUNK_BYTES);
    }
    arena->free = NULL;
}

void arena_each(const struct arena *arena, int (*visit)(void *ctx, struct task *task), void *ctx)
{
    for (struct arena_chunk *chunk = arena->chunks; chunk; chunk = chunk->older)
        for (size_t i = 0; i < chunk->used; i++)
            if (records(chunk)[i].state != TASK_FREE && visit(ctx, &records(chunk)[i]))
                return;
}
