/* test_event.c - the event that tasks wait for. */
#include "rig.h"

static struct qs_event event;
static int rcs[8], n;

static int waiter(void *arg)
{
    int rc = qs_event_wait(&event, arg ? qs_now() : QS_FOREVER);

    rcs[n++] = rc;
    return 0;
}

static int set_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    qs_event_init(&event);
    qs_group_open(&group, NULL);
    for (int i = 0; i < 3; i++)
        qs_spawn(group, NULL, waiter, NULL, NULL);
    qs_yield();
    ck_assert_int_eq(n, 0);
    ck_assert(!qs_event_is_set(&event));
    qs_event_set(&event);
    qs_event_reset(&event); /* whom it woke has succeeded all the same */
    qs_group_cancel(group); /* and stays so */
    ck_assert_int_eq(qs_group_close(group, NULL), 0);
    ck_assert_int_eq(qs_event_wait(&event, qs_now()), -ETIMEDOUT);
    qs_event_set(&event);
    ck_assert_int_eq(qs_event_wait(&event, QS_FOREVER), 0);
    ck_assert_int_eq(qs_event_wait(&event, QS_FOREVER), 0); /* until it is reset */
    return 0;
}

START_TEST(set_wakes_all_who_wait_also_if_it_is_reset_before_they_run)
{
    n = 0;
    rig_run(set_main, NULL);
    ck_assert_int_eq(n, 3);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(rcs[i], 0);
}
END_TEST

static int cancel_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    qs_event_init(&event);
    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, waiter, NULL, NULL);
    qs_spawn(group, NULL, waiter, (void *)1, NULL);
    while (!n)
        ck_assert_int_eq(qs_yield(), 0);
    ck_assert_int_eq(rcs[0], -ETIMEDOUT);
    qs_group_cancel(group);
    qs_group_close(group, NULL);
    ck_assert_int_eq(rcs[1], -ECANCELED);
    ck_assert_ptr_eq(event.waiters.next, &event.waiters);
    qs_event_set(&event);
    qs_cancel(1);
    ck_assert_int_eq(qs_event_wait(&event, QS_FOREVER), -ECANCELED); /* though it is set */
    return 0;
}

START_TEST(cancelled_or_timed_out_waiter_is_gone)
{
    n = 0;
    rig_run(cancel_main, NULL);
    ck_assert_int_eq(qs_event_wait(&event, QS_FOREVER), -EPERM);
}
END_TEST

RIG_TESTS("event", set_wakes_all_who_wait_also_if_it_is_reset_before_they_run,
          cancelled_or_timed_out_waiter_is_gone)
