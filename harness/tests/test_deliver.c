/* test_deliver.c - who gets the signal, and what became of it: fired, masked, late. */
#include "trial_fixture.h"

START_TEST(signal_to_the_process_reaches_no_child)
{
    struct stage *t = STAGE("act", "handle:INT", "child", "event:mark name=child", "forever", "end",
                            "await:1", "say:end");
    const struct record *r;

    /* The child reports, the program gets it; the child lives on and is ended with the trial. */
    r = stage_run(t, "INT@event:mark");
    must_say(r, "INT after 0 in main\nend\n");
    ck_assert_uint_eq(r->processes_n, 1);
    stage_free(t);
}
END_TEST

START_TEST(signal_to_the_group_reaches_the_children)
{
    struct stage *t = STAGE("act", "handle:INT", "child", "event:mark name=child", "await:1", "end",
                            "await:1", "reap");
    const struct record *r = stage_run(t, "INT>group@event:mark");

    must_exit(r, 0);
    ck_assert_uint_eq(lines_with(text_of(&r->out), "INT after 0 in main\n"), 1);
    ck_assert_uint_eq(lines_with(text_of(&r->out), "INT after 0 in child\n"), 1);
    stage_free(t);
}
END_TEST

START_TEST(signal_to_the_thread_runs_in_the_thread_that_reported)
{
    struct stage *t =
        STAGE("act", "handle:INT", "thread", "event:mark name=a", "await:1", "end", "join");
    const struct record *r;

    for (int i = 0; i < 10; i++) {
        r = stage_run(t, "INT>thread@event:mark");
        must_exit(r, 0);
        must_say(r, "INT after 0 in thread\n");
        ck_assert(r->deliveries[0].exact);
    }
    stage_free(t);
}
END_TEST

START_TEST(signal_to_the_thread_of_a_child_reaches_the_child)
{
    struct stage *t = STAGE("act", "handle:INT", "child", "thread", "event:mark name=a", "await:1",
                            "end", "join", "end", "reap");
    const struct record *r = stage_run(t, "INT>thread@event:mark");

    must_exit(r, 0);
    must_say(r, "INT after 0 in child-thread\n");
    stage_free(t);
}
END_TEST

START_TEST(signal_to_the_thread_at_a_time_goes_to_the_main_thread)
{
    struct stage *t = STAGE("act", "handle:INT", "thread", "say:x", "await:1", "end", "join");
    const struct record *r = stage_run(t, "INT>thread@output:x");

    must_say(r, "x\nINT after 0 in main\n");
    stage_free(t);
}
END_TEST

START_TEST(interrupt_typed_on_the_terminal_reaches_the_foreground_group)
{
    struct stage *t = STAGE("act", "handle:INT", "child", "event:mark name=a", "await:1", "end",
                            "await:1", "reap");
    const struct record *r;

    t->s.program.terminal = true;
    r = stage_run(t, "INT>terminal@event:mark");
    must_exit(r, 0);
    must_hold(text_of(&r->out), "^C"); /* the line discipline's echo: it was typed */
    must_hold(text_of(&r->out), "INT after");
    must_hold(text_of(&r->out), "in child\r\n");
    must_hold(text_of(&r->out), "in main\r\n");
    ck_assert(!r->deliveries[0].exact);
    stage_free(t);
}
END_TEST

START_TEST(quit_typed_on_the_terminal_ends_by_quit)
{
    struct stage *t = STAGE("act", "event:mark name=a", "forever");
    const struct record *r;

    t->s.program.terminal = true;
    r = stage_run(t, "QUIT>terminal@event:mark");
    must_die(r, SIGQUIT);
    ck_assert(r->outright);
    stage_free(t);
}
END_TEST

START_TEST(blocked_signal_is_masked)
{
    struct stage *t = STAGE("act", "block:INT", "event:mark name=a", "say:end");
    const struct record *r = stage_run(t, "INT@event:mark");

    must_exit(r, 0);
    must_say(r, "end\n");
    ck_assert_int_eq(r->deliveries[0].state, DELIVERY_MASKED);
    ck_assert_int_eq(r->deliveries[0].taken_ns, -1);
    stage_free(t);
}
END_TEST

START_TEST(signal_that_is_unblocked_later_is_taken)
{
    struct stage *t = STAGE("act", "handle:INT", "block:INT", "event:mark name=a",
                            "event:mark name=b", "unblock:INT", "say:end");
    const struct record *r = stage_run(t, "INT@event:mark");

    must_say(r, "INT after 2 in main\nend\n");
    ck_assert_int_eq(r->deliveries[0].state, DELIVERY_FIRED);
    ck_assert_int_ge(r->deliveries[0].taken_ns, 0);
    stage_free(t);
}
END_TEST

