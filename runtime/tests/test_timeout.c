/* test_timeout.c - a deadline around a block of code: nesting, groups, shields, and telling the
 * causes apart. */
#include "rig.h"

static struct qs_event never = {.waiters = {&never.waiters, &never.waiters}};
static int rcs[8], n_rcs;

static int64_t soon(void)
{
    return qs_now() + 200 * QS_MICROSECOND;
}

static int64_t late(void)
{
    return qs_now() + 3600 * QS_SECOND;
}

static int forever(void *arg)
{
    int rc = qs_event_wait(&never, QS_FOREVER);

    (void)arg;
    rcs[n_rcs++] = rc;
    return rc;
}

static int ended_outside;

static int forever_outside(void *arg)
{
    int rc = forever(arg);

    ended_outside++;
    return rc;
}

/* Of a task that may be cancelled before it starts. */
static void note_fini(void *arg, int rc)
{
    (void)arg;
    rcs[n_rcs++] = rc;
}

static int quiet(void *arg)
{
    (void)arg;
    return qs_event_wait(&never, QS_FOREVER);
}

static int level_main(void *arg)
{
    struct qs_timeout timeout;

    (void)arg;
    ck_assert_int_eq(qs_timeout_begin(&timeout, soon()), 0);
    ck_assert_int_eq(qs_sleep(QS_FOREVER), -ECANCELED);
    ck_assert_int_eq(qs_yield(), -ECANCELED); /* each wait, until the end */
    ck_assert_int_eq(qs_sleep(qs_now()), -ECANCELED);
    ck_assert(qs_cancelled());
    ck_assert_int_eq(qs_timeout_end(&timeout), -ETIMEDOUT);
    ck_assert_int_eq(qs_yield(), 0); /* and no longer */
    ck_assert(!qs_cancelled());
    ck_assert_int_eq(qs_timeout_end(&timeout), -EINVAL);
    return 0;
}

START_TEST(each_wait_in_the_block_fails_from_the_deadline_to_the_end)
{
    struct qs_timeout timeout;

    rig_run(level_main, NULL);
    ck_assert_int_eq(qs_timeout_begin(&timeout, 0), -EPERM);
    ck_assert_int_eq(qs_timeout_end(&timeout), -EINVAL);
}
END_TEST

static int in_time_main(void *arg)
{
    struct qs_timeout timeout;
    int64_t until = soon();

    (void)arg;
    qs_timeout_begin(&timeout, late());
    ck_assert_int_eq(qs_sleep(qs_now()), 0);
    ck_assert_int_eq(qs_timeout_end(&timeout), 0);
    /* The work was done when the deadline came: no wait has felt it. */
    qs_timeout_begin(&timeout, until);
    while (qs_now() < until)
        ;
    ck_assert_int_eq(qs_timeout_end(&timeout), 0);
    /* A deadline that has passed before the block begins. */
    qs_timeout_begin(&timeout, 0);
    ck_assert_int_eq(qs_yield(), -ECANCELED);
    ck_assert_int_eq(qs_timeout_end(&timeout), -ETIMEDOUT);
    qs_timeout_begin(&timeout, QS_FOREVER);
    ck_assert_int_eq(qs_yield(), 0);
    ck_assert_int_eq(qs_timeout_end(&timeout), 0);
    return 0;
}

START_TEST(block_that_no_wait_failed_in_has_not_timed_out)
{
    rig_run(in_time_main, NULL);
}
END_TEST

static int nested_main(void *arg)
{
    struct qs_timeout outer, inner;

    (void)arg;
    /* The inner one first: the outer block goes on. */
    qs_timeout_begin(&outer, late());
    qs_timeout_begin(&inner, soon());
    ck_assert_int_eq(qs_sleep(QS_FOREVER), -ECANCELED);
    ck_assert_int_eq(qs_timeout_end(&outer), -EINVAL);
    ck_assert_int_eq(qs_timeout_end(&inner), -ETIMEDOUT);
    ck_assert_int_eq(qs_yield(), 0);
    ck_assert_int_eq(qs_timeout_end(&outer), 0);
    /* The outer one first: for the inner one that is a cancellation from outside. */
    qs_timeout_begin(&outer, soon());
    qs_timeout_begin(&inner, late());
    ck_assert_int_eq(qs_sleep(QS_FOREVER), -ECANCELED);
    ck_assert_int_eq(qs_timeout_end(&inner), 0);
    ck_assert_int_eq(qs_yield(), -ECANCELED);
    ck_assert_int_eq(qs_timeout_end(&outer), -ETIMEDOUT);
    /* Both. */
    qs_timeout_begin(&outer, 0);
    qs_timeout_begin(&inner, 0);
    ck_assert_int_eq(qs_yield(), -ECANCELED);
    ck_assert_int_eq(qs_timeout_end(&inner), -ECANCELED);
    ck_assert_int_eq(qs_yield(), -ECANCELED);
    ck_assert_int_eq(qs_timeout_end(&outer), -ETIMEDOUT);
    ck_assert_int_eq(qs_yield(), 0);
    return 0;
}

