#include "records.h"

START_TEST(death_by_segv_is_a_crash)
{
    struct made *m = made_new();
    ends(m, ENDED_SIGNALED, SIGSEGV);
    allow(m, true, SIGINT);
    must_find(m, KIND_CRASH, "SIGSEGV");
}
END_TEST

START_TEST(death_by_abrt_is_no_crash_when_allowed)
{
    struct made *m = made_new();
    ends(m, ENDED_SIGNALED, SIGABRT);
    allow(m, true, SIGABRT);
    must_be_clean(m);
}
END_TEST

START_TEST(death_by_the_abrt_that_was_sent_is_no_crash)
{
    struct made *m = made_new();
    ends(m, ENDED_SIGNALED, SIGABRT);
    m->r.deliveries[0].signal = SIGABRT;
    must_be_clean(m);
}
END_TEST

START_TEST(crash_is_found_when_the_point_was_unreached)
{
    struct made *m = made_new();
    ends(m, ENDED_SIGNALED, SIGBUS);
    m->r.deliveries[0].state = DELIVERY_UNREACHED;
    must_find(m, KIND_CRASH, "SIGBUS");
}
END_TEST

START_TEST(sanitizer_report_is_a_crash)
{
    struct made *m = made_new();
    stream_set(&m->r.err, "x\n==12==ERROR: AddressSanitizer: heap-use-after-free\n");
    must_find(m, KIND_CRASH, "AddressSanitizer: heap-use-after-free");
}
END_TEST

START_TEST(undefined_behaviour_report_is_a_crash)
{
    struct made *m = made_new();
    stream_set(&m->r.err, "a.c:3:5: runtime error: signed integer overflow");
    must_find(m, KIND_CRASH, "UndefinedBehaviorSanitizer: signed integer overflow in a.c:3:5");
}
END_TEST

START_TEST(words_that_only_resemble_a_report_are_no_crash)
{
    struct made *m = made_new();
    stream_set(&m->r.err, "panic: runtime error: index\nAddressSanitizer is great\n");
    must_be_clean(m);
}
END_TEST

START_TEST(deadline_is_a_hang_and_hides_exit_status)
{
    struct made *m = made_new();
    ends(m, ENDED_DEADLINE, 0);
    allow(m, true, SIGINT);
    must_find(m, KIND_HANG, "deadline");
}
END_TEST

START_TEST(flood_is_a_hang_of_processes)
{
    struct made *m = made_new();
    ends(m, ENDED_FLOOD, 0);
    must_find(m, KIND_HANG, "processes");
}
END_TEST

START_TEST(hang_tells_the_stuck_threads)
{
    struct made *m = made_new();
    ends(m, ENDED_DEADLINE, 0);
    m->r.stuck = mem_alloc(sizeof(*m->r.stuck));
    m->r.stuck_n = 1;
    m->r.stuck[0] = (struct stuck_thread){
        .tid = 77, .state = 'S', .comm = mem_strdup("pool"), .where = mem_strdup("futex")};
    judged(m, NULL);
    ck_assert_uint_eq(m->found.n, 1);
    ck_assert_ptr_nonnull(strstr(m->found.list[0].seen, "thread 77 (pool, state S): futex"));
    made_free(m);
}
END_TEST

START_TEST(end_after_the_limit_is_slow)
{
    struct made *m = made_new();
    m->s.expect.within_ns = 9 * MS;
    must_find(m, KIND_SLOW_EXIT, "SIGINT");
}
END_TEST

START_TEST(end_at_the_limit_is_not_slow)
{
    struct made *m = made_new();
    m->s.expect.within_ns = 10 * MS;
    must_be_clean(m);
}
END_TEST

START_TEST(exit_130_is_not_death_by_int)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 130);
    allow(m, true, SIGINT);
    judged(m, NULL);
    ck_assert_uint_eq(m->found.n, 1);
    ck_assert_str_eq(m->found.list[0].expected, "death by SIGINT");
    ck_assert_str_eq(m->found.list[0].seen, "exit code 130 (128+SIGINT, a plain exit)");
    must_find(m, KIND_EXIT_STATUS, "exit code 130");
}
END_TEST

START_TEST(any_of_the_allowed_ends_will_do)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 130);
    allow(m, true, SIGINT);
    allow(m, false, 130);
    must_be_clean(m);
}
END_TEST

START_TEST(death_by_term_is_not_death_by_int)
{
    struct made *m = made_new();
    ends(m, ENDED_SIGNALED, SIGTERM);
    allow(m, true, SIGINT);
    must_find(m, KIND_EXIT_STATUS, "SIGTERM");
}
END_TEST

START_TEST(exit_status_is_free_when_not_given)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 3);
    must_be_clean(m);
}
END_TEST

