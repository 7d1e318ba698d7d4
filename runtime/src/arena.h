/* arena.h - memory for task records: 64 bytes each, and nothing around them. */
#ifndef QS_ARENA_H
#define QS_ARENA_H

#include <stddef.h>

struct task;

struct arena {
    struct arena_chunk *chunks; /* newest first; a chunk stays where it is until the end, so a
                                   signal handler may walk them */
    struct task *free;          /* records given back, linked by their link.next */
};

struct task *arena_take(struct arena *arena); /* NULL: no memory */
void arena_give(struct arena *arena, struct task *task);
void arena_clear(struct arena *arena);

/* Calls visit with each record in use, until it returns non-zero. Async-signal-safe if visit is. */
void arena_each(const struct arena *arena, int (*visit)(void *ctx, struct task *task), void *ctx);

#endif
