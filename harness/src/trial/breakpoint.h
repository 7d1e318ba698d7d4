/* breakpoint.h - breakpoints in the memory of stopped programs, a table for each address space.
 * Knows nothing of trials: what a hit means is functions.c, how a thread gets past is stepping.c.
 *
 * A program that blocks SIGTRAP when it meets one finds it unblocked, with its default action: the
 * kernel forces the signal (force_sig). Only a program that handles SIGTRAP itself can tell. */
#ifndef SIGSWEEP_BREAKPOINT_H
#define SIGSWEEP_BREAKPOINT_H

#include "scenario/scenario.h"
#include "symbol/symbol.h"
#include "trial/arch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct breakpoint {
    uint64_t address;
    unsigned char saved[ARCH_BREAK_SIZE]; /* what the program has there */
    bool in; /* false: taken out, and known for a thread that is about to report it */
};

/* A point at an address. One address may have several: names of the same function. */
struct mark {
    uint64_t address;
    enum point_kind kind; /* POINT_FUNCTION or POINT_INSTRUCTION */
    const char *name;     /* borrowed */
    uint64_t offset;
    bool listed; /* it is part of the surveyed set */
};

/* A function that is stepped through. */
struct range {
    uint64_t start, end;
    const char *name;    /* borrowed */
    unsigned char *code; /* end - start bytes: as it was without breakpoints */
};

/* One address space. */
struct space {
    unsigned users;          /* threads that run in it */
    struct breakpoint *list; /* by address */
    size_t n, room;
    struct mark *marks; /* by address */
    size_t marks_n, marks_room;
    struct range *ranges; /* by start */
    size_t ranges_n, ranges_room;
    uint64_t *semaphores; /* of probes: their pages are not mapped for writing yet */
    size_t semaphores_n;
    struct symbols *symbols; /* NULL until they are asked for; of this space alone */
};

struct space *space_new(void);                      /* with one user */
struct space *space_share(struct space *s);         /* one more user */
struct space *space_copy(const struct space *from); /* as fork copies the memory */
void space_drop(struct space *s);                   /* one user less; NULL is allowed */

/* Puts one in through tid, a stopped thread of the space, when it is not there. 1: it was
 * not; 0; -errno. */
int breakpoint_add(struct space *s, pid_t tid, uint64_t address);
struct breakpoint *breakpoint_find(const struct space *s, uint64_t address);
/* Takes it out for good. */
void breakpoint_remove(struct breakpoint *b, pid_t tid);
/* All out of the memory of pid, a stopped copy of a program of this space. */
void breakpoints_clear(const struct space *s, pid_t pid);

void mark_add(struct space *s, const struct mark *m);
/* The first of *n marks at the address. */
const struct mark *marks_at(const struct space *s, uint64_t address, size_t *n);

/* With the breakpoints that are in it taken out of the code. */
void range_add(struct space *s, pid_t tid, uint64_t start, uint64_t end, const char *name);
const struct range *range_at(const struct space *s, uint64_t pc);

/* Memory of a stopped thread's program. Writing goes through /proc/TID/mem, which may write where
 * the program may not; the descriptor stays good when the thread ends. 0 or -errno. */
int memory_read(pid_t tid, uint64_t address, void *to, size_t len);
int memory_open(pid_t tid); /* a descriptor, or -errno */
int memory_write(int fd, uint64_t address, const void *from, size_t len);

#endif
