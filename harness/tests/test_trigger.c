/* test_trigger.c - signals arrive at the point: event and state points exactly, between the event
 * and the program's next instruction; output, notify and time points in their order. */
#include "trial_fixture.h"

/* The handler tells how many events had returned before it ran; at the k-th event that is k - 1,
 * since the count goes up in the instruction right after the write. */
START_TEST(event_point_fires_before_the_next_instruction)
{
    struct stage *t = STAGE("act", "handle:INT", "event:mark name=a", "event:mark name=b",
                            "event:mark name=c", "event:mark name=d", "await:1");
    static const char *const points[] = {"INT@event:mark", "INT@event:mark#2", "INT@event:mark#3",
                                         "INT@event:mark#4"};

    for (int round = 0; round < 20; round++) {
        char wanted[40];
        const struct record *r = stage_run(t, points[round % 4]);
        must_exit(r, 0);
        snprintf(wanted, sizeof(wanted), "INT after %d in main\n", round % 4);
        must_say(r, wanted);
        ck_assert_uint_eq(r->deliveries_n, 1);
        ck_assert_int_eq(r->deliveries[0].state, DELIVERY_FIRED);
        ck_assert(r->deliveries[0].exact);
        ck_assert_int_ge(r->deliveries[0].taken_ns, r->deliveries[0].sent_ns);
        ck_assert_uint_eq(r->events_n, 4);
    }
    stage_free(t);
}
END_TEST

START_TEST(default_action_at_an_event_is_the_end_of_the_program)
{
    struct stage *t = STAGE("act", "event:mark name=a", "event:mark name=b", "say:too late");
    const struct record *r = stage_run(t, "TERM@event:mark#2");

    must_die(r, SIGTERM);
    must_say(r, "");
    ck_assert(r->outright);
    ck_assert_uint_eq(r->events_n, 2);
    stage_free(t);
}
END_TEST

START_TEST(events_are_counted_by_their_own_name)
{
    struct stage *t = STAGE("act", "handle:INT", "event:task.queue id=1", "event:mark name=a",
                            "event:task.queue id=2", "event:mark name=b", "await:1");

    must_say(stage_run(t, "INT@event:task.queue#2"), "INT after 2 in main\n");
    must_say(stage_run(t, "INT@event:mark"), "INT after 1 in main\n");
    stage_free(t);
}
END_TEST

/* slots 2; 1 2 queued, 1 started, 2 started, 3 queued: slots-full is at the sixth event. */
#define TASKS                                                                                      \
    "handle:INT", "event:slots n=2", "event:task.queue id=1", "event:task.queue id=2",             \
        "event:task.start id=1", "event:task.start id=2", "event:task.queue id=3",                 \
        "event:cleanup.arm id=1 name=x", "event:cleanup.begin id=1 name=x",                        \
        "event:cleanup.end id=1 name=x rc=0", "event:task.end id=1 outcome=done",                  \
        "event:task.fini id=1", "event:cancel level=1", "event:task.fini id=2",                    \
        "event:task.fini id=3", "await:1"

START_TEST(state_points_fire_at_the_first_event_that_makes_them_true)
{
    static const struct {
        const char *points, *said;
    } cases[] = {
        {"INT@state:before-start", "INT after 1 in main\n"},
        {"INT@state:queued-only", "INT after 1 in main\n"},
        {"INT@state:slots-full", "INT after 5 in main\n"},
        {"INT@state:cleaning", "INT after 7 in main\n"},
        {"INT@state:draining", "INT after 11 in main\n"},
        {"INT@state:queued=2", "INT after 2 in main\n"},
        {"INT@state:running=1", "INT after 3 in main\n"},
        {"INT@state:running=2+queued=0", "INT after 4 in main\n"},
        {"INT@state:running>=1+queued=0", "INT after 4 in main\n"},
        {"INT@state:done>2", "INT after 13 in main\n"},
        {"INT@state:level=1", "INT after 11 in main\n"},
        {"INT@state:started=2", "INT after 4 in main\n"},
        {"INT@state:cleaning=1", "INT after 7 in main\n"},
    };
    struct stage *t = STAGE("act", TASKS);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct record *r = stage_run(t, cases[i].points);
        must_exit(r, 0);
        ck_assert_msg(strcmp(text_of(&r->out), cases[i].said) == 0, "%s: %s", cases[i].points,
                      text_of(&r->out));
        ck_assert(r->deliveries[0].exact);
    }
    stage_free(t);
}
END_TEST

