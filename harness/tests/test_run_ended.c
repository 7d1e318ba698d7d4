/* test_run_ended.c - a run that is interrupted, or loses its coordinator or a worker: it dies as a
 * program should, leaves nothing running, and what was finished can be read. */
#include "cli_fixture.h"

/* Thousands of short trials; a run of it is interrupted in the middle. */
static void long_scenario(const struct desk *d, const char *program)
{
    desk_scenario(d, "long", "forever", program,
                  "interrupts:\n"
                  "  - {send: TERM, when: {between: [0ms, 1ms], trials: 100000}}\n"
                  "expect: {ended: {signal: TERM}}\n");
}

/* One trial that ends by SIGKILL only. */
static void stubborn_scenario(const struct desk *d, const char *program)
{
    char *all = mem_printf("%s  deadline: 10m\n", program);

    desk_scenario(
        d, "stubborn",
        "\"ignore:INT\", \"ignore:TERM\", \"ignore:HUP\", child, \"say:child\", forever, end, "
        "daemon, \"tag:daemon\", forever, end, \"say:parent\", forever",
        all,
        "interrupts:\n  - {send: INT, when: {output: parent}}\n"
        "expect: {ended: {signal: INT}}\n");
    free(all);
}

static void interrupt_long_run(int signal, const char *jobs, const char *program)
{
    struct desk *d = desk_new();
    struct call *c;

    long_scenario(d, program);
    c = CALL_START(d, "run", "-j", jobs, "--out", "run", "--scratch", "scratch", "yaml");
    AWAIT(trials_written(d, "run") >= 20);
    ck_assert_int_eq(kill(c->pid, signal), 0);
    call_wait(c);
    must_have_died(c, signal);
    ck_assert_uint_eq(processes_with(d->path, NULL, 0), 0); /* at once, not some time later */
    must_hold(c->err, "interrupted");
    must_hold(c->err, "the finished trials are in run");
    run_state_must_be(d, "run", "interrupted");
    run_must_be_readable(d, "run");
    folder_must_be_empty(d, "scratch");
    call_free(c);
    desk_free(d);
}

START_TEST(interrupted_run_dies_by_int_and_keeps_what_was_finished)
{
    interrupt_long_run(SIGINT, "2", "");
}
END_TEST

START_TEST(interrupted_untraced_run_dies_by_int_and_keeps_what_was_finished)
{
    interrupt_long_run(SIGINT, "2", "  trace: off\n");
}
END_TEST

START_TEST(terminated_run_dies_by_term)
{
    interrupt_long_run(SIGTERM, "1", "");
}
END_TEST

START_TEST(hung_up_run_dies_by_hup)
{
    interrupt_long_run(SIGHUP, "2", "");
}
END_TEST

/* Living processes of the desk's program; sigsweep and its workers have the desk in their command
 * lines too, but begin with another word. */
static size_t programs_of(const struct desk *d)
{
    pid_t all[64];
    size_t n = processes_with(d->path, all, 64), found = 0;

    for (size_t i = 0; i < n && i < 64; i++) {
        char path[64], *line;
        snprintf(path, sizeof(path), "/proc/%d/cmdline", all[i]);
        line = file_text(path); /* up to its first NUL: argv[0] */
        found += strcmp(line, d->act) == 0;
        free(line);
    }
    return found;
}

static struct call *start_stubborn(struct desk *d, const char *program)
{
    struct call *c;

    stubborn_scenario(d, program);
    c = CALL_START(d, "run", "-j", "1", "--out", "run", "--scratch", "scratch", "yaml");
    AWAIT(programs_of(d) >= 3);
    return c;
}

