/* test_limit.c - what cleanups may do, and how long: limits, overruns, waits, groups, and the
 * levels of cancellation. */
#include "rig.h"

static struct qs_cleanup nodes[8];
static int rcs[16], n_rcs, n_heard, heard[8];
static const char *heard_names[8];

static void hear(void *ctx, uint64_t id, const char *task, const char *cleanup, int error)
{
    (void)ctx;
    (void)id;
    (void)task;
    heard_names[n_heard] = cleanup;
    heard[n_heard++] = error;
}

static void reset(void)
{
    memset(nodes, 0, sizeof(nodes));
    n_rcs = n_heard = 0;
}

static int sleeps_long(void *arg)
{
    int rc = qs_sleep(QS_FOREVER);

    (void)arg;
    rcs[n_rcs++] = rc;
    return 0;
}

static int sleeps_shielded(void *arg)
{
    struct qs_shield shield;

    ck_assert_int_eq(qs_shield_begin(&shield, qs_now() + 3600 * QS_SECOND), 0);
    sleeps_long(NULL);
    ck_assert_int_eq(qs_shield_end(&shield), 0);
    return arg ? -EIO : 0;
}

static int quick(void *arg)
{
    (void)arg;
    rcs[n_rcs++] = 100;
    return 0;
}

static int limited_body(void *arg)
{
    qs_cleanup_fn *fn = arg ? sleeps_shielded : sleeps_long;

    ck_assert_int_eq(qs_defer_within(&nodes[0], "quick", quick, NULL, 3600 * QS_SECOND), 0);
    ck_assert_int_eq(qs_defer_within(&nodes[1], "slow", fn, arg, QS_MILLISECOND / 2), 0);
    ck_assert_int_eq(qs_defer_within(&nodes[2], "forever", quick, NULL, QS_FOREVER), 0);
    ck_assert_int_eq(qs_defer_within(&nodes[3], "x", quick, NULL, -1), -EINVAL);
    return 0;
}

static int limited_main(void *arg)
{
    struct qs_error errors[4];
    struct qs_group_options options = {.on_error = hear, .errors = errors, .errors_room = 4};
    struct qs_report report;
    struct qs_group *group;

    qs_group_open(&group, &options);
    qs_spawn(group, "t", limited_body, arg, NULL);
    qs_group_close(group, &report);
    ck_assert_uint_eq(report.done, 1);
    ck_assert_uint_eq(report.cleanups_overrun, 1);
    ck_assert_uint_eq(report.cleanups_failed, arg ? 1 : 0);
    ck_assert_uint_eq(report.errors, arg ? 2 : 1);
    ck_assert_int_eq(n_heard, arg ? 2 : 1);
    for (int i = 0; i < n_heard; i++) {
        ck_assert_str_eq(heard_names[i], "slow");
        ck_assert_int_eq(errors[i].error, heard[i]);
    }
    ck_assert_int_eq(heard[n_heard - 1], -ETIME);
    if (arg)
        ck_assert_int_eq(heard[0], -EIO);
    return 0;
}

START_TEST(cleanup_over_its_limit_is_ended_named_and_skips_no_other)
{
    for (intptr_t shield = 0; shield < 2; shield++) {
        reset();
        rig_run(limited_main, (void *)shield);
        ck_assert_int_eq(n_rcs, 3);
        ck_assert_int_eq(rcs[0], 100);
        ck_assert_int_eq(rcs[1], -ECANCELED); /* shielded or not */
        ck_assert_int_eq(rcs[2], 100);
    }
}
END_TEST

static int spins(void *arg)
{
    int64_t end = qs_now() + QS_MILLISECOND;

    (void)arg;
    while (qs_now() < end)
        ;
    return 0;
}

static int spinning_body(void *arg)
{
    (void)arg;
    qs_defer_within(&nodes[0], "spins", spins, NULL, QS_MICROSECOND);
    return 0;
}

START_TEST(overrun_of_a_cleanup_that_never_waits_is_named_too)
{
    struct qs_options options = {.on_error = hear};
    struct qs_result result;

    reset();
    ck_assert_int_eq(qs_run(&options, spinning_body, NULL, &result), 0);
    ck_assert_uint_eq(result.cleanups_overrun, 1);
    ck_assert_uint_eq(result.cleanups_failed, 0);
    ck_assert_int_eq(result.cleanup_error, -ETIME);
    ck_assert_int_eq(n_heard, 1);
    ck_assert_str_eq(heard_names[0], "spins");
}
END_TEST