START_TEST(signal_taken_by_sigwait_is_not_masked)
{
    struct stage *t = STAGE("act", "block:INT", "event:mark name=a", "sigwait:INT");
    const struct record *r = stage_run(t, "INT@event:mark");

    must_say(r, "took INT\n");
    ck_assert_int_eq(r->deliveries[0].state, DELIVERY_FIRED);
    stage_free(t);
}
END_TEST

START_TEST(signal_taken_from_a_signalfd_is_not_masked)
{
    struct stage *t = STAGE("act", "block:INT", "event:mark name=a", "signalfd:INT");
    const struct record *r = stage_run(t, "INT@event:mark");

    must_say(r, "took INT\n");
    ck_assert_int_eq(r->deliveries[0].state, DELIVERY_FIRED);
    stage_free(t);
}
END_TEST

START_TEST(event_of_a_child_fires_nothing_once_the_program_is_gone)
{
    struct stage *t = STAGE("act", "child", "orphaned", "event:mark name=a", "end");
    const struct record *r = stage_run(t, "INT@event:mark");

    must_exit(r, 0);
    ck_assert_uint_eq(r->events_n, 1);
    ck_assert_int_eq(r->deliveries[0].state, DELIVERY_UNREACHED);
    ck_assert_int_eq(r->deliveries[0].sent_ns, -1);
    stage_free(t);
}
END_TEST

START_TEST(signal_that_is_still_pending_when_another_one_kills_is_late)
{
    struct stage *t = STAGE("act", "event:mark name=a", "say:too late");
    const struct record *r = stage_run(t, "INT@event:mark,TERM@after:0ms");

    must_die(r, SIGINT); /* of those pending, the lowest number is delivered first */
    ck_assert_int_eq(r->deliveries[0].state, DELIVERY_FIRED);
    ck_assert_int_eq(r->deliveries[1].state, DELIVERY_LATE);
    stage_free(t);
}
END_TEST

START_TEST(ignored_signal_is_not_taken_and_not_masked)
{
    struct stage *t = STAGE("act", "ignore:INT", "event:mark name=a", "say:end");
    const struct record *r = stage_run(t, "INT@event:mark");

    must_exit(r, 0);
    must_say(r, "end\n");
    ck_assert_int_eq(r->deliveries[0].state, DELIVERY_FIRED);
    stage_free(t);
}
END_TEST

START_TEST(kill_is_a_delivery_and_no_outsider)
{
    struct stage *t = STAGE("act", "event:mark name=a", "say:too late");
    const struct record *r = stage_run(t, "KILL@event:mark");

    must_die(r, SIGKILL);
    must_say(r, "");
    ck_assert(!r->outsider);
    ck_assert_int_eq(r->deliveries[0].state, DELIVERY_FIRED);
    stage_free(t);
}
END_TEST

START_TEST(real_time_signal_ends_the_program)
{
    struct stage *t = STAGE("act", "event:mark name=a", "forever");
    const struct record *r = stage_run(t, "RTMIN+3@event:mark");

    must_die(r, SIGRTMIN + 3);
    stage_free(t);
}
END_TEST

START_TEST(stop_and_continue_are_deliveries_like_others)
{
    struct stage *t = STAGE("act", "handle:CONT", "event:mark name=a", "await:1", "say:end");
    const struct record *r = stage_run(t, "STOP@event:mark,CONT@after:5ms");

    /* It stopped at the event, too: before its next instruction. */
    must_say(r, "CONT after 0 in main\nend\n");
    ck_assert_int_eq(r->deliveries[1].state, DELIVERY_FIRED);
    stage_free(t);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        signal_to_the_process_reaches_no_child,
        signal_to_the_group_reaches_the_children,
        signal_to_the_thread_runs_in_the_thread_that_reported,
        signal_to_the_thread_of_a_child_reaches_the_child,
        signal_to_the_thread_at_a_time_goes_to_the_main_thread,
        interrupt_typed_on_the_terminal_reaches_the_foreground_group,
        quit_typed_on_the_terminal_ends_by_quit,
        blocked_signal_is_masked,
        signal_that_is_unblocked_later_is_taken,
        signal_taken_by_sigwait_is_not_masked,
        signal_taken_from_a_signalfd_is_not_masked,
        event_of_a_child_fires_nothing_once_the_program_is_gone,
        signal_that_is_still_pending_when_another_one_kills_is_late,
        ignored_signal_is_not_taken_and_not_masked,
        kill_is_a_delivery_and_no_outsider,
        real_time_signal_ends_the_program,
        stop_and_continue_are_deliveries_like_others,
    };

    return run_checks("deliver", tests, sizeof(tests) / sizeof(tests[0]));
}
