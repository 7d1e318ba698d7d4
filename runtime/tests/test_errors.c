/* test_errors.c - groups lose no error: policies, nesting, groups left open, and no memory. */
#include <sys/resource.h>

#include "rig.h"

static struct qs_cleanup nodes[8];
static int heard[16], n_heard, rcs[8], n_rcs;

static void hear(void *ctx, uint64_t id, const char *task, const char *cleanup, int error)
{
    (void)ctx;
    (void)id;
    (void)task;
    (void)cleanup;
    heard[n_heard++] = error;
}

static void reset(void)
{
    memset(nodes, 0, sizeof(nodes));
    n_heard = n_rcs = 0;
}

static int fails(void *arg)
{
    return -(int)(intptr_t)arg;
}

static int sleeps(void *arg)
{
    (void)arg;
    return qs_sleep(QS_FOREVER);
}

static int failing_cleanup(void *arg)
{
    return -(int)(intptr_t)arg;
}

static int fails_twice(void *arg)
{
    qs_defer(&nodes[0], "first", failing_cleanup, (void *)ENOTEMPTY);
    qs_defer(&nodes[1], NULL, failing_cleanup, (void *)EBUSY);
    return fails(arg);
}

static int collect_main(void *arg)
{
    struct qs_error errors[3];
    struct qs_group_options options = {
        .keep_going = true, .on_error = hear, .errors = errors, .errors_room = 3};
    struct qs_report report;
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, &options);
    qs_spawn(group, "one", fails_twice, (void *)EIO, NULL);
    qs_spawn(group, "two", fails, (void *)ENOENT, NULL);
    qs_spawn(group, "three", fails, (void *)ENOSPC, NULL);
    ck_assert_int_eq(qs_group_close(group, &report), -EIO);
    ck_assert_uint_eq(report.errors, 5); /* also those that found no room */
    ck_assert_uint_eq(report.failed, 3);
    ck_assert_uint_eq(report.cleanups_failed, 2);
    ck_assert_int_eq(n_heard, 5);
    ck_assert_int_eq(errors[0].error, -EIO);
    ck_assert_str_eq(errors[0].task, "one");
    ck_assert_ptr_null(errors[0].cleanup);
    ck_assert_int_eq(errors[1].error, -EBUSY);
    ck_assert_str_eq(errors[1].cleanup, "");
    ck_assert_int_eq(errors[2].error, -ENOTEMPTY);
    ck_assert_str_eq(errors[2].cleanup, "first");
    ck_assert_uint_eq(errors[2].task_id, errors[0].task_id);
    ck_assert_uint_eq(report.first_error_id, errors[0].task_id);
    return 0;
}

START_TEST(all_errors_are_collected_in_order_and_counted_beyond_the_room)
{
    reset();
    rig_run(collect_main, NULL);
}
END_TEST

static int waiting_cleanup(void *arg)
{
    (void)arg;
    rcs[n_rcs++] = qs_yield();
    return 0;
}

static int fails_and_cleans(void *arg)
{
    (void)arg;
    qs_defer(&nodes[0], "waits", waiting_cleanup, NULL);
    return -EIO;
}

static int policy_main(void *arg)
{
    struct qs_group_options options = {.keep_going = arg};
    struct qs_report report;
    struct qs_group *group;

    qs_group_open(&group, &options);
    qs_spawn(group, NULL, fails_and_cleans, NULL, NULL);
    qs_spawn(group, NULL, arg ? fails : sleeps, NULL, NULL);
    ck_assert_int_eq(qs_group_close(group, &report), -EIO);
    ck_assert_uint_eq(report.failed, 1);
    ck_assert_uint_eq(arg ? report.done : report.cancelled, 1);
    ck_assert_int_eq(n_rcs, 1);
    ck_assert_int_eq(rcs[0], 0); /* the failed one itself is not cancelled */
    return 0;
}

START_TEST(failure_cancels_the_siblings_or_keeps_going_and_spares_its_own_cleanups)
{
    reset();
    rig_run(policy_main, NULL);
    reset();
    rig_run(policy_main, (void *)1);
}
END_TEST

static int long_cleanup(void *arg)
{
    int rc = qs_sleep(QS_FOREVER);

    (void)arg;
    rcs[n_rcs++] = rc;
    return 0;
}

static int fails_then_long(void *arg)
{
    (void)arg;
    qs_defer(&nodes[0], "long", long_cleanup, NULL);
    return -EIO;
}

