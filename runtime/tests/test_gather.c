/* test_gather.c - several calls at once: all, or the first that succeeds. */
#include "rig.h"

static int cleaned, told[8], n_told;
static struct qs_cleanup nodes[4];

static int yields_then(void *arg)
{
    int n = (int)(intptr_t)arg, rc = 0;

    for (int i = 0; i < (n < 0 ? -n : n) && !rc; i++)
        rc = qs_yield();
    return rc ? rc : n < 0 ? -EIO : n;
}

static int sleeps(void *arg)
{
    (void)arg;
    return qs_sleep(QS_FOREVER);
}

static void tell(void *ctx, uint64_t id, const char *task, const char *cleanup, int error)
{
    (void)ctx;
    (void)id;
    (void)task;
    (void)cleanup;
    told[n_told++] = error;
}

static struct qs_call of(qs_task_fn *fn, int arg)
{
    return (struct qs_call){.fn = fn, .arg = (void *)(intptr_t)arg, .rc = 99};
}

static int all_main(void *arg)
{
    struct qs_call calls[] = {of(yields_then, 5), of(yields_then, 1), of(yields_then, 3)};
    struct qs_group_options options = {.slots = (uint32_t)(intptr_t)arg};
    struct qs_report report;

    ck_assert_int_eq(qs_gather(calls, 3, &options, &report), 0);
    ck_assert_int_eq(calls[0].rc, 5);
    ck_assert_int_eq(calls[1].rc, 1);
    ck_assert_int_eq(calls[2].rc, 3);
    ck_assert_uint_eq(report.done, 3);
    ck_assert_int_eq(qs_gather(NULL, 0, NULL, NULL), 0);
    calls[1].fn = NULL;
    ck_assert_int_eq(qs_gather(calls, 3, NULL, NULL), -EINVAL);
    return 0;
}

START_TEST(gather_gives_all_results_in_the_order_of_the_calls)
{
    for (intptr_t slots = 0; slots < 4; slots++)
        rig_run(all_main, (void *)slots);
    ck_assert_int_eq(qs_gather(NULL, 0, NULL, NULL), -EPERM);
}
END_TEST

static int failing_main(void *arg)
{
    struct qs_call calls[] = {of(sleeps, 0), of(yields_then, -2), of(yields_then, 1),
                              of(yields_then, 9)};
    struct qs_group_options options = {.keep_going = arg, .deadline = arg ? qs_now() : 0};

    if (arg) /* each goes on; the sleeper ends by the deadline, and so does the slow one */
        calls[3] = of(yields_then, 0);
    ck_assert_int_eq(qs_gather(calls, 4, &options, NULL), arg ? -EIO : -EIO);
    ck_assert_int_eq(calls[0].rc, -ECANCELED);
    ck_assert_int_eq(calls[1].rc, -EIO);
    ck_assert_int_eq(calls[2].rc, 1);
    ck_assert_int_eq(calls[3].rc, arg ? 0 : -ECANCELED);
    return 0;
}

START_TEST(gather_gives_errors_beside_results_and_a_failure_cancels_the_rest)
{
    rig_run(failing_main, NULL);
    rig_run(failing_main, (void *)1);
}
END_TEST

static int clean(void *arg)
{
    (void)arg;
    cleaned += !qs_yield(); /* not cancelled, so it may wait */
    return 0;
}

static int wins(void *arg)
{
    int rc = qs_yield();

    (void)arg;
    qs_defer(&nodes[0], "winner", clean, NULL);
    return rc ? rc : 4;
}

static int loses(void *arg)
{
    qs_defer(&nodes[1], "loser", clean, NULL);
    return arg ? (qs_sleep(QS_FOREVER), -EPERM) : qs_sleep(QS_FOREVER);
}

static int finishes_all_the_same(void *arg)
{
    qs_sleep(QS_FOREVER);
    return (int)(intptr_t)arg;
}

static int first_main(void *arg)
{
    struct qs_call calls[] = {of(loses, 0), of(wins, 0), of(finishes_all_the_same, 8)};
    struct qs_group_options options = {.on_error = tell};
    struct qs_report report;

    (void)arg;
    ck_assert_int_eq(qs_first(calls, 3, &options, &report), 1);
    ck_assert_int_eq(calls[0].rc, -ECANCELED);
    ck_assert_int_eq(calls[1].rc, 4);
    ck_assert_int_eq(calls[2].rc, 8); /* it has something, though it lost: not hidden */
    ck_assert_int_eq(cleaned, 1);     /* the winner's; the loser's could not wait */
    ck_assert_int_eq(n_told, 0);
    ck_assert_uint_eq(report.done, 2);
    ck_assert_uint_eq(report.cancelled, 1);
    ck_assert_int_eq(qs_first(calls, 0, NULL, NULL), -EINVAL);
    return 0;
}

