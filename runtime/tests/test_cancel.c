/* test_cancel.c - cancellation: level-triggered, down the tree, and never half a wait. */
#include "rig.h"

static struct qs_sem sem;
static int pipes[2], results[16], n_results;

static void note(int rc)
{
    results[n_results++] = rc;
}

static int wait_on_all(void *arg)
{
    char byte;

    (void)arg;
    note(qs_sleep(QS_FOREVER)); /* ended by the cancel */
    note(qs_sleep(0));
    note(qs_yield());
    note(qs_acquire(&sem, QS_FOREVER));
    note((int)qs_read(pipes[0], &byte, 1, QS_FOREVER));
    note((int)qs_write(pipes[1], "x", 1, QS_FOREVER));
    note(qs_wait_fd(pipes[0], QS_READ, QS_FOREVER));
    note(qs_wait_child(getpid(), NULL, QS_FOREVER));
    return -ECANCELED;
}

static int cancel_after_start(void *arg)
{
    qs_task_fn *fn = (qs_task_fn *)(uintptr_t)arg;
    struct qs_group *group;

    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, fn, NULL, NULL);
    qs_yield();
    qs_group_cancel(group);
    return qs_group_close(group, NULL);
}

#define CANCEL_AFTER_START(fn) rig_run(cancel_after_start, (void *)(uintptr_t)(fn))

START_TEST(every_wait_of_a_cancelled_task_fails_until_it_is_done)
{
    n_results = 0;
    qs_sem_init(&sem, 1);
    ck_assert_int_eq(pipe(pipes), 0);
    ck_assert_int_eq(write(pipes[1], "ab", 2), 2);
    ck_assert_int_eq(CANCEL_AFTER_START(wait_on_all), -ECANCELED);
    ck_assert_int_eq(n_results, 8);
    for (int i = 0; i < n_results; i++)
        ck_assert_int_eq(results[i], -ECANCELED);

    /* "Did not happen": the permit is free, the bytes are still there. */
    char buf[8];
    ck_assert_uint_eq(qs_sem_free(&sem), 1);
    ck_assert_int_eq(read(pipes[0], buf, sizeof(buf)), 2);
    close(pipes[0]);
    close(pipes[1]);
}
END_TEST

static int blocked_reader(void *arg)
{
    char byte;

    (void)arg;
    note((int)qs_read(pipes[0], &byte, 1, QS_FOREVER));
    return -ECANCELED;
}

START_TEST(cancelled_read_moved_no_bytes_and_left_no_waiter)
{
    n_results = 0;
    ck_assert_int_eq(pipe(pipes), 0);
    ck_assert_int_eq(CANCEL_AFTER_START(blocked_reader), -ECANCELED);
    ck_assert_int_eq(results[0], -ECANCELED);
    close(pipes[0]);
    close(pipes[1]);
}
END_TEST

static int second_reader_main(void *arg)
{
    char byte = 0;

    cancel_after_start(arg);
    ck_assert_int_eq(write(pipes[1], "z", 1), 1);
    ck_assert_int_eq((int)qs_read(pipes[0], &byte, 1, QS_FOREVER), 1);
    return byte;
}

START_TEST(descriptor_can_be_waited_for_again_after_a_cancelled_wait)
{
    n_results = 0;
    ck_assert_int_eq(pipe(pipes), 0);
    ck_assert_int_eq(rig_run(second_reader_main, (void *)(uintptr_t)blocked_reader), 'z');
    close(pipes[0]);
    close(pipes[1]);
}
END_TEST

static int leaf(void *arg)
{
    (void)arg;
    int rc = qs_sleep(QS_FOREVER);
    note(rc);
    return rc;
}

static int branch(void *arg)
{
    intptr_t depth = (intptr_t)arg;
    struct qs_group *group;

    ck_assert_int_eq(qs_group_open(&group, NULL), 0);
    for (int i = 0; i < 2; i++)
        qs_spawn(group, NULL, depth ? branch : leaf, (void *)(depth - 1), NULL);
    return qs_group_close(group, NULL);
}

