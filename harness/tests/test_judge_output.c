#include "records.h"

START_TEST(text_that_is_absent_is_found)
{
    struct made *m = made_new();
    char *list[] = {(char *)"bye", NULL};
    m->s.expect.out.contains = list;
    stream_set(&m->r.out, "hello\n");
    must_find(m, KIND_OUTPUT, "stdout contains \"bye\"");
}
END_TEST

START_TEST(text_that_is_there_is_clean)
{
    struct made *m = made_new();
    char *list[] = {(char *)"bye", NULL};
    m->s.expect.out.contains = list;
    stream_set(&m->r.out, "hello\nbye\n");
    must_be_clean(m);
}
END_TEST

START_TEST(pattern_that_is_absent_is_found)
{
    struct made *m = made_new();
    char *list[] = {(char *)"^x+$", NULL};
    m->s.expect.err.matches = list;
    stream_set(&m->r.err, "a\nxxy\n");
    must_find(m, KIND_OUTPUT, "stderr matches \"^x+$\"");
}
END_TEST

START_TEST(pattern_of_a_line_is_clean)
{
    struct made *m = made_new();
    char *list[] = {(char *)"^x+$", NULL};
    m->s.expect.err.matches = list;
    stream_set(&m->r.err, "a\nxx\nb");
    must_be_clean(m);
}
END_TEST

START_TEST(text_that_must_lack_is_found)
{
    struct made *m = made_new();
    char *list[] = {(char *)"Traceback", NULL};
    m->s.expect.err.lacks = list;
    stream_set(&m->r.err, "Traceback (most");
    must_find(m, KIND_OUTPUT, "stderr lacks \"Traceback\"");
}
END_TEST

START_TEST(text_that_lacks_is_clean)
{
    struct made *m = made_new();
    char *list[] = {(char *)"Traceback", NULL};
    m->s.expect.err.lacks = list;
    stream_set(&m->r.err, "Trace");
    must_be_clean(m);
}
END_TEST

START_TEST(text_in_the_part_not_kept_is_untested)
{
    struct made *m = made_new();
    char *list[] = {(char *)"bye", NULL};
    m->s.expect.out.contains = list;
    stream_set(&m->r.out, "hello\n");
    m->r.out.bytes = 1000;
    judged(m, NULL);
    ck_assert_uint_eq(m->found.untested_n, 1);
    must_be_clean(m);
}
END_TEST

START_TEST(stderr_of_a_terminal_is_its_one_stream)
{
    struct made *m = made_new();
    char *list[] = {(char *)"oops", NULL};
    m->s.expect.err.contains = list;
    m->r.terminal = true;
    stream_set(&m->r.out, "oops");
    must_be_clean(m);
}
END_TEST

START_TEST(event_count_that_differs_is_found)
{
    struct made *m = made_new();
    struct event_expect want = {(char *)"mark", {COUNT_EQ, 2}};
    m->s.expect.events = &want;
    m->s.expect.events_n = 1;
    events(m, "mark name=a");
    must_find(m, KIND_OUTPUT, "mark");
}
END_TEST

START_TEST(event_count_that_holds_is_clean)
{
    struct made *m = made_new();
    struct event_expect want = {(char *)"mark", {COUNT_GE, 1}};
    m->s.expect.events = &want;
    m->s.expect.events_n = 1;
    events(m, "mark name=a\nmark name=b");
    must_be_clean(m);
}
END_TEST

START_TEST(findings_come_in_the_order_of_kinds)
{
    struct made *m = made_new();
    char *list[] = {(char *)"bye", NULL};
    m->s.expect.out.contains = list;
    leave_process(m, "p");
    ends(m, ENDED_SIGNALED, SIGSEGV);
    events(m, "task.queue id=1\ncleanup.arm id=1 name=a");
    judged(m, NULL);
    ck_assert_uint_eq(m->found.n, 5);
    for (size_t i = 1; i < m->found.n; i++)
        ck_assert_int_le(m->found.list[i - 1].kind, m->found.list[i].kind);
    made_free(m);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        text_that_is_absent_is_found,          text_that_is_there_is_clean,
        pattern_that_is_absent_is_found,       pattern_of_a_line_is_clean,
        text_that_must_lack_is_found,          text_that_lacks_is_clean,
        text_in_the_part_not_kept_is_untested, stderr_of_a_terminal_is_its_one_stream,
        event_count_that_differs_is_found,     event_count_that_holds_is_clean,
        findings_come_in_the_order_of_kinds};

    return run_tests("judge_output", tests, sizeof(tests) / sizeof(tests[0]));
}