START_TEST(interrupt_ends_a_program_that_ignores_everything)
{
    struct desk *d = desk_new();
    struct call *c = start_stubborn(d, _i == 0 ? "" : "  trace: off\n");

    kill(c->pid, SIGINT);
    call_wait(c);
    must_have_died(c, SIGINT);
    ck_assert_uint_eq(processes_with(d->path, NULL, 0), 0);
    run_state_must_be(d, "run", "interrupted");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(killed_coordinator_leaves_nothing_running)
{
    struct desk *d = desk_new();
    struct call *c = start_stubborn(d, _i == 0 ? "" : "  trace: off\n");

    kill(c->pid, SIGKILL);
    call_wait(c);
    must_have_died(c, SIGKILL);
    AWAIT(processes_with(d->path, NULL, 0) == 0);
    run_must_be_readable(d, "run");
    call_free(c);
    desk_free(d);
}
END_TEST

/* Stopped first, so that the one hardly can do anything about the other's end: then it is for the
 * guardian to end what they ran. */
START_TEST(coordinator_and_worker_killed_at_once_leave_no_program_and_no_folder)
{
    struct desk *d = desk_new();
    struct call *c = start_stubborn(d, "  trace: off\n");

    kill(c->pid, SIGSTOP);
    kill(worker_of(c), SIGKILL);
    kill(c->pid, SIGKILL);
    call_wait(c);
    AWAIT(processes_with(d->path, NULL, 0) == 0);
    AWAIT(folder_is_empty(d, "scratch"));
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(second_interrupt_ends_it_at_once)
{
    struct desk *d = desk_new();
    struct call *c = start_stubborn(d, "");
    pid_t programs[64];
    size_t n;

    AWAIT((n = processes_with(d->path, programs, 64)) >= 3);
    kill(c->pid, SIGINT);
    kill(c->pid, SIGINT);
    call_wait(c);
    must_have_died(c, SIGINT);
    AWAIT(processes_with(d->path, NULL, 0) == 0);
    AWAIT(folder_is_empty(d, "scratch"));
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(scratch_of_a_killed_run_is_put_away_by_the_next)
{
    struct desk *d = desk_new();
    struct call *c;
    char *base = mem_printf("%s/scratch/sigsweep-abcdef", d->path);
    char *other = mem_printf("%s/scratch/sigsweep-ghijkl", d->path);
    int held;

    ck_assert_int_eq(mkdir(base, 0700) | mkdir(other, 0700), 0);
    close(scratch_lock(base)); /* given up */
    held = scratch_lock(other);
    ck_assert_int_ge(held, 0);
    desk_scenario(
        d, "short", "\"say:up\", forever", "",
        "interrupts:\n  - {send: INT, when: {output: up}}\nexpect: {ended: {signal: INT}}\n");
    c = CALL(d, "run", "--out", "run", "--scratch", "scratch", "yaml");
    must_end_with(c, 0);
    ck_assert_int_ne(access(base, F_OK), 0);
    ck_assert_int_eq(access(other, F_OK), 0); /* another run's */
    close(held);
    call_free(c);
    free(base);
    free(other);
    desk_free(d);
}
END_TEST

START_TEST(killed_coordinator_of_a_busy_run_leaves_whole_lines)
{
    struct desk *d = desk_new();
    struct call *c;

    long_scenario(d, "");
    c = CALL_START(d, "run", "-j", "2", "--out", "run", "--scratch", "scratch", "yaml");
    AWAIT(trials_written(d, "run") >= 20);
    kill(c->pid, SIGKILL);
    call_wait(c);
    AWAIT(processes_with(d->path, NULL, 0) == 0);
    ck_assert_uint_ge(trials_written(d, "run"), 20);
    run_must_be_readable(d, "run");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(killed_worker_costs_its_trial_only)
{
    struct desk *d = desk_new();
    struct call *c;
    json_t *trials;
    pid_t worker;

    stubborn_scenario(d, _i == 0 ? "" : "  trace: off\n");
    desk_scenario(d, "then", "forever", "",
                  "interrupts:\n  - {send: INT, when: {after: 1ms}}\n"
                  "expect: {ended: {signal: INT}}\n");
    c = CALL_START(d, "run", "-j", "1", "--out", "run", "--scratch", "scratch", "yaml");
    AWAIT(programs_of(d) >= 3);
    worker = worker_of(c);
    ck_assert_int_gt(worker, 0);
    kill(worker, SIGKILL);
    call_wait(c);
    must_end_with(c, 2);
    must_hold(c->err, "a worker was killed from outside");
    ck_assert_uint_eq(processes_with(d->path, NULL, 0), 0);
    run_state_must_be(d, "run", "finished");
    trials = desk_trials(d, "run");
    ck_assert_uint_eq(json_array_size(trials), 1);
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(trials, 0), "outcome")),
                     "passed");
    json_decref(trials);
    must_hold(c->out, "1 passed");
    must_hold(c->out, "1 with errors");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(workers_killed_again_and_again_never_end_the_run)
{
    struct desk *d = desk_new();
    struct call *c;
    unsigned killed = 0;

    desk_scenario(d, "many", "forever", "",
                  "interrupts:\n  - {send: TERM, when: {between: [0ms, 1ms], trials: 300}}\n"
                  "expect: {ended: {signal: TERM}}\n");
    c = CALL_START(d, "run", "-j", "2", "--out", "run", "--scratch", "scratch", "yaml");
    while (killed < 10 && trials_written(d, "run") < 250) {
        size_t before = trials_written(d, "run");
        pid_t worker = worker_of(c);
        if (worker > 0 && kill(worker, SIGKILL) == 0)
            killed++;
        AWAIT(trials_written(d, "run") > before + 10 || kill(c->pid, 0) != 0 ||
              trials_written(d, "run") >= 250);
    }
    call_wait(c);
    ck_assert_msg(WIFEXITED(c->status), "status %#x: %s", (unsigned)c->status, c->err);
    must_hold(c->out, "300 of 300 trials");
    run_state_must_be(d, "run", "finished");
    run_must_be_readable(d, "run");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(killed_replay_leaves_nothing_running)
{
    struct desk *d = desk_new();
    char *tag = mem_printf("tag:%s", d->path);
    struct call *c = CALL_START(d, "replay", "--deadline", "10m", "--at", "INT@output:never", "--",
                                d->act, tag, "ignore:INT", "child", "forever", "end", "forever");

    AWAIT(programs_of(d) >= 2);
    kill(c->pid, _i == 0 ? SIGKILL : SIGINT);
    call_wait(c);
    must_have_died(c, _i == 0 ? SIGKILL : SIGINT);
    AWAIT(processes_with(d->path, NULL, 0) == 0);
    free(tag);
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(replay_whose_own_child_is_killed_leaves_nothing_running)
{
    struct desk *d = desk_new();
    struct call *c;

    stubborn_scenario(d, "  trace: off\n");
    desk_write(d, "trials.jsonl",
               "{\"trial\":1,\"scenario\":\"stubborn\",\"at\":\"INT@output:parent\"}\n");
    desk_write(
        d, "run.json",
        "{\"format\":1,\"scenarios\":[{\"name\":\"stubborn\",\"file\":\"yaml/stubborn.yaml\"}]}");
    c = CALL_START(d, "replay", ".:1");
    AWAIT(programs_of(d) >= 3);
    ck_assert_int_gt(worker_of(c), 0);
    kill(worker_of(c), SIGKILL);
    call_wait(c);
    must_end_with(c, 3);
    must_hold(c->err, "was killed by SIGKILL");
    ck_assert_uint_eq(processes_with(d->path, NULL, 0), 0);
    call_free(c);
    desk_free(d);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run_ended");
    TCase *tcase = tcase_create("run_ended");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 180);
    tcase_add_test(tcase, interrupted_run_dies_by_int_and_keeps_what_was_finished);
    tcase_add_test(tcase, interrupted_untraced_run_dies_by_int_and_keeps_what_was_finished);
    tcase_add_test(tcase, terminated_run_dies_by_term);
    tcase_add_test(tcase, hung_up_run_dies_by_hup);
    tcase_add_loop_test(tcase, interrupt_ends_a_program_that_ignores_everything, 0, 2);
    tcase_add_loop_test(tcase, killed_coordinator_leaves_nothing_running, 0, 2);
    tcase_add_test(tcase, coordinator_and_worker_killed_at_once_leave_no_program_and_no_folder);
    tcase_add_test(tcase, second_interrupt_ends_it_at_once);
    tcase_add_test(tcase, scratch_of_a_killed_run_is_put_away_by_the_next);
    tcase_add_test(tcase, killed_coordinator_of_a_busy_run_leaves_whole_lines);
    tcase_add_loop_test(tcase, killed_worker_costs_its_trial_only, 0, 2);
    tcase_add_test(tcase, workers_killed_again_and_again_never_end_the_run);
    tcase_add_loop_test(tcase, killed_replay_leaves_nothing_running, 0, 2);
    tcase_add_test(tcase, replay_whose_own_child_is_killed_leaves_nothing_running);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
