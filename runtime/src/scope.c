/* scope.c - what is acquired is released exactly once. The release is armed as a cleanup in the
 * same breath in which acquire returns: nothing can come between. */
#include <errno.h>

#include "cleanup.h"
#include "event.h"

static int release(void *arg)
{
    struct qs_scope *scope = arg;
    const struct qs_resource *resource = scope->resource;
    struct runtime *rt = qs_running;
    struct qs_shield shield;
    bool shielded = resource->release_ns && !qs_shield_begin(&shield, rt->current->cleaning_until);
    int rc = resource->release(scope->arg); /* the scope may be gone now */

    if (shielded)
        qs_shield_end(&shield);
    event_name(rt, "release name=", resource->name);
    return rc;
}

static int enter(struct fiber *fiber, struct qs_scope *scope, const struct qs_resource *resource,
                 void *arg)
{
    int rc = resource->acquire ? resource->acquire(arg) : 0;

    if (rc < 0)
        return rc;
    scope->resource = resource;
    scope->arg = arg;
    scope->cleanup = (struct qs_cleanup){
        .fn = release, .arg = scope, .name = resource->name, .limit_ns = resource->release_ns};
    cleanup_arm(fiber, &scope->cleanup);
    event_name(fiber->rt, "acquire name=", resource->name);
    return 0;
}

int qs_enter(struct qs_scope *scope, const struct qs_resource *resource, void *arg)
{
    struct fiber *fiber;
    int rc = wait_begin(&fiber);

    if (rc)
        return rc;
    if (!resource->release || resource->release_ns < 0 || cleanup_on_stack(fiber, scope))
        return -EINVAL;
    if (scope->cleanup.armed)
        return -EBUSY;
    return enter(fiber, scope, resource, arg);
}

int qs_leave(struct qs_scope *scope)
{
    return qs_cleanup_now(&scope->cleanup);
}

int qs_with(const struct qs_resource *resource, void *arg, qs_task_fn *body, void *body_arg)
{
    struct qs_scope scope = {.resource = resource}; /* its release runs before this frame ends */
    struct fiber *fiber;
    int rc = wait_begin(&fiber), released;

    if (rc)
        return rc;
    if (!resource->release || resource->release_ns < 0)
        return -EINVAL;
    rc = enter(fiber, &scope, resource, arg);
    if (rc)
        return rc;
    rc = body(body_arg);
    released = qs_leave(&scope);
    return rc >= 0 && released < 0 ? released : rc;
}
