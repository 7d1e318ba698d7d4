#include "records.h"

START_TEST(work_done_after_the_signal_is_swallowed)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 0);
    events(m, "task.queue id=1\ntask.start id=1\n");
    events_at(m, 15, "task.end id=1 outcome=done\ntask.fini id=1");
    must_find(m, KIND_SWALLOWED, "SIGINT");
}
END_TEST

START_TEST(swallowed_hides_exit_status)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 0);
    events(m, "task.queue id=1\ntask.start id=1\n");
    events_at(m, 15, "task.end id=1 outcome=done\ntask.fini id=1");
    allow(m, true, SIGINT);
    must_find(m, KIND_SWALLOWED, "SIGINT");
}
END_TEST

START_TEST(success_that_is_allowed_is_not_swallowed)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 0);
    events(m, "task.queue id=1\ntask.start id=1\n");
    events_at(m, 15, "task.end id=1 outcome=done\ntask.fini id=1");
    allow(m, false, 0);
    must_be_clean(m);
}
END_TEST

START_TEST(cancel_reported_is_not_swallowed)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 0);
    events(m, "task.queue id=1\ntask.start id=1\n"
              "cancel level=1");
    events_at(m, 15, "task.end id=1 outcome=done\ntask.fini id=1");
    must_be_clean(m);
}
END_TEST

START_TEST(task_cancelled_is_not_swallowed)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 0);
    events(m, "task.queue id=1\ntask.start id=1\n");
    events_at(m, 15, "task.end id=1 outcome=cancelled\ntask.fini id=1");
    must_be_clean(m);
}
END_TEST

START_TEST(signal_after_the_work_is_not_swallowed)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 0);
    events(m, "task.queue id=1\ntask.start id=1\n"
              "task.end id=1 outcome=done\ntask.fini id=1");
    allow(m, true, SIGINT);
    must_be_clean(m);
}
END_TEST

START_TEST(same_output_as_the_baseline_is_swallowed)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 0);
    stream_set(&m->r.out, "all done\n");
    stream_set(&m->base.out, "all done\n");
    must_find(m, KIND_SWALLOWED, "SIGINT");
}
END_TEST

START_TEST(other_output_than_the_baseline_is_not_swallowed)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 0);
    stream_set(&m->r.out, "half\n");
    stream_set(&m->base.out, "all done\n");
    must_be_clean(m);
}
END_TEST

START_TEST(no_evidence_leaves_exit_status)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 0);
    allow(m, true, SIGINT);
    must_find(m, KIND_EXIT_STATUS, "exit code 0");
}
END_TEST

START_TEST(same_files_without_output_are_swallowed)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 0);
    leave_file(&m->r, "work/b", 'f');
    leave_file(&m->r, "work/a", 'f');
    leave_file(&m->base, "work/a", 'f');
    leave_file(&m->base, "work/b", 'f');
    must_find(m, KIND_SWALLOWED, "SIGINT");
}
END_TEST

START_TEST(masked_to_the_end_is_swallowed_and_told)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 0);
    events(m, "task.queue id=1\ntask.start id=1\n");
    events_at(m, 15, "task.end id=1 outcome=done\ntask.fini id=1");
    m->r.deliveries[0].state = DELIVERY_MASKED;
    m->r.deliveries[0].taken_ns = -1;
    judged(m, NULL);
    ck_assert_ptr_nonnull(strstr(m->found.list[0].message, "blocked"));
    must_find(m, KIND_SWALLOWED, "SIGINT");
}
END_TEST

START_TEST(winch_is_never_swallowed)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 0);
    events(m, "task.queue id=1\ntask.start id=1\n");
    events_at(m, 15, "task.end id=1 outcome=done\ntask.fini id=1");
    m->r.deliveries[0].signal = SIGWINCH;
    must_be_clean(m);
}
END_TEST

START_TEST(stop_and_cont_are_never_swallowed)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 0);
    events(m, "task.queue id=1\ntask.start id=1\n");
    events_at(m, 15, "task.end id=1 outcome=done\ntask.fini id=1");
    m->r.deliveries[0].signal = SIGSTOP;
    deliver(m, SIGCONT, DELIVERY_FIRED, 12 * MS);
    must_be_clean(m);
}
END_TEST

START_TEST(signal_ignored_by_the_scenario_is_not_swallowed)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 0);
    events(m, "task.queue id=1\ntask.start id=1\n");
    events_at(m, 15, "task.end id=1 outcome=done\ntask.fini id=1");
    m->r.deliveries[0].signal = SIGHUP;
    m->s.program.ignore = 1u << SIGHUP;
    must_be_clean(m);
}
END_TEST

START_TEST(untraced_delivery_can_be_swallowed)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 0);
    events(m, "task.queue id=1\ntask.start id=1\n");
    events_at(m, 15, "task.end id=1 outcome=done\ntask.fini id=1");
    m->r.traced = false;
    m->r.deliveries[0].taken_ns = -1;
    must_find(m, KIND_SWALLOWED, "SIGINT");
}
END_TEST

START_TEST(success_without_events_wants_a_baseline)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 0);
    ck_assert(judge_wants_baseline(&m->s, &m->r));
    allow(m, false, 0);
    ck_assert(!judge_wants_baseline(&m->s, &m->r));
    made_free(m);
}
END_TEST

START_TEST(success_that_events_decide_wants_no_baseline)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 0);
    events(m, "task.queue id=1\ntask.start id=1\n");
    events_at(m, 15, "task.end id=1 outcome=done\ntask.fini id=1");
    ck_assert(!judge_wants_baseline(&m->s, &m->r));
    made_free(m);
}
END_TEST

START_TEST(files_left_want_a_baseline)
{
    struct made *m = made_new();
    ck_assert(!judge_wants_baseline(&m->s, &m->r));
    leave_file(&m->r, "work/a", 'f');
    ck_assert(judge_wants_baseline(&m->s, &m->r));
    made_free(m);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {work_done_after_the_signal_is_swallowed,
                                  swallowed_hides_exit_status,
                                  success_that_is_allowed_is_not_swallowed,
                                  cancel_reported_is_not_swallowed,
                                  task_cancelled_is_not_swallowed,
                                  signal_after_the_work_is_not_swallowed,
                                  same_output_as_the_baseline_is_swallowed,
                                  other_output_than_the_baseline_is_not_swallowed,
                                  no_evidence_leaves_exit_status,
                                  same_files_without_output_are_swallowed,
                                  masked_to_the_end_is_swallowed_and_told,
                                  winch_is_never_swallowed,
                                  stop_and_cont_are_never_swallowed,
                                  signal_ignored_by_the_scenario_is_not_swallowed,
                                  untraced_delivery_can_be_swallowed,
                                  success_without_events_wants_a_baseline,
                                  success_that_events_decide_wants_no_baseline,
                                  files_left_want_a_baseline};

    return run_tests("judge_swallowed", tests, sizeof(tests) / sizeof(tests[0]));
}