/* `try --ended`: a sweep also fires before the handler is set, and when all is done. */
START_TEST(success_apart_leaves_success_and_death_outright_as_without_it)
{
    static const struct {
        enum ended_how how;
        int value;
        bool outright, found;
    } cases[] = {{ENDED_EXITED, 0, false, false},
                 {ENDED_EXITED, 1, false, true},
                 {ENDED_SIGNALED, SIGINT, true, false},
                 {ENDED_SIGNALED, SIGINT, false, true}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct made *m = made_new();
        m->s.expect.success_apart = true;
        allow(m, false, 130);
        ends(m, cases[i].how, cases[i].value);
        m->r.outright = cases[i].outright;
        judged(m, NULL);
        ck_assert_uint_eq(m->found.n, cases[i].found);
        made_free(m);
    }
}
END_TEST

START_TEST(unreached_is_not_judged_against_the_signal)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 0);
    allow(m, true, SIGINT);
    m->r.deliveries[0].state = DELIVERY_UNREACHED;
    m->s.expect.within_ns = 1;
    leave_file(&m->r, "work/a", 'f');
    events(m, "cleanup.arm name=a");
    must_be_clean(m);
}
END_TEST

START_TEST(late_delivery_is_not_judged_for_the_end)
{
    struct made *m = made_new();
    ends(m, ENDED_EXITED, 0);
    allow(m, true, SIGINT);
    m->r.deliveries[0].state = DELIVERY_LATE;
    must_be_clean(m);
}
END_TEST

START_TEST(not_begun_has_no_findings)
{
    struct made *m = made_new();
    ends(m, ENDED_NOT_BEGUN, 0);
    allow(m, true, SIGINT);
    must_be_clean(m);
}
END_TEST

START_TEST(planned_kill_is_fine_when_allowed)
{
    struct made *m = made_new();
    ends(m, ENDED_SIGNALED, SIGKILL);
    m->r.deliveries[0].signal = SIGKILL;
    allow(m, true, SIGKILL);
    must_be_clean(m);
}
END_TEST

START_TEST(kill_from_outside_is_told)
{
    struct made *m = made_new();
    ends(m, ENDED_SIGNALED, SIGKILL);
    m->r.outsider = true;
    allow(m, true, SIGINT);
    judged(m, NULL);
    ck_assert_ptr_nonnull(strstr(m->found.list[0].seen, "other than the harness"));
    must_find(m, KIND_EXIT_STATUS, "SIGKILL");
}
END_TEST

START_TEST(no_interrupts_still_checks_the_exit_code)
{
    struct made *m = made_new();
    m->s.interrupts_n = 0;
    m->r.deliveries_n = 0;
    ends(m, ENDED_EXITED, 1);
    allow(m, false, 0);
    must_find(m, KIND_EXIT_STATUS, "exit code 1");
}
END_TEST

START_TEST(conventional_is_death_by_the_signal_or_the_code_of_shells)
{
    struct made *m = made_new();
    m->s.expect.conventional = true;
    ends(m, ENDED_SIGNALED, SIGINT);
    judged(m, NULL);
    ck_assert_uint_eq(m->found.n, 0);
    ends(m, ENDED_EXITED, 128 + SIGINT);
    must_be_clean(m);
}
END_TEST

START_TEST(conventional_is_no_other_signals_end_and_no_own_code)
{
    static const struct ended others[] = {
        {true, SIGTERM}, {false, 128 + SIGTERM}, {false, 1}, {false, 0}};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct made *m = made_new();
        m->s.expect.conventional = true;
        ends(m, others[i].by_signal ? ENDED_SIGNALED : ENDED_EXITED, others[i].value);
        judged(m, NULL);
        ck_assert_uint_eq(m->found.n, 1);
        ck_assert_int_eq(m->found.list[0].kind, KIND_EXIT_STATUS);
        made_free(m);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {death_by_segv_is_a_crash,
                                  death_by_abrt_is_no_crash_when_allowed,
                                  death_by_the_abrt_that_was_sent_is_no_crash,
                                  crash_is_found_when_the_point_was_unreached,
                                  sanitizer_report_is_a_crash,
                                  undefined_behaviour_report_is_a_crash,
                                  words_that_only_resemble_a_report_are_no_crash,
                                  deadline_is_a_hang_and_hides_exit_status,
                                  flood_is_a_hang_of_processes,
                                  hang_tells_the_stuck_threads,
                                  end_after_the_limit_is_slow,
                                  end_at_the_limit_is_not_slow,
                                  exit_130_is_not_death_by_int,
                                  any_of_the_allowed_ends_will_do,
                                  conventional_is_death_by_the_signal_or_the_code_of_shells,
                                  conventional_is_no_other_signals_end_and_no_own_code,
                                  death_by_term_is_not_death_by_int,
                                  exit_status_is_free_when_not_given,
                                  success_apart_leaves_success_and_death_outright_as_without_it,
                                  unreached_is_not_judged_against_the_signal,
                                  late_delivery_is_not_judged_for_the_end,
                                  not_begun_has_no_findings,
                                  planned_kill_is_fine_when_allowed,
                                  kill_from_outside_is_told,
                                  no_interrupts_still_checks_the_exit_code};

    return run_tests("judge_ended", tests, sizeof(tests) / sizeof(tests[0]));
}
