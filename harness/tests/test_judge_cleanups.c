#include "records.h"

START_TEST(armed_cleanup_that_never_ran_is_missing)
{
    struct made *m = made_new();
    events(m, "cleanup.arm id=1 name=db");
    must_find(m, KIND_CLEANUP_MISSING, "db");
}
END_TEST

START_TEST(cleanup_that_ran_is_clean)
{
    struct made *m = made_new();
    events(m,
           "cleanup.arm id=1 name=db\ncleanup.begin id=1 name=db\ncleanup.end id=1 name=db rc=0");
    must_be_clean(m);
}
END_TEST

START_TEST(disarmed_cleanup_need_not_run)
{
    struct made *m = made_new();
    events(m, "cleanup.arm id=1 name=db\ncleanup.disarm id=1 name=db");
    must_be_clean(m);
}
END_TEST

START_TEST(cleanup_of_another_task_does_not_count)
{
    struct made *m = made_new();
    events(m,
           "cleanup.arm id=1 name=db\ncleanup.begin id=2 name=db\ncleanup.end id=2 name=db rc=0");
    must_find(m, KIND_CLEANUP_MISSING, "db");
}
END_TEST

START_TEST(same_fault_in_many_tasks_is_one_finding)
{
    struct made *m = made_new();
    events(m, "cleanup.arm id=1 name=c2\ncleanup.arm id=2 name=c2\ncleanup.arm id=3 "
              "name=c2\ncleanup.arm id=4 name=c2");
    judged(m, NULL);
    ck_assert_str_eq(m->found.list[0].message,
                     "cleanup c2 of 4 tasks never ran (tasks 1, 2, 3, 4)");
    must_find(m, KIND_CLEANUP_MISSING, "c2");
}
END_TEST

START_TEST(twelve_tasks_are_counted_and_the_first_listed)
{
    struct made *m = made_new();
    events(m,
           "cleanup.arm id=1 name=c\ncleanup.arm id=2 name=c\ncleanup.arm id=3 name=c\ncleanup.arm "
           "id=4 name=c\ncleanup.arm id=5 name=c\ncleanup.arm id=6 name=c\ncleanup.arm id=7 "
           "name=c\ncleanup.arm id=8 name=c\ncleanup.arm id=9 name=c\ncleanup.arm id=10 "
           "name=c\ncleanup.arm id=11 name=c\ncleanup.arm id=12 name=c");
    judged(m, NULL);
    ck_assert_str_eq(m->found.list[0].message,
                     "cleanup c of 12 tasks never ran (tasks 1, 2, 3, 4, 5, 6, 7, 8, ...)");
    made_free(m);
}
END_TEST

START_TEST(acquired_and_kept_is_missing)
{
    struct made *m = made_new();
    events(m, "acquire name=lock\nacquire name=b\nrelease name=b");
    must_find(m, KIND_CLEANUP_MISSING, "lock");
}
END_TEST

START_TEST(acquired_and_released_is_clean)
{
    struct made *m = made_new();
    events(m, "acquire name=lock\nrelease name=lock");
    must_be_clean(m);
}
END_TEST

START_TEST(cleanup_run_twice_is_repeated)
{
    struct made *m = made_new();
    events(m, "cleanup.arm id=1 name=a\ncleanup.begin id=1 name=a\ncleanup.end id=1 name=a "
              "rc=0\ncleanup.begin id=1 name=a\ncleanup.end id=1 name=a rc=0");
    must_find(m, KIND_CLEANUP_REPEATED, "a");
}
END_TEST

START_TEST(cleanup_armed_twice_may_run_twice)
{
    struct made *m = made_new();
    events(
        m,
        "cleanup.arm id=1 name=a\ncleanup.begin id=1 name=a\ncleanup.end id=1 name=a "
        "rc=0\ncleanup.arm id=1 name=a\ncleanup.begin id=1 name=a\ncleanup.end id=1 name=a rc=0");
    must_be_clean(m);
}
END_TEST

START_TEST(first_armed_run_first_is_out_of_order)
{
    struct made *m = made_new();
    events(
        m,
        "cleanup.arm id=1 name=a\ncleanup.arm id=1 name=b\ncleanup.begin id=1 name=a\ncleanup.end "
        "id=1 name=a rc=0\ncleanup.begin id=1 name=b\ncleanup.end id=1 name=b rc=0");
    must_find(m, KIND_CLEANUP_ORDER, "a");
}
END_TEST

START_TEST(last_armed_run_first_is_in_order)
{
    struct made *m = made_new();
    events(
        m,
        "cleanup.arm id=1 name=a\ncleanup.arm id=1 name=b\ncleanup.begin id=1 name=b\ncleanup.end "
        "id=1 name=b rc=0\ncleanup.begin id=1 name=a\ncleanup.end id=1 name=a rc=0");
    must_be_clean(m);
}
END_TEST

START_TEST(order_is_kept_within_a_task_only)
{
    struct made *m = made_new();
    events(
        m,
        "cleanup.arm id=1 name=a\ncleanup.arm id=2 name=b\ncleanup.begin id=1 name=a\ncleanup.end "
        "id=1 name=a rc=0\ncleanup.begin id=2 name=b\ncleanup.end id=2 name=b rc=0");
    must_be_clean(m);
}
END_TEST

