/* test_scope.c - what is acquired is released exactly once, wherever a cancellation comes. */
#include "rig.h"

static int acquired, released, rcs[8], n_rcs;
static int acquire_rc, acquire_yields, release_rc;
static struct qs_scope scope, outer;
static char order[16];

static void reset(void)
{
    acquired = released = n_rcs = acquire_rc = acquire_yields = release_rc = 0;
    memset(&scope, 0, sizeof(scope));
    memset(&outer, 0, sizeof(outer));
    memset(order, 0, sizeof(order));
}

static int acquire(void *arg)
{
    (void)arg;
    for (int i = 0; i < acquire_yields; i++) {
        int rc = qs_yield();

        if (rc)
            return rc;
    }
    if (!acquire_rc)
        acquired++;
    return acquire_rc;
}

static int release(void *arg)
{
    released++;
    if (arg)
        order[strlen(order)] = *(const char *)arg;
    rcs[n_rcs++] = qs_sleep(qs_now());
    return release_rc;
}

static const struct qs_resource plain = {.name = "thing", .acquire = acquire, .release = release},
                                shielded = {.name = "shielded",
                                            .acquire = acquire,
                                            .release = release,
                                            .release_ns = 60 * QS_SECOND},
                                no_acquire = {.name = "none", .release = release};

static int leaves(void *arg)
{
    (void)arg;
    ck_assert_int_eq(qs_enter(&scope, &plain, NULL), 0);
    ck_assert_int_eq(qs_enter(&scope, &plain, NULL), -EBUSY);
    ck_assert_int_eq(acquired, 1);
    ck_assert_int_eq(qs_leave(&scope), 0);
    ck_assert_int_eq(released, 1);
    ck_assert_int_eq(qs_leave(&scope), -ENOENT);
    ck_assert_int_eq(qs_enter(&scope, &no_acquire, NULL), 0); /* again, for something else */
    ck_assert_int_eq(qs_leave(&scope), 0);
    ck_assert_int_eq(released, 2);
    return 0;
}

START_TEST(scope_releases_when_it_is_left_and_can_be_entered_again)
{
    reset();
    rig_run(leaves, NULL);
    ck_assert_int_eq(qs_enter(&scope, &plain, NULL), -EPERM);
    ck_assert_int_eq(qs_leave(&scope), -ENOENT);
}
END_TEST

static int ends_without_leaving(void *arg)
{
    (void)arg;
    ck_assert_int_eq(qs_enter(&outer, &plain, (void *)(uintptr_t) "o"), 0);
    ck_assert_int_eq(qs_enter(&scope, &plain, (void *)(uintptr_t) "i"), 0);
    return 0;
}

START_TEST(scopes_that_are_not_left_release_last_first_at_the_tasks_end)
{
    reset();
    rig_run(ends_without_leaving, NULL);
    ck_assert_int_eq(released, 2);
    ck_assert_str_eq(order, "io");
}
END_TEST

static int fails_to_acquire(void *arg)
{
    struct qs_scope on_stack = {0};
    static const struct qs_resource no_release = {.acquire = acquire};

    (void)arg;
    acquire_rc = -ENOSPC;
    ck_assert_int_eq(qs_enter(&scope, &plain, NULL), -ENOSPC);
    ck_assert_int_eq(qs_with(&plain, NULL, leaves, NULL), -ENOSPC);
    acquire_rc = 0;
    ck_assert_int_eq(qs_enter(&on_stack, &plain, NULL), -EINVAL);
    ck_assert_int_eq(qs_enter(&scope, &no_release, NULL), -EINVAL);
    ck_assert_int_eq(qs_with(&no_release, NULL, leaves, NULL), -EINVAL);
    qs_cancel(1);
    ck_assert_int_eq(qs_enter(&scope, &plain, NULL), -ECANCELED);
    ck_assert_int_eq(acquired, 0); /* not even called */
    return 0;
}

START_TEST(what_was_not_acquired_is_not_released)
{
    reset();
    rig_run(fails_to_acquire, NULL);
    ck_assert_int_eq(released, 0);
}
END_TEST

static int body(void *arg)
{
    int rc = qs_yield();

    ck_assert_int_gt(acquired, released);
    return rc ? rc : (int)(intptr_t)arg;
}