START_TEST(timeouts_nest_and_each_tells_its_own_end)
{
    rig_run(nested_main, NULL);
}
END_TEST

static int told_apart_main(void *arg)
{
    struct qs_timeout timeout;

    (void)arg;
    qs_timeout_begin(&timeout, 0);
    qs_cancel(1);
    ck_assert_int_eq(qs_yield(), -ECANCELED);
    ck_assert_int_eq(qs_timeout_end(&timeout),
                     -ECANCELED); /* getting out of the block won't help */
    qs_timeout_begin(&timeout, late());
    ck_assert_int_eq(qs_yield(), -ECANCELED);
    ck_assert_int_eq(qs_timeout_end(&timeout), 0); /* this deadline was not the cause */
    return 0;
}

START_TEST(timeout_is_told_from_the_tasks_cancellation)
{
    rig_run(told_apart_main, NULL);
}
END_TEST

static int returns(void *arg)
{
    return (int)(intptr_t)arg;
}

static int within_leaving_open(void *arg)
{
    static struct qs_timeout left; /* static, so that the test itself is clean */

    (void)arg;
    qs_timeout_begin(&left, late());
    return qs_sleep(QS_FOREVER);
}

static int cancels_itself(void *arg)
{
    qs_cancel(1);
    return forever(arg);
}

static int within_main(void *arg)
{
    (void)arg;
    ck_assert_int_eq(qs_within(late(), returns, (void *)4), 4);
    ck_assert_int_eq(qs_within(late(), returns, (void *)-EIO), -EIO);
    ck_assert_int_eq(qs_within(soon(), forever, NULL), -ETIMEDOUT);
    ck_assert_int_eq(qs_within(soon(), within_leaving_open, NULL), -ETIMEDOUT);
    ck_assert_int_eq(qs_yield(), 0);
    ck_assert_int_eq(qs_within(late(), cancels_itself, NULL), -ECANCELED);
    return 0;
}

START_TEST(within_gives_the_functions_result_or_the_timeout)
{
    n_rcs = 0;
    rig_run(within_main, NULL);
    ck_assert_int_eq(qs_within(0, returns, NULL), -EPERM);
}
END_TEST

static int group_main(void *arg)
{
    struct qs_group_options options = {.slots = 1};
    struct qs_group *outside, *inside;
    struct qs_timeout timeout;
    struct qs_report report;

    (void)arg;
    qs_group_open(&outside, NULL);
    qs_spawn(outside, NULL, forever_outside, NULL, NULL);
    qs_yield();
    qs_timeout_begin(&timeout, soon());
    qs_group_open(&inside, &options);
    for (int i = 0; i < 3; i++)
        qs_spawn(inside, NULL, forever, NULL, NULL);
    ck_assert_int_eq(qs_group_close(inside, &report), -ECANCELED);
    ck_assert_uint_eq(report.cancelled, 3);
    ck_assert_int_le(n_rcs, 1); /* only one had a slot */
    ck_assert_int_eq(ended_outside, 0);
    qs_group_open(&inside, NULL);
    ck_assert_int_eq(qs_spawn(inside, NULL, forever, NULL, NULL), -ECANCELED);
    qs_group_close(inside, NULL);
    ck_assert_int_eq(qs_timeout_end(&timeout), -ETIMEDOUT);
    qs_group_cancel(outside);
    ck_assert_int_eq(qs_group_close(outside, NULL), -ECANCELED);
    return 0;
}

static int late_close_main(void *arg)
{
    struct qs_timeout timeout;
    struct qs_report report;
    struct qs_group *group;

    (void)arg;
    qs_timeout_begin(&timeout, soon());
    qs_group_open(&group, NULL);
    for (int i = 0; i < 3; i++)
        ck_assert(qs_spawn(group, NULL, forever, NULL, NULL) != -ENOMEM);
    while (qs_now() <= timeout.block.until)
        ; /* no wait: none of them has started when the deadline passes */
    ck_assert_int_eq(qs_group_close(group, &report), -ECANCELED);
    ck_assert_uint_eq(report.cancelled, 3);
    ck_assert_int_eq(qs_timeout_end(&timeout), -ETIMEDOUT);
    return 0;
}

START_TEST(group_none_of_whose_tasks_has_started_at_the_deadline_can_be_closed)
{
    n_rcs = 0;
    rig_run(late_close_main, NULL);
    ck_assert_int_eq(n_rcs, 0);
}
END_TEST

START_TEST(groups_opened_in_the_block_are_cancelled_and_others_are_not)
{
    n_rcs = ended_outside = 0;
    rig_run(group_main, NULL);
    ck_assert_int_eq(ended_outside, 1);
}
END_TEST

