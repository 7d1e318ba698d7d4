/* test_group.c - groups: spawn, slots, fini, errors, deadlines. */
#include "rig.h"

static int order[64], ordered, running, most_running, finis, fini_rc[64];

static void reset(void)
{
    ordered = running = most_running = finis = 0;
}

static void note_fini(void *arg, int rc)
{
    fini_rc[finis] = rc;
    order[finis++] = (int)(intptr_t)arg;
}

static int return_arg(void *arg)
{
    return (int)(intptr_t)arg;
}

static int count_running(void *arg)
{
    (void)arg;
    running++;
    if (running > most_running)
        most_running = running;
    for (int i = 0; i < 3; i++)
        qs_yield();
    running--;
    return 0;
}

static int sleep_forever(void *arg)
{
    (void)arg;
    return qs_sleep(QS_FOREVER);
}

static int slots_main(void *arg)
{
    struct qs_group_options options = {.slots = (uint32_t)(intptr_t)arg};
    struct qs_report report;
    struct qs_group *group;

    ck_assert_int_eq(qs_group_open(&group, &options), 0);
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(qs_spawn(group, "counter", count_running, NULL, NULL), 0);
    ck_assert_int_eq(qs_group_close(group, &report), 0);
    ck_assert_uint_eq(report.done, 20);
    return 0;
}

START_TEST(never_more_running_than_slots)
{
    for (int slots = 1; slots < 6; slots++) {
        reset();
        rig_run(slots_main, (void *)(intptr_t)slots);
        ck_assert_int_eq(most_running, slots);
        ck_assert_int_eq(running, 0);
    }
}
END_TEST

static int before_start_main(void *arg)
{
    struct qs_group_options options = {.slots = 2};
    struct qs_report report;
    struct qs_group *group;

    (void)arg;
    ck_assert_int_eq(qs_group_open(&group, &options), 0);
    for (intptr_t i = 0; i < 10; i++)
        ck_assert_int_eq(qs_spawn(group, NULL, sleep_forever, (void *)i, note_fini), 0);
    ck_assert_int_eq(finis, 0);
    ck_assert_int_eq(qs_group_cancel(group), 0);
    ck_assert_int_eq(finis, 10); /* none had started, two had a slot */
    for (int i = 0; i < 10; i++) {
        ck_assert_int_eq(order[i], i);
        ck_assert_int_eq(fini_rc[i], -ECANCELED);
    }
    ck_assert_uint_eq(qs_sem_free(qs_group_slots(group)), 2);
    ck_assert_int_eq(qs_group_close(group, &report), -ECANCELED);
    ck_assert_uint_eq(report.cancelled, 10);
    return 0;
}

START_TEST(queued_task_gets_fini_when_cancelled_before_start)
{
    reset();
    rig_run(before_start_main, NULL);
}
END_TEST

static int no_start_main(void *arg)
{
    struct qs_group_options options = {.slots = 2};
    struct qs_group *group;

    (void)arg;
    ck_assert_int_eq(qs_group_open(&group, &options), 0);
    for (intptr_t i = 0; i < 10; i++)
        ck_assert_int_eq(qs_spawn(group, NULL, sleep_forever, (void *)i, note_fini), 0);
    ck_assert_int_eq(qs_yield(), 0); /* two start */
    ck_assert_int_eq(qs_group_cancel(group), 0);
    ck_assert_int_eq(finis, 8);
    for (int i = 0; i < 8; i++)
        ck_assert_int_eq(order[i], i + 2);
    ck_assert_int_eq(qs_spawn(group, NULL, sleep_forever, (void *)10, note_fini), -ECANCELED);
    ck_assert_int_eq(finis, 9);
    ck_assert_int_eq(qs_group_close(group, NULL), -ECANCELED);
    ck_assert_int_eq(finis, 11);
    return 0;
}

START_TEST(no_queued_task_starts_after_cancel_and_finis_come_in_spawn_order)
{
    reset();
    rig_run(no_start_main, NULL);
}
END_TEST