/* Groups in cleanups. */

static int child(void *arg)
{
    int rc = qs_sleep(arg ? QS_FOREVER : qs_now());

    rcs[n_rcs++] = rc;
    return rc;
}

static int opens_group(void *arg)
{
    struct qs_group *group;

    (void)arg;
    ck_assert_int_eq(qs_group_open(&group, NULL), 0);
    for (int i = 0; i < 2; i++)
        qs_spawn(group, NULL, child, NULL, NULL);
    return qs_group_close(group, NULL);
}

static int opens_group_shielded(void *arg)
{
    struct qs_shield shield;
    int rc;

    qs_shield_begin(&shield, qs_now() + 3600 * QS_SECOND);
    rc = opens_group(arg);
    qs_shield_end(&shield);
    return rc;
}

struct job {
    qs_cleanup_fn *fn; /* the cleanup */
    void *arg;         /* its argument */
    int64_t limit;     /* of the cleanup */
    bool cancel;       /* the task, before its end */
    struct qs_report report;
};

static int job_body(void *arg)
{
    struct job *job = arg;

    qs_defer_within(&nodes[0], "job", job->fn, job->arg, job->limit);
    return job->cancel ? qs_sleep(QS_FOREVER) : 0;
}

static int job_main(void *arg)
{
    struct job *job = arg;
    struct qs_group *group;

    qs_group_open(&group, NULL);
    qs_spawn(group, "t", job_body, job, NULL);
    qs_yield();
    if (job->cancel)
        qs_group_cancel(group);
    return qs_group_close(group, &job->report);
}

START_TEST(cleanup_opens_a_group_and_in_a_cancelled_task_needs_a_shield)
{
    for (int cancel = 0; cancel < 2; cancel++)
        for (int shield = 0; shield < 2; shield++) {
            struct job job = {.fn = shield ? opens_group_shielded : opens_group, .cancel = cancel};
            bool works = shield || !cancel;

            reset();
            rig_run(job_main, &job);
            ck_assert_int_eq(n_rcs, works ? 2 : 0); /* else none was started */
            ck_assert_uint_eq(job.report.cleanups_failed, works ? 0 : 1);
            if (!works)
                ck_assert_int_eq(job.report.first_error, -ECANCELED);
        }
}
END_TEST

static int leaves_open(void *arg)
{
    struct qs_group *group;
    struct qs_shield left; /* in a frame that goes */

    qs_shield_begin(&left, qs_now() + 3600 * QS_SECOND);
    ck_assert_int_eq(qs_group_open(&group, NULL), 0);
    qs_spawn(group, NULL, child, (void *)1, NULL);
    qs_yield();
    return (int)(intptr_t)arg;
}

START_TEST(group_that_a_cleanup_leaves_open_is_cancelled_and_closed_there)
{
    for (int cancel = 0; cancel < 2; cancel++) {
        struct job job = {.fn = leaves_open, .cancel = cancel};

        reset();
        rig_run(job_main, &job);
        ck_assert_int_eq(n_rcs, 1);
        ck_assert_int_eq(rcs[0], -ECANCELED);
        ck_assert_uint_eq(job.report.cleanups_failed, 0);
    }
}
END_TEST

static struct qs_group *parent;

static int spawns_sibling(void *arg)
{
    (void)arg;
    rcs[n_rcs++] = qs_spawn(parent, "sibling", quick, NULL, NULL);
    return 0;
}

static int sibling_body(void *arg)
{
    qs_defer(&nodes[0], "spawns", spawns_sibling, NULL);
    return arg ? qs_sleep(QS_FOREVER) : 0;
}

static int sibling_main(void *arg)
{
    qs_group_open(&parent, NULL);
    qs_spawn(parent, NULL, sibling_body, arg, NULL);
    qs_yield();
    if (arg)
        qs_group_cancel(parent);
    return qs_group_close(parent, NULL);
}