static int with_main(void *arg)
{
    (void)arg;
    ck_assert_int_eq(qs_with(&plain, NULL, body, (void *)3), 3);
    ck_assert_int_eq(qs_with(&plain, NULL, body, (void *)-EIO), -EIO);
    release_rc = -ENOTEMPTY;
    ck_assert_int_eq(qs_with(&plain, NULL, body, (void *)3), -ENOTEMPTY);
    ck_assert_int_eq(qs_with(&plain, NULL, body, (void *)-EIO), -EIO); /* the result tells both: */
    return 0;
}

START_TEST(with_acquires_calls_and_releases_and_loses_no_error)
{
    struct qs_result result;

    reset();
    ck_assert_int_eq(qs_run(NULL, with_main, NULL, &result), 0);
    ck_assert_int_eq(released, 4);
    ck_assert_int_eq(result.cleanup_error, -ENOTEMPTY);
    ck_assert_uint_eq(result.cleanups_failed, 2);
}
END_TEST

static int waits_in_scopes(void *arg)
{
    const struct qs_resource *resource = arg;
    int rc = qs_enter(&scope, resource, NULL);

    if (!rc)
        rc = qs_yield();
    if (!rc)
        rc = qs_with(resource, NULL, body, NULL);
    if (!rc)
        rc = qs_leave(&scope);
    return rc;
}

static int cancel_after;

static int cancel_main(void *arg)
{
    struct qs_group *group;
    int rc;

    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, waits_in_scopes, arg, NULL);
    for (int i = 0; i < cancel_after; i++)
        qs_yield();
    qs_group_cancel(group);
    rc = qs_group_close(group, NULL);
    ck_assert_int_eq(acquired, released);
    return rc;
}

START_TEST(release_runs_once_at_each_point_of_cancellation)
{
    for (int which = 0; which < 2; which++) {
        int most = 0;

        for (cancel_after = 0; cancel_after < 100; cancel_after++) {
            reset();
            acquire_yields = 2;
            if (!rig_run(cancel_main, (void *)(uintptr_t)(which ? &shielded : &plain)))
                break;
            /* One that was shielded could wait, the others could not. */
            for (int i = 0; which && i < n_rcs; i++)
                ck_assert_int_eq(rcs[i], 0);
            most = released > most ? released : most;
        }
        ck_assert_int_ge(cancel_after, 6);
        ck_assert_int_lt(cancel_after, 100);
        ck_assert_int_eq(most, 2);
    }
}
END_TEST

static int slow_release(void *arg)
{
    (void)arg;
    rcs[n_rcs++] = qs_sleep(QS_FOREVER);
    return 0;
}

static const struct qs_resource limited = {
    .name = "limited", .release = slow_release, .release_ns = QS_MILLISECOND};

static int limited_main(void *arg)
{
    (void)arg;
    return qs_with(&limited, NULL, body, NULL);
}

START_TEST(release_that_takes_too_long_is_ended_and_named)
{
    struct qs_result result;

    reset();
    acquired = 1;
    ck_assert_int_eq(qs_run(NULL, limited_main, NULL, &result), 0);
    ck_assert_int_eq(rcs[0], -ECANCELED);
    ck_assert_uint_eq(result.cleanups_overrun, 1);
    ck_assert_int_eq(result.cleanup_error, -ETIME);
}
END_TEST

static void reporting(void)
{
    struct qs_result result;

    reset();
    qs_run(NULL, ends_without_leaving, NULL, &result);
    qs_exit(&result);
}

START_TEST(events_tell_what_is_acquired_and_released)
{
    struct rig_child *child = rig_start(reporting);

    rig_finish(child);
    ck_assert_int_eq(child->status, 0);
    ck_assert_int_eq(rig_count(child, "acquire name=thing"), 2);
    ck_assert_int_eq(rig_count(child, "release name=thing"), 2);
    ck_assert_int_lt(rig_where(child, "acquire name=thing", 2),
                     rig_where(child, "release name=thing", 1));
    free(child);
}
END_TEST

RIG_TESTS("scope", scope_releases_when_it_is_left_and_can_be_entered_again,
          scopes_that_are_not_left_release_last_first_at_the_tasks_end,
          what_was_not_acquired_is_not_released,
          with_acquires_calls_and_releases_and_loses_no_error,
          release_runs_once_at_each_point_of_cancellation,
          release_that_takes_too_long_is_ended_and_named, events_tell_what_is_acquired_and_released)
