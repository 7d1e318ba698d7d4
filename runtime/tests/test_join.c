/* test_join.c - handles: joining one task, cancelling one task. */
#include "rig.h"

static struct qs_task task, other;
static int finis, fini_rc, fini_was_before_join;
static void *fini_arg;

static void note_fini(void *arg, int rc)
{
    finis++;
    fini_rc = rc;
    fini_arg = arg;
    ck_assert(!qs_task_done(&task)); /* the fini is part of it */
}

static int return_arg(void *arg)
{
    int rc = qs_yield();

    return rc ? rc : (int)(intptr_t)arg;
}

static int sleeps(void *arg)
{
    (void)arg;
    return qs_sleep(QS_FOREVER);
}

static int joins(void *arg)
{
    int rc = 99, waited = qs_join(&task, &rc, QS_FOREVER);

    (void)arg;
    fini_was_before_join += finis == 1;
    return waited ? waited : rc;
}

static int join_main(void *arg)
{
    struct qs_group *group;
    struct qs_report report;
    int rc = 99;

    (void)arg;
    qs_group_open(&group, NULL);
    ck_assert_int_eq(qs_spawn_task(group, &task, "t", return_arg, (void *)5, note_fini), 0);
    for (int i = 0; i < 3; i++)
        qs_spawn(group, NULL, joins, NULL, NULL);
    ck_assert_int_eq(qs_join(&task, &rc, qs_now()), 0);
    ck_assert_int_eq(rc, 5);
    ck_assert(qs_task_done(&task));
    rc = 99;
    ck_assert_int_eq(qs_join(&task, &rc, QS_FOREVER), 0); /* again, as often as you like */
    ck_assert_int_eq(rc, 5);
    ck_assert_int_eq(qs_task_cancel(&task), -ESRCH);
    ck_assert_int_eq(qs_group_close(group, &report), 0);
    ck_assert_uint_eq(report.done, 4);
    return 0;
}

START_TEST(any_number_of_tasks_join_one_and_get_its_result_after_its_fini)
{
    finis = fini_was_before_join = 0;
    rig_run(join_main, NULL);
    ck_assert_int_eq(finis, 1);
    ck_assert_int_eq(fini_rc, 5);
    ck_assert_ptr_eq(fini_arg, (void *)5);
    ck_assert_int_eq(fini_was_before_join, 3);
}
END_TEST

static int self_join(void *arg)
{
    (void)arg;
    return qs_join(&task, NULL, QS_FOREVER);
}

static int errors_main(void *arg)
{
    struct qs_group_options options = {.keep_going = true};
    struct qs_group *group;
    int rc = 99;

    (void)arg;
    qs_group_open(&group, &options);
    qs_spawn_task(group, &task, "self", self_join, NULL, NULL);
    ck_assert_int_eq(qs_join(&task, &rc, QS_FOREVER), 0);
    ck_assert_int_eq(rc, -EDEADLK);
    qs_spawn_task(group, &task, "sleeps", sleeps, NULL, NULL);
    rc = 99;
    ck_assert_int_eq(qs_join(&task, &rc, qs_now() + QS_MILLISECOND), -ETIMEDOUT);
    ck_assert_int_eq(rc, 99);
    ck_assert_int_eq(qs_task_cancel(&task), 0);
    ck_assert_int_eq(qs_join(&task, &rc, QS_FOREVER), 0); /* of a task that was cancelled */
    ck_assert_int_eq(rc, -ECANCELED);
    ck_assert_int_eq(qs_group_cancel(group), 0);
    ck_assert_int_eq(qs_spawn_task(group, &task, "late", sleeps, NULL, NULL), -ECANCELED);
    ck_assert(qs_task_done(&task));
    ck_assert_int_eq(qs_join(&task, &rc, QS_FOREVER), 0);
    ck_assert_int_eq(rc, -ECANCELED);
    qs_group_close(group, NULL);
    qs_cancel(1);
    rc = 99;
    ck_assert_int_eq(qs_join(&task, &rc, QS_FOREVER), -ECANCELED); /* the caller is */
    ck_assert_int_eq(rc, 99);
    return 0;
}

START_TEST(join_tells_its_own_errors_from_the_result)
{
    rig_run(errors_main, NULL);
    ck_assert_int_eq(qs_join(&task, NULL, QS_FOREVER), -EPERM);
}
END_TEST

static int cancel_one_main(void *arg)
{
    struct qs_group_options options = {.slots = 1};
    struct qs_report report;
    struct qs_group *group;
    int how = (int)(intptr_t)arg; /* 0: queued, 1: has its slot, 2: runs */

    qs_group_open(&group, &options);
    if (!how)
        qs_spawn_task(group, &other, "other", return_arg, (void *)1, NULL);
    qs_spawn_task(group, &task, "t", sleeps, NULL, note_fini);
    if (how == 2)
        qs_yield();
    ck_assert_int_eq(qs_task_cancel(&task), 0);
    ck_assert_int_eq(finis, how == 2 ? 0 : 1); /* not started: it is over at once */
    if (how)
        qs_spawn_task(group, &other, "other", return_arg, (void *)1, NULL);
    /* The others of its group don't feel it, and its slot is theirs. */
    ck_assert_int_eq(qs_group_close(group, &report), 0);
    ck_assert_int_eq(other.rc, 1);
    ck_assert_uint_eq(report.cancelled, 1);
    ck_assert_uint_eq(report.done, 1);
    ck_assert_int_eq(task.rc, -ECANCELED);
    return 0;
}

START_TEST(one_task_is_cancelled_alone_in_each_state)
{
    for (intptr_t how = 0; how < 3; how++) {
        finis = 0;
        rig_run(cancel_one_main, (void *)how);
        ck_assert_int_eq(finis, 1);
        ck_assert_int_eq(fini_rc, -ECANCELED);
    }
}
END_TEST

RIG_TESTS("join", any_number_of_tasks_join_one_and_get_its_result_after_its_fini,
          join_tells_its_own_errors_from_the_result, one_task_is_cancelled_alone_in_each_state)
