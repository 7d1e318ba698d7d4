/* test_cleanup.c - cleanups and shields. */
#include "rig.h"

static struct qs_cleanup nodes[8];
static int ran[16], n_ran, rcs[16], n_rcs, fini_at;

static void reset(void)
{
    memset(nodes, 0, sizeof(nodes));
    n_ran = n_rcs = 0;
    fini_at = -1;
}

static int note(void *arg)
{
    ran[n_ran++] = (int)(intptr_t)arg;
    return 0;
}

static int failing(void *arg)
{
    note(arg);
    return -EIO;
}

static void note_fini(void *arg, int rc)
{
    (void)arg;
    (void)rc;
    fini_at = n_ran;
}

static int arm_three(void *arg)
{
    for (intptr_t i = 0; i < 3; i++)
        ck_assert_int_eq(qs_defer(&nodes[i], "node", arg && i == 1 ? failing : note, (void *)i), 0);
    return 0;
}

static int arm_and_wait(void *arg)
{
    arm_three(arg);
    return qs_sleep(QS_FOREVER);
}

struct job {
    qs_task_fn *fn;
    void *arg;
    bool cancel;
    struct qs_report report;
};

static int one_task(void *arg)
{
    struct job *job = arg;
    struct qs_group *group;

    qs_group_open(&group, NULL);
    qs_spawn(group, "worker", job->fn, job->arg, note_fini);
    qs_yield();
    if (job->cancel)
        qs_group_cancel(group);
    return qs_group_close(group, &job->report);
}

START_TEST(cleanups_run_once_last_first_then_fini)
{
    for (int cancel = 0; cancel < 2; cancel++) {
        struct job job = {.fn = cancel ? arm_and_wait : arm_three, .cancel = cancel};

        reset();
        rig_run(one_task, &job);
        ck_assert_int_eq(n_ran, 3);
        for (int i = 0; i < 3; i++)
            ck_assert_int_eq(ran[i], 2 - i);
        ck_assert_int_eq(fini_at, 3);
    }
}
END_TEST

START_TEST(failing_cleanup_skips_no_other_and_is_reported)
{
    struct job job = {.fn = arm_three, .arg = (void *)1};

    reset();
    ck_assert_int_eq(rig_run(one_task, &job), -EIO);
    ck_assert_int_eq(n_ran, 3);
    ck_assert_uint_eq(job.report.cleanups_failed, 1);
    ck_assert_uint_eq(job.report.done, 1);
}
END_TEST

START_TEST(failing_cleanup_of_the_main_task_is_in_the_result)
{
    struct qs_result result;

    reset();
    ck_assert_int_eq(qs_run(NULL, arm_three, (void *)1, &result), 0);
    ck_assert_int_eq(n_ran, 3);
    ck_assert_int_eq(result.cleanup_error, -EIO);
}
END_TEST

static int rearm(void *arg)
{
    note(arg);
    return qs_defer(&nodes[7], "late", note, (void *)7);
}

static int misuse(void *arg)
{
    struct qs_cleanup on_stack = {0};

    (void)arg;
    ck_assert_int_eq(qs_defer(&on_stack, "x", note, NULL), -EINVAL);
    ck_assert_int_eq(qs_defer(&nodes[0], "x", NULL, NULL), -EINVAL);
    ck_assert_int_eq(qs_defer(&nodes[0], "x", rearm, (void *)0), 0);
    ck_assert_int_eq(qs_defer(&nodes[0], "x", note, NULL), -EBUSY);
    ck_assert_int_eq(qs_undefer(&nodes[1]), -ENOENT);
    return 0;
}

START_TEST(cleanup_may_arm_another_and_misuse_is_refused)
{
    reset();
    ck_assert_int_eq(qs_defer(&nodes[0], "x", note, NULL), -EPERM);
    rig_run(misuse, NULL);
    ck_assert_int_eq(n_ran, 2);
    ck_assert_int_eq(ran[1], 7);
}
END_TEST

static int disarm_some(void *arg)
{
    arm_three(arg);
    ck_assert_int_eq(qs_undefer(&nodes[1]), 0);
    ck_assert_int_eq(qs_undefer(&nodes[1]), -ENOENT);
    ck_assert_int_eq(qs_cleanup_now(&nodes[2]), 0);
    ck_assert_int_eq(n_ran, 1);
    ck_assert_int_eq(qs_defer(&nodes[1], "again", note, (void *)5), 0);
    return 0;
}

START_TEST(disarmed_cleanup_never_runs_and_one_run_early_runs_once)
{
    struct job job = {.fn = disarm_some};

    reset();
    rig_run(one_task, &job);
    ck_assert_int_eq(n_ran, 3);
    ck_assert_int_eq(ran[0], 2);
    ck_assert_int_eq(ran[1], 5);
    ck_assert_int_eq(ran[2], 0);
}
END_TEST