static int tree_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    ck_assert_int_eq(qs_group_open(&group, NULL), 0);
    qs_spawn(group, NULL, branch, (void *)2, NULL);
    for (int i = 0; i < 10; i++)
        qs_yield();
    ck_assert_int_eq(qs_group_cancel(group), 0);
    return qs_group_close(group, NULL);
}

START_TEST(cancel_reaches_every_task_below)
{
    n_results = 0;
    ck_assert_int_eq(rig_run(tree_main, NULL), -ECANCELED);
    ck_assert_int_eq(n_results, 8);
}
END_TEST

static int sibling_main(void *arg)
{
    struct qs_group *one, *other;

    (void)arg;
    qs_group_open(&one, NULL);
    qs_group_open(&other, NULL);
    qs_spawn(one, NULL, leaf, NULL, NULL);
    qs_spawn(other, NULL, leaf, NULL, NULL);
    qs_yield();
    qs_group_cancel(one);
    ck_assert_int_eq(qs_group_close(one, NULL), -ECANCELED);
    ck_assert_int_eq(n_results, 1);
    ck_assert_int_eq(qs_yield(), 0);
    qs_group_cancel(other);
    qs_group_close(other, NULL);
    return 0;
}

START_TEST(cancel_of_a_group_leaves_owner_and_siblings_alone)
{
    n_results = 0;
    rig_run(sibling_main, NULL);
    ck_assert_int_eq(n_results, 2);
}
END_TEST

static int self_cancel_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    ck_assert_int_eq(qs_cancel(3), -EINVAL);
    ck_assert(!qs_cancelled());
    ck_assert_int_eq(qs_cancel(1), 0);
    ck_assert(qs_cancelled());
    ck_assert_int_eq(qs_cancel(1), 0);
    ck_assert_int_eq(qs_group_open(&group, NULL), 0);
    ck_assert_int_eq(qs_spawn(group, NULL, leaf, NULL, NULL), -ECANCELED);
    ck_assert_int_eq(qs_group_close(group, NULL), -ECANCELED);
    return qs_sleep(0);
}

START_TEST(cancelled_task_opens_groups_that_start_nothing)
{
    ck_assert_int_eq(qs_cancel(1), -EPERM);
    ck_assert_int_eq(rig_run(self_cancel_main, NULL), -ECANCELED);
}
END_TEST

static int woken_then_cancelled(void *arg)
{
    (void)arg;
    note(qs_acquire(&sem, QS_FOREVER));
    note(qs_yield());
    qs_release(&sem);
    return -ECANCELED;
}

static int race_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, NULL);
    qs_acquire(&sem, QS_FOREVER);
    qs_spawn(group, NULL, woken_then_cancelled, NULL, NULL);
    qs_yield();
    qs_release(&sem);       /* grants it */
    qs_group_cancel(group); /* before it runs */
    qs_group_close(group, NULL);
    return 0;
}

START_TEST(wait_that_succeeded_stays_successful_when_cancelled_before_it_runs_on)
{
    n_results = 0;
    qs_sem_init(&sem, 1);
    rig_run(race_main, NULL);
    ck_assert_int_eq(results[0], 0);
    ck_assert_int_eq(results[1], -ECANCELED);
    ck_assert_uint_eq(qs_sem_free(&sem), 1);
}
END_TEST

RIG_TESTS("cancel", every_wait_of_a_cancelled_task_fails_until_it_is_done,
          cancelled_read_moved_no_bytes_and_left_no_waiter,
          descriptor_can_be_waited_for_again_after_a_cancelled_wait,
          cancel_reaches_every_task_below, cancel_of_a_group_leaves_owner_and_siblings_alone,
          cancelled_task_opens_groups_that_start_nothing,
          wait_that_succeeded_stays_successful_when_cancelled_before_it_runs_on)