static int spared_main(void *arg)
{
    struct qs_group *group;

    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, fails_then_long, NULL, NULL);
    qs_spawn(group, NULL, sleeps, NULL, NULL);
    qs_yield();
    qs_yield();
    ck_assert_int_eq(n_rcs, 0); /* the group is cancelled, this one waits on */
    if (arg)
        qs_cancel(1);
    else
        qs_group_cancel(group);
    return qs_group_close(group, NULL);
}

START_TEST(cancelling_again_reaches_the_task_whose_failure_cancelled_the_group)
{
    for (intptr_t how = 0; how < 2; how++) {
        reset();
        ck_assert_int_eq(rig_run(spared_main, (void *)how), -EIO);
        ck_assert_int_eq(n_rcs, 1);
        ck_assert_int_eq(rcs[0], -ECANCELED);
    }
}
END_TEST

static int nested(void *arg)
{
    intptr_t depth = (intptr_t)arg;
    struct qs_group *group;

    if (!depth)
        return -ENOTCONN;
    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, nested, (void *)(depth - 1), NULL);
    return qs_group_close(group, NULL);
}

START_TEST(error_comes_up_through_nested_groups)
{
    ck_assert_int_eq(rig_run(nested, (void *)20), -ENOTCONN);
}
END_TEST

static int leaves_group_open(void *arg)
{
    struct qs_group *group;

    qs_group_open(&group, NULL);
    qs_spawn(group, "inner", fails, (void *)ENOTCONN, NULL);
    qs_yield();
    qs_yield();
    return -(int)(intptr_t)arg;
}

static int left_open_main(void *arg)
{
    struct qs_error errors[4];
    struct qs_group_options options = {.errors = errors, .errors_room = 4};
    struct qs_report report;
    struct qs_group *group;

    qs_group_open(&group, &options);
    qs_spawn(group, "outer", leaves_group_open, arg, NULL);
    ck_assert_int_eq(qs_group_close(group, &report), -ENOTCONN);
    ck_assert_uint_eq(report.failed, 1);
    if (arg) { /* it had an error of its own, beside that of the group */
        ck_assert_uint_eq(report.errors, 2);
        ck_assert_int_eq(errors[0].error, -ENOTCONN);
        ck_assert_int_eq(errors[1].error, -EIO);
    } else {
        ck_assert_uint_eq(report.errors, 1);
    }
    return 0;
}

START_TEST(error_in_a_group_left_open_is_not_lost)
{
    struct qs_result result;

    rig_run(left_open_main, NULL);
    rig_run(left_open_main, (void *)EIO);
    ck_assert_int_eq(qs_run(NULL, leaves_group_open, NULL, &result), 0);
    ck_assert_int_eq(result.value, -ENOTCONN);
}
END_TEST

static int main_cleanups(void *arg)
{
    (void)arg;
    qs_defer(&nodes[0], "a", failing_cleanup, (void *)EBUSY);
    qs_defer(&nodes[1], "b", failing_cleanup, (void *)EIO);
    return 0;
}

START_TEST(all_errors_of_the_main_tasks_cleanups_are_heard)
{
    struct qs_options options = {.on_error = hear};
    struct qs_result result;

    reset();
    ck_assert_int_eq(qs_run(&options, main_cleanups, NULL, &result), 0);
    ck_assert_int_eq(n_heard, 2);
    ck_assert_int_eq(heard[0], -EIO);
    ck_assert_int_eq(heard[1], -EBUSY);
    ck_assert_uint_eq(result.cleanups_failed, 2);
    ck_assert_int_eq(result.cleanup_error, -EIO);
}
END_TEST

static int deadline_main(void *arg)
{
    struct qs_group_options options = {.deadline = qs_now() + 200 * QS_MICROSECOND};
    struct qs_group *outer, *inner;

    (void)arg;
    /* The outer group's deadline ends the inner one, whose own is later; each tells its cause. */
    qs_group_open(&outer, &options);
    qs_spawn(outer, NULL, sleeps, NULL, NULL);
    ck_assert_int_eq(qs_group_close(outer, NULL), -ETIMEDOUT);
    options.deadline = 0;
    qs_group_open(&outer, &options);
    qs_spawn(outer, NULL, sleeps, NULL, NULL);
    options.deadline = qs_now() + 200 * QS_MICROSECOND;
    qs_group_open(&inner, &options);
    qs_spawn(inner, NULL, sleeps, NULL, NULL);
    ck_assert_int_eq(qs_group_close(inner, NULL), -ETIMEDOUT);
    qs_group_cancel(outer);
    ck_assert_int_eq(qs_group_close(outer, NULL), -ECANCELED);
    /* Who was done before the deadline is not touched by it. */
    options.deadline = qs_now() + 200 * QS_MICROSECOND;
    qs_group_open(&inner, &options);
    qs_spawn(inner, NULL, fails, NULL, NULL);
    qs_sleep(options.deadline + QS_MICROSECOND);
    ck_assert_int_eq(qs_group_close(inner, NULL), 0);
    return 0;
}