static int waits_in_cleanup(void *arg)
{
    struct qs_shield shield, inner;
    bool shielded = arg;

    if (!shielded) {
        rcs[n_rcs++] = qs_sleep(qs_now() + QS_MILLISECOND);
        return 0;
    }
    ck_assert_int_eq(qs_shield_begin(&shield, QS_FOREVER), -EINVAL);
    ck_assert_int_eq(qs_shield_begin(&shield, qs_now() + 3600 * QS_SECOND), 0);
    rcs[n_rcs++] = qs_sleep(qs_now() + QS_MILLISECOND);
    ck_assert_int_eq(qs_shield_begin(&inner, qs_now() + QS_MILLISECOND), 0);
    ck_assert_int_eq(qs_shield_end(&shield), -EINVAL);
    rcs[n_rcs++] = qs_sleep(QS_FOREVER); /* until the inner one expires */
    rcs[n_rcs++] = qs_yield();
    ck_assert_int_eq(qs_shield_end(&inner), 0);
    rcs[n_rcs++] = qs_yield(); /* the outer one still holds */
    ck_assert_int_eq(qs_shield_end(&shield), 0);
    rcs[n_rcs++] = qs_yield();
    return 0;
}

static int arm_waiting(void *arg)
{
    qs_defer(&nodes[0], "waits", waits_in_cleanup, arg);
    return qs_sleep(QS_FOREVER);
}

START_TEST(wait_in_a_cleanup_fails_after_cancel_unless_shielded)
{
    struct job job = {.fn = arm_waiting, .cancel = true};

    reset();
    rig_run(one_task, &job);
    ck_assert_int_eq(n_rcs, 1);
    ck_assert_int_eq(rcs[0], -ECANCELED);
}
END_TEST

START_TEST(shields_nest_and_end_at_their_deadlines)
{
    struct job job = {.fn = arm_waiting, .arg = (void *)1, .cancel = true};
    static const int want[] = {0, -ECANCELED, -ECANCELED, 0, -ECANCELED};

    reset();
    rig_run(one_task, &job);
    ck_assert_int_eq(n_rcs, 5);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(rcs[i], want[i]);
}
END_TEST

static int child_of_shield(void *arg)
{
    rcs[n_rcs++] = qs_sleep(arg ? QS_FOREVER : qs_now() + QS_MILLISECOND);
    return 0;
}

static int group_in_shield(void *arg)
{
    struct qs_shield shield;
    struct qs_group *group;

    qs_shield_begin(&shield, qs_now() + (arg ? QS_MILLISECOND : 3600 * QS_SECOND));
    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, child_of_shield, arg, NULL);
    qs_group_close(group, NULL);
    qs_shield_end(&shield);
    return 0;
}

static int arm_group_in_shield(void *arg)
{
    qs_defer(&nodes[0], "group", group_in_shield, arg);
    return qs_sleep(QS_FOREVER);
}

START_TEST(group_opened_under_a_shield_works_and_is_cancelled_when_it_expires)
{
    for (int expire = 0; expire < 2; expire++) {
        struct job job = {
            .fn = arm_group_in_shield, .arg = expire ? (void *)1 : NULL, .cancel = true};

        reset();
        rig_run(one_task, &job);
        ck_assert_int_eq(n_rcs, 1);
        ck_assert_int_eq(rcs[0], expire ? -ECANCELED : 0);
    }
}
END_TEST

static int shielded_wait(void *arg)
{
    struct qs_shield shield;
    int rc;

    (void)arg;
    qs_shield_begin(&shield, qs_now() + 3600 * QS_SECOND);
    rc = qs_sleep(QS_FOREVER);
    rcs[n_rcs++] = rc;
    qs_shield_end(&shield);
    return 0;
}

static int level_two_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, shielded_wait, NULL, NULL);
    qs_yield();
    qs_cancel(1);
    ck_assert_int_eq(n_rcs, 0);
    qs_cancel(2);
    qs_cancel(1); /* never down */
    qs_group_close(group, NULL);
    ck_assert_int_eq(n_rcs, 1);
    return shielded_wait(NULL); /* a new shield holds nothing */
}

START_TEST(level_two_expires_shields_and_levels_never_go_down)
{
    struct qs_result result;

    reset();
    ck_assert_int_eq(qs_run(NULL, level_two_main, NULL, &result), 0);
    ck_assert_int_eq(result.level, 2);
    ck_assert_int_eq(result.signal, 0);
    ck_assert_int_eq(n_rcs, 2);
    ck_assert_int_eq(rcs[0], -ECANCELED);
    ck_assert_int_eq(rcs[1], -ECANCELED);
}
END_TEST

RIG_TESTS("cleanup", cleanups_run_once_last_first_then_fini,
          failing_cleanup_skips_no_other_and_is_reported,
          failing_cleanup_of_the_main_task_is_in_the_result,
          cleanup_may_arm_another_and_misuse_is_refused,
          disarmed_cleanup_never_runs_and_one_run_early_runs_once,
          wait_in_a_cleanup_fails_after_cancel_unless_shielded,
          shields_nest_and_end_at_their_deadlines,
          group_opened_under_a_shield_works_and_is_cancelled_when_it_expires,
          level_two_expires_shields_and_levels_never_go_down)