START_TEST(event_that_a_shell_writes_through_a_copy_is_exact)
{
    static const char *const writes[] = {
        "printf 'mark name=a\\n' >&197; echo went on",
        "f() { echo 'mark name=a'; } >&197; f; echo went on",
    };
    for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
        char *script = mem_printf("trap 'exit 7' INT; %s", writes[i]);
        struct stage *t = STAGE("/bin/bash", "-c", script);
        const struct record *r = stage_run(t, "INT@event:mark");

        must_exit(r, 7);
        must_say(r, ""); /* neither did it go on */
        ck_assert(r->deliveries[0].exact);
        ck_assert_uint_eq(r->events_n, 1);
        stage_free(t);
        free(script);
    }
}
END_TEST

START_TEST(copy_of_the_events_descriptor_that_stays_is_read_from_the_pipe)
{
    struct stage *t =
        STAGE("/bin/bash", "-c",
              "exec 5>&197; for i in {1..30}; do echo 'mark name=a' >&5; done; exec 1>&197; "
              "for i in {1..30}; do echo 'mark name=b'; done");
    const struct record *r = stage_run(t, NULL);

    must_exit(r, 0);
    ck_assert_uint_eq(r->events_n, 60);
    ck_assert_uint_eq(r->events_bad, 0);
    stage_free(t);
}
END_TEST

START_TEST(second_interrupt_waits_for_the_first)
{
    struct stage *t =
        STAGE("act", "handle:INT", "handle:TERM", "event:cancel level=1", "event:mark name=a",
              "event:cancel level=1", "event:mark name=b", "event:cancel level=2", "await:2");
    const struct record *r = stage_run(t, "INT@event:mark#2,TERM@event:cancel");

    must_say(r, "INT after 3 in main\nTERM after 4 in main\n"); /* earlier cancels don't count */
    ck_assert_uint_eq(r->deliveries_n, 2);
    ck_assert(r->deliveries[1].exact);
    stage_free(t);
}
END_TEST

START_TEST(one_event_serves_one_interrupt_only)
{
    struct stage *t = STAGE("act", "handle:INT", "handle:TERM", "event:mark name=a",
                            "event:mark name=b", "await:2");

    must_say(stage_run(t, "INT@event:mark,TERM@event:mark"),
             "INT after 0 in main\nTERM after 1 in main\n");
    stage_free(t);
}
END_TEST

START_TEST(two_interrupts_at_one_event_arrive_together)
{
    struct stage *t = STAGE("act", "handle:INT", "handle:TERM", "event:mark name=a", "await:2");
    const struct record *r = stage_run(t, "INT@event:mark,TERM@after:0ms");

    must_hold(text_of(&r->out), "INT after 0 in main\n");
    must_hold(text_of(&r->out), "TERM after 0 in main\n");
    ck_assert(r->deliveries[0].exact && r->deliveries[1].exact);
    stage_free(t);
}
END_TEST

START_TEST(second_interrupt_by_time_counts_from_the_first)
{
    struct stage *t = STAGE("act", "handle:INT", "handle:TERM", "event:mark name=a", "await:2");
    const struct record *r = stage_run(t, "INT@event:mark,TERM@after:30ms");
    const struct delivery *d = r->deliveries;

    must_exit(r, 0);
    ck_assert_int_ge(d[1].planned_ns, d[0].sent_ns + 30 * MS);
    ck_assert_int_ge(d[1].sent_ns, d[1].planned_ns); /* late on a busy machine, never early */
    stage_free(t);
}
END_TEST