START_TEST(deadline_of_a_group_is_told_from_its_cancellation)
{
    rig_run(deadline_main, NULL);
}
END_TEST

#define DEEP 2000

static int leaves, deepest_cancelled;

static int deep(void *arg)
{
    intptr_t depth = (intptr_t)arg;
    struct qs_group *group;
    int rc;

    if (!depth) {
        leaves++;
        rc = qs_sleep(QS_FOREVER);
        deepest_cancelled += rc == -ECANCELED;
        return rc;
    }
    rc = qs_group_open(&group, NULL);
    if (rc)
        return rc;
    qs_spawn(group, NULL, deep, (void *)(depth - 1), NULL);
    return qs_group_close(group, NULL);
}

static int deep_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, deep, (void *)DEEP, NULL);
    while (!leaves)
        qs_yield();
    qs_group_cancel(group); /* on a small stack */
    return qs_group_close(group, NULL);
}

START_TEST(cancelling_a_deep_tree_takes_no_more_stack_than_a_flat_one)
{
    struct qs_options options = {.stack_size = 16 * 1024};
    struct qs_result result;

    leaves = deepest_cancelled = 0;
    ck_assert_int_eq(qs_run(&options, deep_main, NULL, &result), 0);
    ck_assert_int_eq(result.value, -ECANCELED);
    ck_assert_int_eq(deepest_cancelled, 1);
}
END_TEST

/* No memory: in a child whose address space is used up. */

#define MANY 100000

static size_t finis, finis_failed;

static void count_fini(void *arg, int rc)
{
    (void)arg;
    finis++;
    finis_failed += rc == -ENOMEM;
}

static int starved_main(void *arg)
{
    struct rlimit none = {.rlim_cur = 0, .rlim_max = RLIM_INFINITY};
    struct qs_error errors[2];
    struct qs_group_options options = {
        .keep_going = true, .slots = 8, .errors = errors, .errors_room = 2};
    struct qs_report report;
    struct qs_group *group;
    size_t refused = 0;

    (void)arg;
    if (qs_group_open(&group, &options) || setrlimit(RLIMIT_AS, &none))
        return 1;
    for (int i = 0; i < MANY; i++)
        refused += qs_spawn(group, "t", fails, NULL, count_fini) == -ENOMEM;
    if (qs_group_close(group, &report) != -ENOMEM)
        return 2;
    /* Some had no record, and none a stack: each is told, and the first ones in full. */
    if (!refused || finis != MANY || finis_failed != report.failed ||
        report.errors != report.failed)
        return 3;
    if (report.done + report.failed != MANY || errors[1].error != -ENOMEM)
        return 4;
    struct qs_call calls[3] = {{.fn = fails}, {.fn = fails}, {.fn = fails}};
    if (qs_gather(calls, 3, NULL, NULL) != -ENOMEM || calls[0].rc != -ENOMEM)
        return 5;
    return 0;
}

static void starved(void)
{
    struct qs_result result;

    unsetenv("SIGSWEEP_EVENTS"); /* too many */
    if (qs_run(NULL, starved_main, NULL, &result))
        _exit(90);
    _exit(result.value);
}

START_TEST(nothing_is_lost_when_there_is_no_memory)
{
#ifdef __SANITIZE_ADDRESS__
    fprintf(stderr, "not tested: AddressSanitizer needs memory of its own\n");
    return;
#endif
    if (rig_emulated()) {
        fprintf(stderr, "not tested: an emulator needs memory of its own\n");
        return;
    }
    struct rig_child *child = rig_start(starved);

    rig_finish(child);
    ck_assert_int_eq(child->status, 0);
    free(child);
}
END_TEST

RIG_TESTS("errors", all_errors_are_collected_in_order_and_counted_beyond_the_room,
          failure_cancels_the_siblings_or_keeps_going_and_spares_its_own_cleanups,
          cancelling_again_reaches_the_task_whose_failure_cancelled_the_group,
          error_comes_up_through_nested_groups, error_in_a_group_left_open_is_not_lost,
          all_errors_of_the_main_tasks_cleanups_are_heard,
          deadline_of_a_group_is_told_from_its_cancellation,
          cancelling_a_deep_tree_takes_no_more_stack_than_a_flat_one,
          nothing_is_lost_when_there_is_no_memory)
