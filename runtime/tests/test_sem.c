/* test_sem.c - semaphores: first come, first served; permits are never lost or made. */
#include "rig.h"

static struct qs_sem sem;
static int order[32], n;

static int take_and_note(void *arg)
{
    int rc = qs_acquire(&sem, QS_FOREVER);

    if (rc)
        return rc;
    order[n++] = (int)(intptr_t)arg;
    qs_yield();
    qs_release(&sem);
    return 0;
}

static int fifo_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, NULL);
    for (intptr_t i = 0; i < 16; i++)
        qs_spawn(group, NULL, take_and_note, (void *)i, NULL);
    return qs_group_close(group, NULL);
}

START_TEST(permits_go_first_come_first_served)
{
    n = 0;
    ck_assert_int_eq(qs_sem_init(&sem, 0), -EINVAL);
    ck_assert_int_eq(qs_sem_init(&sem, 3), 0);
    ck_assert_int_eq(rig_run(fifo_main, NULL), 0);
    for (int i = 0; i < 16; i++)
        ck_assert_int_eq(order[i], i);
    ck_assert_uint_eq(qs_sem_free(&sem), 3);
}
END_TEST

static int conserve_main(void *arg)
{
    struct qs_group *group;

    qs_group_open(&group, NULL);
    for (intptr_t i = 0; i < 16; i++)
        qs_spawn(group, NULL, take_and_note, (void *)i, NULL);
    for (intptr_t i = 0; i < (intptr_t)arg; i++)
        qs_yield();
    qs_group_cancel(group);
    qs_group_close(group, NULL);
    return 0;
}

START_TEST(permits_survive_cancellation_at_every_step)
{
    for (intptr_t step = 0; step < 40; step++) {
        n = 0;
        qs_sem_init(&sem, 3);
        rig_run(conserve_main, (void *)step);
        ck_assert_uint_eq(qs_sem_free(&sem), 3);
    }
}
END_TEST

static int timeout_main(void *arg)
{
    (void)arg;
    ck_assert_int_eq(qs_acquire(&sem, QS_FOREVER), 0);
    ck_assert_int_eq(qs_acquire(&sem, qs_now() + QS_MILLISECOND), -ETIMEDOUT);
    ck_assert_int_eq(qs_acquire(&sem, 0), -ETIMEDOUT);
    ck_assert_int_eq(qs_release(&sem), 0);
    ck_assert_uint_eq(qs_sem_free(&sem), 1);
    ck_assert_int_eq(qs_release(&sem), -EOVERFLOW);
    return 0;
}

START_TEST(timed_out_acquire_takes_no_permit_and_release_makes_none)
{
    qs_sem_init(&sem, 1);
    rig_run(timeout_main, NULL);
}
END_TEST

static int started;

static int start(void *arg)
{
    (void)arg;
    started++;
    return 0;
}

static int hold_main(void *arg)
{
    struct qs_group_options options = {.slots = 2};
    struct qs_group *group;

    qs_group_open(&group, &options);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(qs_acquire(qs_group_slots(group), QS_FOREVER), 0);
    for (int i = 0; i < 5; i++)
        qs_spawn(group, NULL, start, NULL, NULL);
    qs_sleep(qs_now() + QS_MILLISECOND);
    ck_assert_int_eq(started, 0);
    if (arg)
        qs_group_cancel(group);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(qs_release(qs_group_slots(group)), 0);
    return qs_group_close(group, NULL);
}

START_TEST(who_holds_the_slots_keeps_tasks_from_starting)
{
    started = 0;
    ck_assert_int_eq(rig_run(hold_main, NULL), 0);
    ck_assert_int_eq(started, 5);
    started = 0;
    ck_assert_int_eq(rig_run(hold_main, (void *)1), -ECANCELED);
    ck_assert_int_eq(started, 0);
}
END_TEST

static int wants_slot(void *arg)
{
    return qs_acquire(arg, QS_FOREVER);
}

static int mixed_main(void *arg)
{
    struct qs_group_options options = {.slots = 1};
    struct qs_group *group, *others;
    struct qs_report report;

    (void)arg;
    qs_group_open(&group, &options);
    qs_group_open(&others, NULL);
    ck_assert_int_eq(qs_acquire(qs_group_slots(group), QS_FOREVER), 0);
    qs_spawn(group, NULL, start, NULL, NULL);
    qs_spawn(others, NULL, wants_slot, qs_group_slots(group), NULL);
    qs_yield();
    qs_spawn(group, NULL, start, NULL, NULL);
    qs_group_cancel(group); /* the queue holds a queued task, a started one, a queued one */
    qs_release(qs_group_slots(group));
    ck_assert_int_eq(qs_group_close(others, NULL), 0);
    ck_assert_uint_eq(qs_sem_free(qs_group_slots(group)), 0); /* that task kept its permit */
    qs_release(qs_group_slots(group));
    ck_assert_int_eq(qs_group_close(group, &report), -ECANCELED);
    ck_assert_uint_eq(report.cancelled, 2);
    return 0;
}

START_TEST(queue_of_queued_and_started_tasks_is_cancelled_apart)
{
    started = 0;
    rig_run(mixed_main, NULL);
    ck_assert_int_eq(started, 0);
}
END_TEST

RIG_TESTS("sem", permits_go_first_come_first_served, permits_survive_cancellation_at_every_step,
          timed_out_acquire_takes_no_permit_and_release_makes_none,
          who_holds_the_slots_keeps_tasks_from_starting,
          queue_of_queued_and_started_tasks_is_cancelled_apart)