START_TEST(repeats_keep_their_interval)
{
    struct stage *t = STAGE("act", "handle:INT", "event:mark name=a", "await:5");
    const struct record *r = stage_run(t, "INT*5/3ms@event:mark");

    must_exit(r, 0);
    ck_assert_uint_eq(r->deliveries_n, 5);
    ck_assert_uint_eq(lines_with(text_of(&r->out), "INT after"), 5);
    for (unsigned i = 0; i < 5; i++) {
        ck_assert_uint_eq(r->deliveries[i].repeat, i);
        ck_assert_int_eq(r->deliveries[i].state, DELIVERY_FIRED);
        if (i > 0)
            ck_assert_int_ge(r->deliveries[i].sent_ns, r->deliveries[i - 1].sent_ns + 3 * MS);
    }
    stage_free(t);
}
END_TEST

START_TEST(rapid_repeats_are_all_sent_before_the_program_goes_on)
{
    struct stage *t = STAGE("act", "handle:INT", "event:mark name=a", "await:1", "say:end");
    const struct record *r = stage_run(t, "INT*5@event:mark");

    /* Standard signals that are pending together are one. */
    must_say(r, "INT after 0 in main\nend\n");
    ck_assert_uint_eq(r->deliveries_n, 5);
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(r->deliveries[i].state, DELIVERY_FIRED);
        ck_assert_int_ge(r->deliveries[i].taken_ns, 0);
    }
    stage_free(t);
}
END_TEST

START_TEST(start_point_fires_before_the_first_instruction)
{
    struct stage *t = STAGE("act", "handle:INT", "event:mark name=a", "say:too late");
    const struct record *r = stage_run(t, "INT@start");

    must_die(r, SIGINT);
    must_say(r, "");
    ck_assert_uint_eq(r->events_n, 0);
    ck_assert(r->deliveries[0].exact);
    stage_free(t);
}
END_TEST

START_TEST(output_point_fires_on_the_nth_match)
{
    struct stage *t = STAGE("act", "handle:INT", "say:item 1 done", "err:item 2 done", "say:item 3",
                            "await:1", "say:end");
    const struct record *r = stage_run(t, "INT@output:item [0-9] done#2");

    must_exit(r, 0);
    ck_assert_int_eq(r->deliveries[0].state, DELIVERY_FIRED);
    ck_assert_uint_eq(lines_with(text_of(&r->out), "INT after 0"), 1);
    stage_free(t);
}
END_TEST

START_TEST(output_point_matches_across_writes)
{
    struct stage *t = STAGE("act", "handle:INT", "part:pass", "part:word: ", "await:1");
    const struct record *r = stage_run(t, "INT@output:password:");

    must_say(r, "password: INT after 0 in main\n");
    stage_free(t);
}
END_TEST

START_TEST(notify_point_fires_on_the_whole_line)
{
    struct stage *t = STAGE("act", "handle:INT", "notify:READY=1x", "notify:STATUS=a\nREADY=1",
                            "await:1", "say:end");
    const struct record *r = stage_run(t, "INT@notify:READY=1");

    must_say(r, "INT after 0 in main\nend\n");
    ck_assert_int_eq(r->deliveries[0].state, DELIVERY_FIRED);
    stage_free(t);
}
END_TEST

START_TEST(each_line_of_a_notify_message_is_an_event)
{
    struct stage *t = STAGE("act", "handle:INT", "notify:READY=1\nSTATUS=at work", "await:1",
                            "notify:STOPPING=1");
    const struct record *r = stage_run(t, "INT@event:notify#2");
    const char *const lines[] = {"READY=1", "STATUS=at_work", "STOPPING=1"};

    must_exit(r, 0);
    ck_assert_int_eq(r->deliveries[0].state, DELIVERY_FIRED);
    ck_assert_uint_eq(r->events_n, 3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(r->events[i].verb, EVENT_NOTIFY);
        ck_assert_str_eq(r->events[i].name, lines[i]);
    }
    stage_free(t);
}
END_TEST

static void ready_at(struct stage *t, enum point_kind kind, const char *text)
{
    t->s.program.has_ready = true;
    t->s.program.ready = (struct point){.kind = kind, .nth = 1, .text = mem_strdup(text)};
}

START_TEST(time_counts_from_the_ready_event)
{
    struct stage *t = STAGE("act", "handle:INT", "event:mark name=a", "event:ready", "await:1");
    const struct record *r;

    ready_at(t, POINT_EVENT, "ready");
    r = stage_run(t, "INT@after:5ms");
    must_exit(r, 0);
    ck_assert_int_ge(r->ready_ns, 0);
    ck_assert_int_ge(r->deliveries[0].planned_ns, r->ready_ns + 5 * MS);
    ck_assert_int_ge(r->deliveries[0].sent_ns, r->deliveries[0].planned_ns);
    stage_free(t);
}
END_TEST

