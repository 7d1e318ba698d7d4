/* timeout.c - a deadline around any block of code. */
#include <errno.h>

#include "block.h"
#include "cancel.h"

int qs_timeout_begin(struct qs_timeout *timeout, int64_t deadline)
{
    struct fiber *fiber = running_fiber();

    if (!fiber)
        return -EPERM;
    block_begin(fiber, &timeout->block, BLOCK_TIMEOUT, deadline);
    return 0;
}

int qs_timeout_end(struct qs_timeout *timeout)
{
    struct fiber *fiber = running_fiber();
    struct qs_block *cause;
    int rc = fiber ? block_end(fiber, &timeout->block) : -EINVAL;

    if (rc || !timeout->block.felt)
        return rc;
    return block_cancelled(fiber, fiber->block, &cause) ? -ECANCELED : -ETIMEDOUT;
}

int qs_within(int64_t deadline, qs_task_fn *fn, void *arg)
{
    struct fiber *fiber = running_fiber();
    struct qs_timeout timeout;
    int rc = qs_timeout_begin(&timeout, deadline), ended;

    if (rc)
        return rc;
    rc = fn(arg);
    block_restore(fiber, &timeout.block);
    ended = qs_timeout_end(&timeout);
    return rc == -ECANCELED && ended ? ended : rc;
}
