/* block.h - shields, timeouts and the limits of cleanups: what a task has begun and not ended, each
 * inside the one before. Together they say whether its waits fail. */
#ifndef QS_BLOCK_H
#define QS_BLOCK_H

#include "runtime.h"

enum block_kind {
    BLOCK_SHIELD,  /* until it is over, no cancellation from outside is felt */
    BLOCK_TIMEOUT, /* when it is over, what is inside is cancelled; a shield inside keeps it off */
    BLOCK_LIMIT,   /* a timeout that no shield inside can outlast */
};

/* Begins one inside all others; it lies in the caller's frame. */
void block_begin(struct fiber *fiber, struct qs_block *block, enum block_kind kind, int64_t until);
/* Ends it. 0, or -EINVAL: it is not the innermost one. */
int block_end(struct fiber *fiber, struct qs_block *block);
/* Forgets all blocks inside keep (NULL: all): they lay in frames that are gone. */
void block_restore(struct fiber *fiber, struct qs_block *keep);

/* Whether what is inside block (NULL: inside none) is cancelled. If a timeout is the cause, and not
 * the task's own cancellation, *cause is that one, else NULL. */
bool block_cancelled(const struct fiber *fiber, struct qs_block *block, struct qs_block **cause);

/* Whether the innermost one is a shield that keeps a cancellation off now. Async-signal-safe: it
 * follows no chain. */
bool block_shields(const struct fiber *fiber);

#endif
