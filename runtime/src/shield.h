/* shield.h - shields, from inside. */
#ifndef QS_SHIELD_H
#define QS_SHIELD_H

#include "runtime.h"

/* Whether a shield keeps the task from feeling its cancellation. */
bool shield_holds(const struct fiber *fiber);
/* How many shields it has open. */
unsigned shield_depth(const struct fiber *fiber);

#endif