START_TEST(first_cancels_and_joins_the_losers_and_loses_no_result)
{
    cleaned = n_told = 0;
    memset(nodes, 0, sizeof(nodes));
    rig_run(first_main, NULL);
}
END_TEST

static int first_fails_main(void *arg)
{
    struct qs_call calls[] = {of(yields_then, -1), of(yields_then, 3), of(yields_then, -2)};
    struct qs_group_options options = {.keep_going = arg, .on_error = tell};

    n_told = 0;
    ck_assert_int_eq(qs_first(calls, 3, &options, NULL), arg ? 1 : -EIO);
    ck_assert_int_eq(calls[1].rc, arg ? 3 : -ECANCELED);
    ck_assert_int_eq(n_told, arg ? 2 : 1);
    calls[1] = of(yields_then, -3);
    n_told = 0;
    ck_assert_int_eq(qs_first(calls, 3, &options, NULL), -EIO);
    ck_assert_int_eq(n_told, arg ? 3 : 1);
    return 0;
}

START_TEST(failure_decides_first_unless_it_keeps_going)
{
    rig_run(first_fails_main, NULL);
    rig_run(first_fails_main, (void *)1);
}
END_TEST

static int loser_fails_main(void *arg)
{
    struct qs_call calls[] = {of(loses, 1), of(wins, 0)};
    struct qs_error errors[2];
    struct qs_group_options options = {.errors = errors, .errors_room = 2};
    struct qs_report report;

    (void)arg;
    ck_assert_int_eq(qs_first(calls, 2, &options, &report), 1); /* what the loser did is told: */
    ck_assert_uint_eq(report.errors, 1);
    ck_assert_int_eq(errors[0].error, -EPERM);
    return 0;
}

START_TEST(error_of_a_loser_is_reported)
{
    memset(nodes, 0, sizeof(nodes));
    rig_run(loser_fails_main, NULL);
}
END_TEST

/* A task in a gather or a first, which is cancelled from outside. */
static int inner_rc, winner_first;

static int gathers(void *arg)
{
    struct qs_call calls[] = {of(sleeps, 0), of(yields_then, winner_first)};

    inner_rc = arg ? qs_first(calls, 2, NULL, NULL) : qs_gather(calls, 2, NULL, NULL);
    ck_assert_int_eq(calls[0].rc, -ECANCELED);
    return inner_rc < 0 ? inner_rc : 0;
}

static int cancel_main(void *arg)
{
    struct qs_group *group;

    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, gathers, arg, NULL);
    for (int i = 0; i < 3; i++)
        qs_yield();
    qs_group_cancel(group);
    return qs_group_close(group, NULL);
}

START_TEST(cancelling_who_gathers_cancels_and_joins_the_calls)
{
    winner_first = 50;
    ck_assert_int_eq(rig_run(cancel_main, NULL), -ECANCELED);
    ck_assert_int_eq(inner_rc, -ECANCELED);
    ck_assert_int_eq(rig_run(cancel_main, (void *)1), -ECANCELED);
    ck_assert_int_eq(inner_rc, -ECANCELED);
    winner_first = 1; /* one had won when the cancel came */
    ck_assert_int_eq(rig_run(cancel_main, (void *)1), 0);
    ck_assert_int_eq(inner_rc, 1);
}
END_TEST

static int cancelled_before_main(void *arg)
{
    struct qs_call calls[] = {of(yields_then, 0), of(yields_then, 0)};

    (void)arg;
    qs_cancel(1);
    ck_assert_int_eq(qs_gather(calls, 2, NULL, NULL), -ECANCELED);
    ck_assert_int_eq(calls[0].rc, -ECANCELED);
    ck_assert_int_eq(calls[1].rc, -ECANCELED);
    ck_assert_int_eq(qs_first(calls, 2, NULL, NULL), -ECANCELED);
    return 0;
}

START_TEST(cancelled_task_starts_no_call)
{
    rig_run(cancelled_before_main, NULL);
}
END_TEST

RIG_TESTS("gather", gather_gives_all_results_in_the_order_of_the_calls,
          gather_gives_errors_beside_results_and_a_failure_cancels_the_rest,
          first_cancels_and_joins_the_losers_and_loses_no_result,
          failure_decides_first_unless_it_keeps_going, error_of_a_loser_is_reported,
          cancelling_who_gathers_cancels_and_joins_the_calls, cancelled_task_starts_no_call)
