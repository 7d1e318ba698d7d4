/* shield.c - see shield.h. */
#include <errno.h>

#include "cancel.h"
#include "group.h"
#include "shield.h"

bool shield_holds(const struct fiber *fiber)
{
    return fiber->shield && fiber->rt->level < 2 && qs_now() < fiber->shield->until;
}

unsigned shield_depth(const struct fiber *fiber)
{
    unsigned depth = 0;

    for (const struct qs_shield *shield = fiber->shield; shield; shield = shield->outer)
        depth++;
    return depth;
}

int qs_shield_begin(struct qs_shield *shield, int64_t deadline)
{
    struct fiber *fiber = running_fiber();

    if (!fiber)
        return -EPERM;
    if (deadline == QS_FOREVER)
        return -EINVAL;
    shield->outer = fiber->shield;
    shield->until = deadline;
    if (shield->outer && shield->outer->until < deadline)
        shield->until = shield->outer->until;
    fiber->shield = shield;
    return 0;
}

int qs_shield_end(struct qs_shield *shield)
{
    struct fiber *fiber = running_fiber();

    if (!fiber || fiber->shield != shield)
        return -EINVAL;
    fiber->shield = shield->outer;
    /* Groups that outlive the shield lose it. */
    unsigned depth = shield_depth(fiber);
    for (struct qs_link *link = fiber->groups.next; link != &fiber->groups; link = link->next) {
        struct qs_group *group = CONTAINER(link, struct qs_group, open);

        if (group->shields > depth)
            group->shields = depth;
    }
    if (fiber->cancelled)
        cancel_apply(fiber);
    return 0;
}
