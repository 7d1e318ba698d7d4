/* block.c - see block.h. One timer of the task serves all its blocks, and none lies in a block: a
 * block that is left open disappears with its frame. */
#include <errno.h>

#include "block.h"
#include "cancel.h"
#include "group.h"

bool block_cancelled(const struct fiber *fiber, struct qs_block *block, struct qs_block **cause)
{
    bool exposed = fiber->rt->level >= 2; /* no shield holds any more */
    int64_t now = block ? qs_now() : 0;

    *cause = NULL;
    for (; block; block = block->outer) {
        bool over = now >= block->until;

        if (block->kind != BLOCK_SHIELD && over) {
            *cause = block;
            return true;
        }
        if (block->kind != BLOCK_SHIELD)
            continue;
        if (over)
            exposed = true; /* also where an outer one still holds */
        else if (!exposed)
            return false;
    }
    return fiber->cancelled;
}

bool block_shields(const struct fiber *fiber)
{
    const struct qs_block *block = fiber->block;

    return block && block->kind == BLOCK_SHIELD && fiber->rt->level < 2 && qs_now() < block->until;
}

/* The timer is due when the next block is over. */
static void arm_next(struct fiber *fiber)
{
    struct timers *timers = &fiber->rt->timers;
    int64_t now = qs_now(), next = QS_FOREVER;

    timer_disarm(timers, &fiber->block_timer);
    for (const struct qs_block *block = fiber->block; block; block = block->outer)
        if (block->until > now && block->until < next)
            next = block->until;
    if (next != QS_FOREVER)
        timer_arm(timers, &fiber->block_timer, next);
}

static void block_due(struct runtime *rt, struct timer *timer)
{
    struct fiber *fiber = CONTAINER(timer, struct fiber, block_timer);

    (void)rt;
    cancel_apply(fiber);
    arm_next(fiber);
}

void block_begin(struct fiber *fiber, struct qs_block *block, enum block_kind kind, int64_t until)
{
    struct timer *timer = &fiber->block_timer;

    *block = (struct qs_block){.outer = fiber->block, .until = until, .kind = kind};
    fiber->block = block;
    /* One that is due already, and has yet to fire, must. */
    if (until != QS_FOREVER && (!timer->armed || until < timer->at)) {
        timer_disarm(&fiber->rt->timers, timer);
        timer->fire = block_due;
        timer_arm(&fiber->rt->timers, timer, until);
    }
}

/* The groups opened inside blocks that end are inside the one around those now. */
static void hand_groups_on(struct fiber *fiber, const struct qs_block *ended)
{
    for (struct qs_link *link = fiber->groups.next; link != &fiber->groups; link = link->next) {
        struct qs_group *group = CONTAINER(link, struct qs_group, open);

        if (group->block == ended)
            group->block = ended->outer;
    }
}

int block_end(struct fiber *fiber, struct qs_block *block)
{
    if (fiber->block != block)
        return -EINVAL;
    fiber->block = block->outer;
    hand_groups_on(fiber, block);
    if (fiber->block_timer.armed && fiber->block_timer.at == block->until)
        arm_next(fiber);
    cancel_apply(fiber);
    return 0;
}

static bool inside(const struct qs_block *block, const struct qs_block *chain)
{
    while (chain && chain != block)
        chain = chain->outer;
    return chain == block;
}

void block_restore(struct fiber *fiber, struct qs_block *keep)
{
    if (fiber->block == keep)
        return;
    fiber->block = keep;
    for (struct qs_link *link = fiber->groups.next; link != &fiber->groups; link = link->next) {
        struct qs_group *group = CONTAINER(link, struct qs_group, open);

        if (!inside(group->block, keep))
            group->block = keep;
    }
    arm_next(fiber);
}

/* A shield begun inside a cleanup's limit ends with it at the latest, and none outlasts an outer
 * one. */
static int64_t shield_end(const struct fiber *fiber, int64_t deadline)
{
    for (const struct qs_block *block = fiber->block; block; block = block->outer)
        if (block->kind != BLOCK_TIMEOUT && block->until < deadline)
            deadline = block->until;
    return deadline;
}

int qs_shield_begin(struct qs_shield *shield, int64_t deadline)
{
    struct fiber *fiber = running_fiber();

    if (!fiber)
        return -EPERM;
    if (deadline == QS_FOREVER)
        return -EINVAL;
    block_begin(fiber, &shield->block, BLOCK_SHIELD, shield_end(fiber, deadline));
    return 0;
}

int qs_shield_end(struct qs_shield *shield)
{
    struct fiber *fiber = running_fiber();

    return fiber ? block_end(fiber, &shield->block) : -EINVAL;
}