static int spawn_fails_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    ck_assert_int_eq(qs_group_open(&group, NULL), 0);
    ck_assert_int_eq(qs_spawn(group, NULL, NULL, (void *)1, note_fini), -EINVAL);
    ck_assert_int_eq(qs_group_cancel(group), 0);
    ck_assert_int_eq(qs_spawn(group, NULL, return_arg, (void *)2, note_fini), -ECANCELED);
    return qs_group_close(group, NULL);
}

START_TEST(spawn_that_fails_still_calls_fini_once)
{
    reset();
    ck_assert_int_eq(rig_run(spawn_fails_main, NULL), -ECANCELED);
    ck_assert_int_eq(qs_spawn(NULL, NULL, return_arg, (void *)3, note_fini), -EPERM);
    ck_assert_int_eq(finis, 3);
    ck_assert_int_eq(fini_rc[0], -EINVAL);
    ck_assert_int_eq(fini_rc[1], -ECANCELED);
    ck_assert_int_eq(fini_rc[2], -EPERM);
}
END_TEST

static int close_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    ck_assert_int_eq(qs_group_open(&group, NULL), 0);
    for (intptr_t i = 0; i < 5; i++)
        qs_spawn(group, NULL, count_running, (void *)i, note_fini);
    ck_assert_int_eq(qs_group_close(group, NULL), 0);
    ck_assert_int_eq(finis, 5);
    return 0;
}

START_TEST(close_returns_when_every_task_has_had_its_fini)
{
    reset();
    rig_run(close_main, NULL);
}
END_TEST

struct errors {
    int n;
    int error[8];
};

static void collect(void *ctx, uint64_t id, const char *task, const char *cleanup, int error)
{
    struct errors *errors = ctx;

    ck_assert_ptr_null(cleanup);
    ck_assert_str_eq(task, "failing");
    ck_assert_uint_gt(id, 0);
    errors->error[errors->n++] = error;
}

static int errors_main(void *arg)
{
    struct qs_group_options options = {.on_error = collect, .ctx = arg, .keep_going = true};
    struct qs_report report;
    struct qs_group *group;

    ck_assert_int_eq(qs_group_open(&group, &options), 0);
    qs_spawn(group, "failing", return_arg, (void *)(intptr_t)-EIO, NULL);
    qs_spawn(group, "failing", return_arg, (void *)(intptr_t)-ENOENT, NULL);
    qs_spawn(group, "fine", return_arg, (void *)(intptr_t)7, NULL);
    qs_spawn(group, "failing", return_arg, (void *)(intptr_t)-EPIPE, NULL);
    ck_assert_int_eq(qs_group_close(group, &report), -EIO);
    ck_assert_uint_eq(report.failed, 3);
    ck_assert_uint_eq(report.done, 1);
    ck_assert_int_eq(report.first_error, -EIO);
    ck_assert_uint_eq(report.first_error_id, 1);
    return 0;
}

START_TEST(every_error_is_reported_and_none_lost)
{
    struct errors errors = {0};

    rig_run(errors_main, &errors);
    ck_assert_int_eq(errors.n, 3);
    ck_assert_int_eq(errors.error[1], -ENOENT);
    ck_assert_int_eq(errors.error[2], -EPIPE);
}
END_TEST

static int failing_main(void *arg)
{
    struct qs_group_options options = {.slots = 2, .keep_going = arg};
    struct qs_report report;
    struct qs_group *group;

    ck_assert_int_eq(qs_group_open(&group, &options), 0);
    qs_spawn(group, NULL, arg ? count_running : sleep_forever, NULL, NULL);
    qs_spawn(group, NULL, return_arg, (void *)(intptr_t)-EIO, NULL);
    qs_spawn(group, NULL, arg ? count_running : sleep_forever, NULL, NULL);
    ck_assert_int_eq(qs_group_close(group, &report), -EIO);
    ck_assert_uint_eq(report.failed, 1);
    ck_assert_uint_eq(report.cancelled, arg ? 0 : 2);
    return 0;
}

START_TEST(failed_task_cancels_its_group)
{
    rig_run(failing_main, NULL);
}
END_TEST

START_TEST(failed_task_leaves_the_others_alone_when_told_to_keep_going)
{
    rig_run(failing_main, (void *)1);
}
END_TEST