START_TEST(begun_and_not_ended_is_cut)
{
    struct made *m = made_new();
    events(m, "cleanup.arm id=1 name=a\ncleanup.begin id=1 name=a");
    must_find(m, KIND_CLEANUP_CUT, "a");
}
END_TEST

START_TEST(cleanup_that_failed_but_ended_is_not_cut)
{
    struct made *m = made_new();
    events(m, "cleanup.arm id=1 name=a\ncleanup.begin id=1 name=a\ncleanup.end id=1 name=a rc=-5");
    must_be_clean(m);
}
END_TEST

START_TEST(cleanup_cut_by_a_hang_is_found_too)
{
    struct made *m = made_new();
    events(m, "cleanup.arm id=1 name=a\ncleanup.begin id=1 name=a");
    ends(m, ENDED_DEADLINE, 0);
    judged(m, NULL);
    ck_assert_uint_eq(m->found.kinds, KIND_BIT(KIND_HANG) | KIND_BIT(KIND_CLEANUP_CUT));
    made_free(m);
}
END_TEST

START_TEST(planned_kill_excuses_missing_cut_and_tasks)
{
    struct made *m = made_new();
    events(m, "task.queue id=1\ncleanup.arm id=1 name=a\ncleanup.arm id=1 name=b\ncleanup.begin "
              "id=1 name=b");
    ends(m, ENDED_SIGNALED, SIGKILL);
    deliver(m, SIGKILL, DELIVERY_FIRED, 15 * MS);
    must_be_clean(m);
}
END_TEST

START_TEST(kill_from_outside_excuses_nothing)
{
    struct made *m = made_new();
    events(m, "cleanup.arm id=1 name=a");
    ends(m, ENDED_SIGNALED, SIGKILL);
    m->r.outsider = true;
    must_find(m, KIND_CLEANUP_MISSING, "a");
}
END_TEST

START_TEST(third_signal_excuses_missing_cleanups)
{
    struct made *m = made_new();
    events(m, "cleanup.arm id=1 name=a");
    deliver(m, SIGINT, DELIVERY_FIRED, 11 * MS);
    deliver(m, SIGINT, DELIVERY_FIRED, 12 * MS);
    must_be_clean(m);
}
END_TEST

START_TEST(second_signal_excuses_nothing)
{
    struct made *m = made_new();
    events(m, "cleanup.arm id=1 name=a");
    deliver(m, SIGINT, DELIVERY_FIRED, 11 * MS);
    must_find(m, KIND_CLEANUP_MISSING, "a");
}
END_TEST

START_TEST(relaxed_kind_is_not_judged)
{
    struct made *m = made_new();
    events(m, "cleanup.arm id=1 name=a");
    m->s.expect.relaxed = KIND_BIT(KIND_CLEANUP_MISSING);
    must_be_clean(m);
}
END_TEST

START_TEST(lost_events_leave_cleanups_untested)
{
    struct made *m = made_new();
    events(m, "cleanup.arm id=1 name=a");
    m->r.events_lost = 1;
    judged(m, NULL);
    ck_assert_uint_gt(m->found.untested_n, 0);
    must_be_clean(m);
}
END_TEST

START_TEST(no_events_is_untested_when_cleanups_were_asked_for)
{
    struct made *m = made_new();
    m->s.expect.has_findings = true;
    m->s.expect.findings = KIND_BIT(KIND_CLEANUP_CUT);
    judged(m, NULL);
    ck_assert_uint_eq(m->found.untested_n, 1);
    must_be_clean(m);
}
END_TEST

START_TEST(hostile_names_are_printed_safely)
{
    struct made *m = made_new();
    events(m, "cleanup.arm id=1 name=a\033[2Jb\377");
    must_find(m, KIND_CLEANUP_MISSING, "a?[2Jb?");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {armed_cleanup_that_never_ran_is_missing,
                                  cleanup_that_ran_is_clean,
                                  disarmed_cleanup_need_not_run,
                                  cleanup_of_another_task_does_not_count,
                                  same_fault_in_many_tasks_is_one_finding,
                                  twelve_tasks_are_counted_and_the_first_listed,
                                  acquired_and_kept_is_missing,
                                  acquired_and_released_is_clean,
                                  cleanup_run_twice_is_repeated,
                                  cleanup_armed_twice_may_run_twice,
                                  first_armed_run_first_is_out_of_order,
                                  last_armed_run_first_is_in_order,
                                  order_is_kept_within_a_task_only,
                                  begun_and_not_ended_is_cut,
                                  cleanup_that_failed_but_ended_is_not_cut,
                                  cleanup_cut_by_a_hang_is_found_too,
                                  planned_kill_excuses_missing_cut_and_tasks,
                                  kill_from_outside_excuses_nothing,
                                  third_signal_excuses_missing_cleanups,
                                  second_signal_excuses_nothing,
                                  relaxed_kind_is_not_judged,
                                  lost_events_leave_cleanups_untested,
                                  no_events_is_untested_when_cleanups_were_asked_for,
                                  hostile_names_are_printed_safely};

    return run_tests("judge_cleanups", tests, sizeof(tests) / sizeof(tests[0]));
}