START_TEST(cleanup_spawns_into_the_group_of_its_task_unless_that_is_cancelled)
{
    reset();
    ck_assert_int_eq(rig_run(sibling_main, NULL), 0);
    ck_assert_int_eq(n_rcs, 2);
    ck_assert_int_eq(rcs[0], 0);
    ck_assert_int_eq(rcs[1], 100); /* it ran, and the group was closed after it */
    reset();
    ck_assert_int_eq(rig_run(sibling_main, (void *)1), -ECANCELED);
    ck_assert_int_eq(n_rcs, 1);
    ck_assert_int_eq(rcs[0], -ECANCELED);
}
END_TEST

/* Of a task that may be cancelled before it starts. */
static void note_fini(void *arg, int rc)
{
    (void)arg;
    rcs[n_rcs++] = rc;
}

static int sleeps(void *arg)
{
    (void)arg;
    return qs_sleep(QS_FOREVER);
}

static int group_over_limit(void *arg)
{
    int rc;
    struct qs_shield shield;
    struct qs_group *group;

    (void)arg;
    qs_shield_begin(&shield, qs_now() + 3600 * QS_SECOND);
    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, sleeps, NULL, note_fini);
    qs_group_close(group, NULL);
    rc = qs_yield();
    rcs[n_rcs++] = rc;
    qs_shield_end(&shield);
    return 0;
}

START_TEST(limit_cancels_the_groups_of_its_cleanup)
{
    struct job job = {.fn = group_over_limit, .limit = QS_MILLISECOND / 2, .cancel = true};

    reset();
    rig_run(job_main, &job);
    ck_assert_int_eq(n_rcs, 2);
    ck_assert_int_eq(rcs[0], -ECANCELED);
    ck_assert_int_eq(rcs[1], -ECANCELED);
    ck_assert_uint_eq(job.report.cleanups_overrun, 1);
}
END_TEST

static int runs_another(void *arg)
{
    (void)arg;
    qs_defer_within(&nodes[1], "inner", sleeps_long, NULL, 3600 * QS_SECOND);
    return qs_cleanup_now(&nodes[1]);
}

START_TEST(limit_of_a_cleanup_holds_for_those_it_runs)
{
    struct job job = {.fn = runs_another, .limit = QS_MILLISECOND / 2};

    reset();
    rig_run(job_main, &job);
    ck_assert_int_eq(rcs[0], -ECANCELED);
    ck_assert_uint_eq(job.report.cleanups_overrun, 1); /* the outer one's; the inner had time */
}
END_TEST

/* Levels. */

static int second_level(void *arg)
{
    struct qs_shield shield;
    struct qs_group *group;

    (void)arg;
    qs_shield_begin(&shield, qs_now() + 3600 * QS_SECOND);
    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, child, (void *)1, NULL);
    qs_yield();
    ck_assert_int_eq(n_rcs, 0); /* level 1 is kept off */
    raise(SIGINT);
    qs_group_close(group, NULL);
    ck_assert_int_eq(rcs[0], -ECANCELED);
    rcs[n_rcs++] = qs_yield();
    qs_shield_end(&shield);
    return 0;
}

static int levels_body(void *arg)
{
    (void)arg;
    qs_defer(&nodes[0], "last", quick, NULL);
    qs_defer(&nodes[1], "level two", second_level, NULL);
    raise(SIGINT);
    return qs_sleep(QS_FOREVER);
}

static int levels_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, NULL);
    qs_spawn(group, "t", levels_body, NULL, NULL);
    return qs_group_close(group, NULL);
}

START_TEST(level_two_ends_the_waits_of_cleanups_and_their_groups_and_all_still_run)
{
    struct qs_result result;

    reset();
    ck_assert_int_eq(qs_run(NULL, levels_main, NULL, &result), 0);
    ck_assert_int_eq(result.level, 2);
    ck_assert_int_eq(n_rcs, 3);
    ck_assert_int_eq(rcs[1], -ECANCELED);
    ck_assert_int_eq(rcs[2], 100);
}
END_TEST

RIG_TESTS("limit", cleanup_over_its_limit_is_ended_named_and_skips_no_other,
          overrun_of_a_cleanup_that_never_waits_is_named_too,
          cleanup_opens_a_group_and_in_a_cancelled_task_needs_a_shield,
          group_that_a_cleanup_leaves_open_is_cancelled_and_closed_there,
          cleanup_spawns_into_the_group_of_its_task_unless_that_is_cancelled,
          limit_cancels_the_groups_of_its_cleanup, limit_of_a_cleanup_holds_for_those_it_runs,
          level_two_ends_the_waits_of_cleanups_and_their_groups_and_all_still_run)