static int deadline_main(void *arg)
{
    struct qs_group_options options = {.deadline = qs_now() + QS_MILLISECOND};
    struct qs_group *group;

    (void)arg;
    ck_assert_int_eq(qs_group_open(&group, &options), 0);
    qs_spawn(group, NULL, sleep_forever, NULL, NULL);
    ck_assert_int_eq(qs_group_close(group, NULL), -ETIMEDOUT);
    ck_assert_int_eq(qs_yield(), 0); /* the owner is not cancelled */
    return 0;
}

START_TEST(deadline_cancels_the_group_and_close_says_so)
{
    rig_run(deadline_main, NULL);
}
END_TEST

static int deadline_not_reached_main(void *arg)
{
    struct qs_group_options options = {.deadline = qs_now() + 3600 * QS_SECOND};
    struct qs_group *group;

    (void)arg;
    ck_assert_int_eq(qs_group_open(&group, &options), 0);
    qs_spawn(group, NULL, return_arg, NULL, NULL);
    return qs_group_close(group, NULL);
}

START_TEST(deadline_not_reached_leaves_no_timer)
{
    ck_assert_int_eq(rig_run(deadline_not_reached_main, NULL), 0);
}
END_TEST

static int left_open(void *arg)
{
    struct qs_group *group;

    (void)arg;
    ck_assert_int_eq(qs_group_open(&group, NULL), 0);
    qs_spawn(group, NULL, sleep_forever, (void *)1, note_fini);
    return 5;
}

START_TEST(group_left_open_is_cancelled_and_closed_when_its_task_returns)
{
    reset();
    ck_assert_int_eq(rig_run(left_open, NULL), 5);
    ck_assert_int_eq(finis, 1);
}
END_TEST

static struct qs_group *parent_group;

static int closes_anothers(void *arg)
{
    (void)arg;
    ck_assert_int_eq(qs_group_close(parent_group, NULL), -EPERM);
    /* but may spawn into it */
    return qs_spawn(parent_group, NULL, return_arg, (void *)4, note_fini);
}

static int owner_main(void *arg)
{
    (void)arg;
    ck_assert_int_eq(qs_group_open(&parent_group, NULL), 0);
    qs_spawn(parent_group, NULL, closes_anothers, NULL, NULL);
    return qs_group_close(parent_group, NULL);
}

START_TEST(only_the_owner_closes_but_any_task_spawns)
{
    reset();
    ck_assert_int_eq(rig_run(owner_main, NULL), 0);
    ck_assert_int_eq(finis, 1);
    ck_assert_int_eq(fini_rc[0], 4);
}
END_TEST

static int fini_waits_rc[4];

static void waiting_fini(void *arg, int rc)
{
    struct qs_group *group;

    (void)arg;
    (void)rc;
    fini_waits_rc[0] = qs_yield();
    fini_waits_rc[1] = qs_sleep(0);
    fini_waits_rc[2] = qs_group_open(&group, NULL);
}

static int waiting_fini_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    ck_assert_int_eq(qs_group_open(&group, NULL), 0);
    qs_spawn(group, NULL, return_arg, NULL, waiting_fini);
    return qs_group_close(group, NULL);
}

START_TEST(fini_may_not_wait)
{
    ck_assert_int_eq(rig_run(waiting_fini_main, NULL), 0);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(fini_waits_rc[i], -EPERM);
}
END_TEST

RIG_TESTS("group", never_more_running_than_slots, queued_task_gets_fini_when_cancelled_before_start,
          no_queued_task_starts_after_cancel_and_finis_come_in_spawn_order,
          spawn_that_fails_still_calls_fini_once, close_returns_when_every_task_has_had_its_fini,
          every_error_is_reported_and_none_lost, failed_task_cancels_its_group,
          failed_task_leaves_the_others_alone_when_told_to_keep_going,
          deadline_cancels_the_group_and_close_says_so, deadline_not_reached_leaves_no_timer,
          group_left_open_is_cancelled_and_closed_when_its_task_returns,
          only_the_owner_closes_but_any_task_spawns, fini_may_not_wait)
