/* cancel.h - how cancellation spreads down the tree. Nothing here waits. */
#ifndef QS_CANCEL_H
#define QS_CANCEL_H

#include "runtime.h"

/* Cancels a started task, and the groups it has open. */
void cancel_fiber(struct fiber *fiber);
/* For a task that is cancelled, or in a block that is over: ends its wait and cancels its groups,
 * as far as no shield holds. */
void cancel_apply(struct fiber *fiber);
void cancel_group(struct runtime *rt, struct qs_group *group);
/* Cancels the group for the sake of one of its tasks, which goes on. Cancelling it again, for
 * another reason, cancels that one too. */
void cancel_others(struct runtime *rt, struct qs_group *group, struct fiber *spared);
/* Whether its waits fail now. */
bool cancel_holds(struct fiber *fiber);

/* Raises the level to 1 or 2. Levels never go down, and none is skipped. */
void cancel_raise(struct runtime *rt, int level);
/* Raises it as the signals that have come, and the grace time, demand. */
void cancel_by_signals(struct runtime *rt);

#endif
