/* process_groups.c - see process_groups.h. Chunks are added at the end and stay until the run is
 * over, so a handler may walk them at any instruction. */
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>

#include "process_groups.h"

#define CHUNK    64
#define RESERVED (-1) /* somebody has the place, and no group yet */

struct chunk {
    atomic_int groups[CHUNK];     /* 0: free */
    _Atomic(struct chunk *) next; /* NULL: none */
};

static struct chunk first;

static atomic_int *place_in(struct chunk *chunk)
{
    for (int i = 0; i < CHUNK; i++) {
        int free = 0;

        if (atomic_compare_exchange_strong(&chunk->groups[i], &free, RESERVED))
            return &chunk->groups[i];
    }
    return NULL;
}

atomic_int *process_groups_place(void)
{
    for (struct chunk *chunk = &first;;) {
        atomic_int *place = place_in(chunk);
        struct chunk *next = atomic_load(&chunk->next);

        if (place)
            return place;
        if (!next) {
            next = calloc(1, sizeof(*next));
            if (!next)
                return NULL;
            atomic_store(&chunk->next, next);
        }
        chunk = next;
    }
}

void process_groups_leave(atomic_int *place)
{
    atomic_store(place, 0);
}

void process_groups_kill(void)
{
    for (struct chunk *chunk = &first; chunk; chunk = atomic_load(&chunk->next))
        for (int i = 0; i < CHUNK; i++) {
            int group = atomic_load(&chunk->groups[i]);

            if (group > 0)
                kill(-group, SIGKILL);
        }
}

void process_groups_clear(void)
{
    struct chunk *chunk = atomic_exchange(&first.next, NULL);

    for (int i = 0; i < CHUNK; i++)
        atomic_store(&first.groups[i], 0);
    while (chunk) {
        struct chunk *next = atomic_load(&chunk->next);

        free(chunk);
        chunk = next;
    }
}