static int busy_owner_main(void *arg)
{
    struct qs_group *group;
    struct qs_timeout timeout;
    struct qs_shield shield;

    (void)arg;
    /* Its owner is inside a shield when the deadline comes: the group is not. */
    qs_timeout_begin(&timeout, soon());
    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, quiet, NULL, note_fini);
    qs_shield_begin(&shield, late());
    while (!n_rcs)
        ck_assert_int_eq(qs_sleep(qs_now()), 0);
    ck_assert_int_eq(rcs[0], -ECANCELED);
    ck_assert_int_eq(qs_timeout_end(&timeout), -EINVAL);
    ck_assert_int_eq(qs_shield_end(&shield), 0);
    ck_assert_int_eq(qs_yield(), -ECANCELED);
    qs_group_close(group, NULL);
    ck_assert_int_eq(qs_timeout_end(&timeout), -ETIMEDOUT);
    return 0;
}

START_TEST(shield_inside_keeps_the_deadline_off_but_not_from_groups_outside_it)
{
    n_rcs = 0;
    rig_run(busy_owner_main, NULL);
}
END_TEST

static int in_shield_main(void *arg)
{
    struct qs_timeout timeout;
    struct qs_shield shield;

    (void)arg;
    qs_cancel(1);
    qs_shield_begin(&shield, late());
    ck_assert_int_eq(qs_yield(), 0);
    qs_timeout_begin(&timeout, soon());
    ck_assert_int_eq(qs_sleep(QS_FOREVER), -ECANCELED);
    ck_assert_int_eq(qs_timeout_end(&timeout), -ETIMEDOUT); /* the shield still holds */
    ck_assert_int_eq(qs_yield(), 0);
    qs_cancel(2);
    ck_assert_int_eq(qs_yield(), -ECANCELED);
    qs_timeout_begin(&timeout, late());
    ck_assert_int_eq(qs_yield(), -ECANCELED);
    ck_assert_int_eq(qs_timeout_end(&timeout), 0);
    ck_assert_int_eq(qs_shield_end(&shield), 0);
    return 0;
}

START_TEST(timeout_inside_a_shield_ends_its_block_only)
{
    rig_run(in_shield_main, NULL);
}
END_TEST

static int outlives_main(void *arg)
{
    struct qs_group *group;
    struct qs_timeout timeout;

    (void)arg;
    qs_timeout_begin(&timeout, late());
    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, forever, NULL, NULL);
    ck_assert_int_eq(qs_timeout_end(&timeout), 0);
    memset(&timeout, 0xff, sizeof(timeout)); /* the frame is used for something else */
    qs_sleep(qs_now());
    ck_assert_int_eq(n_rcs, 0);
    qs_cancel(1); /* looks at what the group is inside of */
    return qs_group_close(group, NULL);
}

START_TEST(group_that_outlives_the_block_is_inside_the_one_around_it)
{
    n_rcs = 0;
    ck_assert_int_eq(rig_run(outlives_main, NULL), -ECANCELED);
    ck_assert_int_eq(n_rcs, 1);
}
END_TEST

static int forgetful(void *arg)
{
    struct qs_timeout timeout; /* in a frame that is gone when the runtime looks */
    struct qs_group *group;

    (void)arg;
    qs_timeout_begin(&timeout, qs_now() + 300 * QS_MICROSECOND);
    return qs_group_open(&group, NULL);
}

static int forgetful_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, NULL);
    for (int i = 0; i < 3; i++)
        qs_spawn(group, NULL, forgetful, NULL, NULL);
    qs_group_close(group, NULL);
    return qs_sleep(qs_now() + QS_MILLISECOND); /* no timer of theirs is left */
}

START_TEST(block_left_open_ends_with_its_task)
{
    ck_assert_int_eq(rig_run(forgetful_main, NULL), 0);
}
END_TEST

static int signal_main(void *arg)
{
    (void)arg;
    raise(SIGINT); /* while the block is open, and before anything waits */
    return qs_within(late(), forever, NULL);
}

START_TEST(signal_is_felt_in_a_block)
{
    struct qs_result result;

    n_rcs = 0;
    ck_assert_int_eq(qs_run(NULL, signal_main, NULL, &result), 0);
    ck_assert_int_eq(result.value, -ECANCELED);
    ck_assert_int_eq(result.signal, SIGINT);
}
END_TEST

RIG_TESTS("timeout", each_wait_in_the_block_fails_from_the_deadline_to_the_end,
          block_that_no_wait_failed_in_has_not_timed_out, timeouts_nest_and_each_tells_its_own_end,
          timeout_is_told_from_the_tasks_cancellation,
          within_gives_the_functions_result_or_the_timeout,
          groups_opened_in_the_block_are_cancelled_and_others_are_not,
          group_none_of_whose_tasks_has_started_at_the_deadline_can_be_closed,
          shield_inside_keeps_the_deadline_off_but_not_from_groups_outside_it,
          timeout_inside_a_shield_ends_its_block_only,
          group_that_outlives_the_block_is_inside_the_one_around_it,
          block_left_open_ends_with_its_task, signal_is_felt_in_a_block)