START_TEST(time_counts_from_ready_output)
{
    struct stage *t = STAGE("act", "handle:INT", "say:starting", "say:now ready", "await:1");
    const struct record *r;

    ready_at(t, POINT_OUTPUT, "now r");
    r = stage_run(t, "INT@after:0ms");
    must_say(r, "starting\nnow ready\nINT after 0 in main\n");
    ck_assert_int_ge(r->deliveries[0].sent_ns, r->ready_ns);
    stage_free(t);
}
END_TEST

START_TEST(time_counts_from_ready_notification)
{
    struct stage *t =
        STAGE("act", "handle:INT", "notify:STATUS=starting", "notify:READY=1", "await:1");
    const struct record *r;

    ready_at(t, POINT_NOTIFY, "READY=1");
    r = stage_run(t, "INT@after:1ms");
    must_exit(r, 0);
    ck_assert_int_ge(r->deliveries[0].sent_ns, r->ready_ns + 1 * MS);
    stage_free(t);
}
END_TEST

START_TEST(program_that_never_gets_ready_is_not_interrupted)
{
    struct stage *t = STAGE("act", "say:starting");
    const struct record *r;

    ready_at(t, POINT_EVENT, "ready");
    r = stage_run(t, "INT@after:0ms");
    must_exit(r, 0);
    ck_assert_int_eq(r->ready_ns, -1);
    ck_assert_int_eq(r->deliveries[0].state, DELIVERY_UNREACHED);
    ck_assert_int_eq(r->deliveries[0].sent_ns, -1);
    stage_free(t);
}
END_TEST

START_TEST(point_that_does_not_occur_is_unreached)
{
    struct stage *t = STAGE("act", "event:mark name=a", "say:x");
    static const char *const points[] = {"INT@event:mark#2", "INT@state:slots-full",
                                         "INT@output:xy",    "INT@notify:READY=1",
                                         "INT@event:cancel", "INT@event:mark#5,TERM@after:0ms"};

    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        const struct record *r = stage_run(t, points[i]);
        must_exit(r, 0);
        for (size_t k = 0; k < r->deliveries_n; k++)
            ck_assert_int_eq(r->deliveries[k].state, DELIVERY_UNREACHED);
    }
    stage_free(t);
}
END_TEST

START_TEST(one_report_can_hold_several_events)
{
    struct stage *t = STAGE("act", "handle:INT",
                            "event:task.queue id=1\ntask.start id=1\nmark name=x", "await:1");

    must_say(stage_run(t, "INT@event:task.start"), "INT after 0 in main\n");
    must_say(stage_run(t, "INT@state:running=1"), "INT after 0 in main\n");
    stage_free(t);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        event_point_fires_before_the_next_instruction,
        default_action_at_an_event_is_the_end_of_the_program,
        events_are_counted_by_their_own_name,
        state_points_fire_at_the_first_event_that_makes_them_true,
        event_that_a_shell_writes_through_a_copy_is_exact,
        copy_of_the_events_descriptor_that_stays_is_read_from_the_pipe,
        second_interrupt_waits_for_the_first,
        one_event_serves_one_interrupt_only,
        two_interrupts_at_one_event_arrive_together,
        second_interrupt_by_time_counts_from_the_first,
        repeats_keep_their_interval,
        rapid_repeats_are_all_sent_before_the_program_goes_on,
        start_point_fires_before_the_first_instruction,
        output_point_fires_on_the_nth_match,
        output_point_matches_across_writes,
        notify_point_fires_on_the_whole_line,
        each_line_of_a_notify_message_is_an_event,
        time_counts_from_the_ready_event,
        time_counts_from_ready_output,
        time_counts_from_ready_notification,
        program_that_never_gets_ready_is_not_interrupted,
        point_that_does_not_occur_is_unreached,
        one_report_can_hold_several_events,
    };

    return run_checks("trigger", tests, sizeof(tests) / sizeof(tests[0]));
}
