/* test_run_sweep.c - a run of sweeps that loses a worker or is interrupted; what a finding's
 * interrupts are shrunk to. */
#include "cli_fixture.h"

#include "run/shrink.h"

static void candidates_must_be(const char *points, unsigned count, const char *wanted)
{
    struct interrupt *list;
    struct shrink_list out;
    struct error err = {0};
    struct buf text = {0};
    size_t n;

    ck_assert_msg(points_parse(points, &list, &n, &err) == 0, "%s", err.text);
    shrink_candidates(list, n, count, &out);
    for (size_t i = 0; i < out.n; i++)
        buf_addf(&text, "%s%s", i == 0 ? "" : " ", out.texts[i]);
    buf_add(&text, "", 1);
    ck_assert_str_eq(text.data, wanted);
    buf_free(&text);
    shrink_free(&out);
    points_free(list, n);
}

START_TEST(fewer_and_more_readable_interrupts_are_tried_best_first)
{
    candidates_must_be("INT@after:5ms", 0, "INT@start");
    candidates_must_be("INT@start", 0, "");
    candidates_must_be("INT@syscall:1.1.146=openat", 36, "INT@start INT@syscall:openat#36");
    candidates_must_be("INT@event:ready,TERM@after:1ms", 0, "INT@event:ready TERM@after:1ms");
    candidates_must_be("INT@event:ready,TERM@syscall:1.1.9=write", 2,
                       "INT@event:ready TERM@syscall:1.1.9=write "
                       "INT@event:ready,TERM@syscall:write#2");
}
END_TEST

#define SWEEP "interrupts:\n  - {send: INT, when: {each: syscall}}\n"

/* "997 of 1000 trials in 2.1 s" */
static size_t planned(const struct call *c)
{
    size_t n = 0;

    for (const char *at = c->out; (at = strstr(at, " of ")) != NULL; at++) {
        int length = 0;
        if (sscanf(at, " of %zu trials in %n", &n, &length) == 1 && length != 0)
            return n;
    }
    ck_abort_msg("%s", c->out);
}

static bool has_ended(const struct call *c)
{
    siginfo_t info = {0};

    return waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

/* Its chunk is given to others; what it had not reported is run again, but for one trial. */
START_TEST(worker_killed_in_a_sweep_costs_one_trial)
{
    struct desk *d = desk_new();
    size_t killed = 0, n;
    struct call *c;
    json_t *trials, *one;
    bool *seen;
    size_t i;

    desk_write(d, "yaml/many.yaml",
               "version: 1\nname: many\nprogram:\n  command: [/usr/bin/seq, \"3000\"]\n"
               "  deadline: 60s\n" SWEEP "expect: {ended: {signal: INT}}\n");
    c = CALL_START(d, "run", "-j", "2", "--seed", "1", "--out", "run", "--scratch", "scratch",
                   "yaml");
    while (killed < 4 && !has_ended(c)) {
        size_t before = trials_written(d, "run");
        pid_t worker;
        AWAIT(trials_written(d, "run") > before || has_ended(c));
        worker = worker_of(c);
        if (worker > 0 && kill(worker, SIGKILL) == 0)
            killed++;
    }
    call_wait(c);
    ck_assert_msg(WIFEXITED(c->status), "status %#x: %s", (unsigned)c->status, c->err);
    n = planned(c);
    ck_assert_uint_gt(n, 40);
    trials = desk_trials(d, "run");
    seen = mem_alloc(n + 1);
    json_array_foreach(trials, i, one)
    {
        size_t number = (size_t)json_integer_value(json_object_get(one, "trial"));
        ck_assert_uint_le(number, n);
        ck_assert_msg(number == 0 || !seen[number], "trial %zu was reported twice", number);
        seen[number] = true;
    }
    for (i = 1; i <= n; i++)
        killed -= !seen[i]; /* wraps when more are lost than workers were killed */
    ck_assert_uint_le(killed, 4);
    free(seen);
    json_decref(trials);
    run_state_must_be(d, "run", "finished");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(set_without_a_point_is_untested_and_says_so)
{
    struct desk *d = desk_new();
    struct call *c;

    desk_write(d, "yaml/none.yaml",
               "version: 1\nname: none\nprogram: {command: [/bin/true]}\n"
               "interrupts:\n  - {send: INT, when: {each: syscall, match: ^vhangup$}}\n");
    c = CALL(d, "run", "--out", "run", "--scratch", "scratch", "yaml");
    must_end_with(c, 4);
    must_hold(c->out, "untested none");
    must_hold(c->out, "its set is empty: no such point occurred");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(interrupt_during_a_survey_leaves_nothing_running)
{
    struct desk *d = desk_new();
    struct call *c;
    char *text = mem_printf("version: 1\nname: long\nprogram:\n"
                            "  command: [/bin/sh, -c, \"sleep 600; : %s\"]\n"
                            "  deadline: 10m\n" SWEEP,
                            d->path);

    desk_write(d, "yaml/long.yaml", text);
    c = CALL_START(d, "run", "-j", "2", "--out", "run", "--scratch", "scratch", "yaml");
    AWAIT(processes_with(d->path, NULL, 0) >= 1);
    kill(c->pid, SIGINT);
    call_wait(c);
    must_have_died(c, SIGINT);
    ck_assert_uint_eq(processes_with(d->path, NULL, 0), 0);
    run_state_must_be(d, "run", "interrupted");
    folder_must_be_empty(d, "scratch");
    free(text);
    call_free(c);
    desk_free(d);
}
END_TEST

/* sigsweep is swept by sigsweep: in whatever phase the signal comes, survey, sweep, confirmation or
 * shrinking, it dies of it, and no process or file stays. */
START_TEST(sweep_that_is_interrupted_at_any_time_leaves_nothing)
{
    struct desk *d = desk_new();
    struct call *c;
    char *text =
        mem_printf("version: 1\nname: itself\nprogram:\n"
                   "  command: [%s, try, -q, -j, \"2\", --seed, \"1\", --, /bin/sh, -c, "
                   "\": >left; exec rm left\"]\n"
                   "  trace: off\n  deadline: 60s\n"
                   "interrupts:\n"
                   "  - {send: INT, when: {between: [0ms, 400ms], trials: 30}}\n"
                   "expect:\n"
                   "  ended: {any: [{signal: INT}, {code: 1}]}\n" /* 1: it was done before */
                   "  leaks: {processes: 0, files: 0, ipc: 0}\n",
                   d->sigsweep);

    desk_write(d, "yaml/itself.yaml", text);
    c = CALL(d, "run", "-j", "1", "--seed", "7", "--out", "run", "yaml");
    must_end_with(c, 0);
    must_hold(c->out, "30 of 30 trials");
    free(text);
    call_free(c);
    desk_free(d);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run_sweep");
    TCase *tcase = tcase_create("run_sweep");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 180);
    tcase_add_test(tcase, fewer_and_more_readable_interrupts_are_tried_best_first);
    tcase_add_test(tcase, worker_killed_in_a_sweep_costs_one_trial);
    tcase_add_test(tcase, set_without_a_point_is_untested_and_says_so);
    tcase_add_test(tcase, interrupt_during_a_survey_leaves_nothing_running);
    tcase_add_test(tcase, sweep_that_is_interrupted_at_any_time_leaves_nothing);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
