/* test_cli.c - the command line: exit codes, selection, plans, help, replay, reports. */
#include "cli_fixture.h"

#include <pty.h>
#include <termios.h>

#define DIES    "interrupts:\n  - {send: INT, when: {event: mark}}\nexpect: {ended: {signal: INT}}\n"
#define WRONG   "interrupts:\n  - {send: INT, when: {event: mark}}\nexpect: {ended: {code: 0}}\n"
#define REPORTS "\"event:mark name=a\", forever"

START_TEST(all_as_expected_is_0)
{
    struct desk *d = desk_new();
    struct call *c;

    desk_scenario(d, "good", REPORTS, "", "tags: [x]\n" DIES);
    c = CALL(d, "run", "--out", "run", "yaml");
    must_end_with(c, 0);
    must_hold(c->out, "1 scenario: 1 passed");
    run_state_must_be(d, "run", "finished");
    run_must_be_readable(d, "run");
    call_free(c);
    c = CALL(d, "run", "-q", "--out", "again", "--json", "-", "yaml");
    must_end_with(c, 0);
    must_hold(c->out, "\"verdict\": \"clean\"");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(finding_is_1_and_its_replay_line_works_as_printed)
{
    struct desk *d = desk_new();
    struct call *c, *again;
    char *line, *target, *events = mem_printf("%s/a run/artifacts/1/events", d->path), *kept;

    desk_scenario(d, "bad", REPORTS, "", WRONG);
    desk_scenario(d, "good", REPORTS, "", DIES);
    c = CALL(d, "run", "--out", "a run", "yaml");
    must_end_with(c, 1);
    must_hold(c->out, "finding: exit-status");
    kept = file_text(events);
    must_hold(kept, "mark name=a");
    free(kept);
    free(events);
    line = strstr(c->out, "replay    sigsweep replay ");
    ck_assert_ptr_nonnull(line);
    line += strlen("replay    sigsweep replay ");
    target = mem_strndup(line, strcspn(line, "\n"));
    if (target[0] == '\'') { /* quoted for the shell */
        memmove(target, target + 1, strlen(target));
        target[strcspn(target, "'")] = '\0';
    }
    again = CALL(d, "replay", target);
    must_end_with(again, 1);
    must_hold(again->out, "mark name=a");
    must_hold(again->out, ">> SIGINT to process, program stopped at the point: sent");
    must_hold(again->out, "died by SIGINT");
    must_hold(again->out, "finding: exit-status");
    must_hold(again->out, "The same kinds as in the stored trial.");
    free(target);
    call_free(again);
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(mistake_in_a_scenario_is_2_and_nothing_runs)
{
    struct desk *d = desk_new();
    struct call *c;

    desk_scenario(d, "bad", REPORTS, "", "interupts: []\n");
    desk_scenario(d, "good", REPORTS, "", DIES);
    c = CALL(d, "run", "--out", "run", "yaml");
    must_end_with(c, 2);
    must_hold(c->err, "yaml/bad.yaml:5:1: error:");
    must_hold(c->err, "did you mean `interrupts`?");
    must_hold(c->err, "nothing was run");
    ck_assert_uint_eq(trials_written(d, "run"), 0);
    call_free(c);
    c = CALL(d, "lint", "yaml");
    must_end_with(c, 2);
    must_hold(c->err, "yaml/bad.yaml:5:1: error:");
    must_hold(c->out, "2 files, 1 mistake\n");
    call_free(c);
    c = CALL(d, "lint", "yaml/good.yaml");
    must_end_with(c, 0);
    ck_assert_str_eq(c->err, "");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(nothing_tested_is_4)
{
    struct desk *d = desk_new();
    struct call *c;

    desk_scenario(
        d, "unreached", "\"say:x\"", "",
        "interrupts:\n  - {send: INT, when: {event: mark}}\nexpect: {ended: {code: 0}}\n");
    c = CALL(d, "run", "--out", "run", "yaml");
    must_end_with(c, 4);
    must_hold(c->out, "1 trial whose point was not reached");
    call_free(c);
    c = CALL(d, "run", "--filter", "nothing-like-it", "yaml");
    must_end_with(c, 4);
    must_hold(c->err, "no scenario was selected (1 files read)");
    call_free(c);
    c = CALL(d, "replay", "run:1");
    must_end_with(c, 4);
    must_hold(c->out, "the point was not reached");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(skipped_scenario_is_said_with_its_reason)
{
    struct desk *d = desk_new();
    struct call *c;

    desk_scenario(d, "needy", REPORTS, "  needs: [no-such-tool]\n", DIES);
    desk_scenario(d, "good", REPORTS, "", DIES);
    c = CALL(d, "run", "--out", "run", "yaml");
    must_end_with(c, 0);
    must_hold(c->out, "needs no-such-tool, which is not on PATH");
    must_hold(c->out, "1 skipped");
    call_free(c);
    c = CALL(d, "run", "--out", "only", "yaml/needy.yaml");
    must_end_with(c, 4);
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(programs_are_found_in_a_folder_given_from_where_one_stands)
{
    struct desk *d = desk_new();
    char *folder = mem_printf("%s/mine", d->path), *path = mem_printf("%s/quick", folder);
    struct call *c;

    ck_assert_int_eq(mkdir(folder, 0755), 0);
    desk_write(d, "mine/quick", "#!/bin/sh\nkill -INT $$\n");
    ck_assert_int_eq(chmod(path, 0755), 0);
    desk_write(d, "yaml/quick.yaml",
               "version: 1\nname: quick\nprogram: {command: [quick], needs: [quick]}\n"
               "expect: {ended: {signal: INT}}\n");
    c = CALL(d, "run", "--out", "run", "--programs", "mine", "yaml");
    must_end_with(c, 0);
    must_hold(c->out, "1 scenario: 1 passed");
    call_free(c);
    free(path);
    free(folder);
    desk_free(d);
}
END_TEST

START_TEST(wrong_usage_is_2_and_says_what_is_wrong)
{
    static const struct {
        const char *args[6], *says;
    } cases[] = {
        {{"sigsweep"}, "usage: sigsweep COMMAND"},
        {{"sigsweep", "rnu"}, "there is no command 'rnu'"},
        {{"sigsweep", "run"}, "no scenario given"},
        {{"sigsweep", "run", "--no-such"}, "Try 'sigsweep run --help'"},
        {{"sigsweep", "run", "-j", "0", "yaml"}, "'0' is not a number from 1"},
        {{"sigsweep", "run", "--seed", "x", "yaml"}, "'x' is not a number"},
        {{"sigsweep", "run", "--color", "blue", "yaml"}, "auto, always or never"},
        {{"sigsweep", "run", "no/such/file.yaml"}, "no/such/file.yaml: error: No such file"},
        {{"sigsweep", "list"}, "no scenario given"},
        {{"sigsweep", "lint"}, "no scenario given"},
        {{"sigsweep", "replay"}, "name a trial"},
        {{"sigsweep", "replay", "x"}, "is not RUN:TRIAL"},
        {{"sigsweep", "replay", "no-such-run:1"}, "cannot read no-such-run/trials.jsonl"},
        {{"sigsweep", "replay", "--at", "INT@aftr:5ms", "true"}, "did you mean `after`?"},
        {{"sigsweep", "replay", "--at", "INT@after:5ms"}, "replay"},
        {{"sigsweep", "report"}, "name one run folder"},
        {{"sigsweep", "report", "--format", "pdf", "x"}, "there is no format 'pdf'"},
    };
    struct desk *d = desk_new();

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct call *c = call_run(d, cases[i].args);
        must_end_with(c, 2);
        must_hold(c->err, cases[i].says);
        ck_assert_str_eq(c->out, "");
        call_free(c);
    }
    desk_free(d);
}
END_TEST

START_TEST(help_of_each_command_goes_to_stdout)
{
    static const char *const commands[] = {"run",   "list",   "lint",  "replay",
                                           "judge", "report", "doctor"};
    struct desk *d = desk_new();
    struct call *c = CALL(d, "--help");

    must_end_with(c, 0);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        struct call *one = CALL(d, commands[i], "--help");
        char *begin = mem_printf("usage: sigsweep %s", commands[i]);
        must_end_with(one, 0);
        ck_assert_int_eq(strncmp(one->out, begin, strlen(begin)), 0);
        ck_assert_str_eq(one->err, "");
        must_hold(c->out, commands[i]);
        free(begin);
        call_free(one);
    }
    call_free(c);
    c = CALL(d, "--version");
    must_end_with(c, 0);
    ck_assert_int_eq(strncmp(c->out, "sigsweep ", 9), 0);
    call_free(c);
    desk_free(d);
}
END_TEST

/* The lines of a plan are the same for the same seed, whatever the rest. */
START_TEST(same_seed_is_the_same_plan)
{
    struct desk *d = desk_new();
    struct call *a, *b, *c;

    desk_scenario(d, "random", "forever", "",
                  "interrupts:\n  - {send: INT, when: {between: [0ms, 9s], trials: 30}}\n");
    a = CALL(d, "run", "--dry-run", "--seed", "7", "-j", "1", "yaml");
    b = CALL(d, "run", "--dry-run", "--seed", "7", "-j", "2", "yaml/random.yaml");
    c = CALL(d, "run", "--dry-run", "--seed", "8", "yaml");
    must_end_with(a, 0);
    ck_assert_uint_eq(lines_with(a->out, "INT@after:"), 30);
    must_hold(a->out, "30 trials of 1 scenarios, seed 7\n");
    ck_assert_str_eq(a->out, b->out);
    ck_assert_str_ne(a->out, c->out);
    call_free(a);
    call_free(b);
    call_free(c);
    folder_must_be_empty(d, "scratch");
    c = CALL(d, "run", "--seed", "7", "--out", "runs/dry", "--dry-run", "yaml");
    must_end_with(c, 0);
    ck_assert_uint_eq(trials_written(d, "runs/dry"), 0);
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(filter_and_tag_select)
{
    struct desk *d = desk_new();
    struct call *c;

    desk_scenario(d, "one", REPORTS, "", "tags: [a, b]\n" DIES);
    desk_scenario(d, "two", REPORTS, "", "tags: [b]\n" DIES);
    desk_scenario(d, "three", REPORTS, "", DIES);
    c = CALL(d, "list", "yaml");
    must_end_with(c, 0);
    ck_assert_uint_eq(lines_with(c->out, "\n"), 3);
    must_hold(c->out, "INT@event:mark");
    call_free(c);
    c = CALL(d, "list", "--filter", "t*", "--tag", "b", "yaml");
    must_end_with(c, 0);
    ck_assert_uint_eq(lines_with(c->out, "\n"), 1);
    must_hold(c->out, "two");
    call_free(c);
    c = CALL(d, "list", "--tag", "a", "--tag", "b", "yaml");
    ck_assert_uint_eq(lines_with(c->out, "\n"), 2);
    call_free(c);
    c = CALL(d, "run", "--filter", "hre", "--out", "run", "yaml");
    must_end_with(c, 0);
    must_hold(c->out, "1 scenario: 1 passed");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(job_count_does_not_change_the_outcomes)
{
    struct desk *d = desk_new();
    char *said[2];

    desk_scenario(d, "bad", REPORTS, "", WRONG);
    desk_scenario(d, "good", REPORTS, "", DIES);
    desk_scenario(d, "many", "forever", "",
                  "interrupts:\n  - {send: INT, when: {between: [0ms, 2ms], trials: 40}}\n"
                  "expect: {ended: {signal: INT}}\n");
    for (int jobs = 1; jobs <= 2; jobs++) {
        char *out = mem_printf("run%d", jobs), *number = mem_printf("%d", jobs);
        struct call *c = CALL(d, "run", "-j", number, "--seed", "3", "--out", out, "yaml");
        json_t *trials = desk_trials(d, out), *one;
        struct buf text[42] = {0};
        struct buf all = {0};
        size_t i;
        must_end_with(c, 1);
        ck_assert_uint_eq(json_array_size(trials), 42);
        json_array_foreach(trials, i, one)
        {
            json_int_t n = json_integer_value(json_object_get(one, "trial"));
            ck_assert(n >= 1 && n <= 42 && text[n - 1].len == 0); /* each exactly once */
            buf_addf(&text[n - 1], "%s %s %s\n",
                     json_string_value(json_object_get(one, "scenario")),
                     json_string_value(json_object_get(one, "at")),
                     json_string_value(json_object_get(one, "outcome")));
        }
        for (i = 0; i < 42; i++) {
            buf_adds(&all, text[i].data);
            buf_free(&text[i]);
        }
        said[jobs - 1] = buf_take(&all);
        json_decref(trials);
        call_free(c);
        free(out);
        free(number);
    }
    ck_assert_str_eq(said[0], said[1]);
    free(said[0]);
    free(said[1]);
    desk_free(d);
}
END_TEST

START_TEST(typed_replay_interrupts_any_program)
{
    struct desk *d = desk_new();
    struct call *c = CALL(d, "replay", "--at", "INT@after:50ms", "--", "sleep", "10");

    must_end_with(c, 0);
    must_hold(c->out, ">> SIGINT to process: sent");
    must_hold(c->out, "died by SIGINT");
    must_hold(c->out, "no finding");
    call_free(c);
    c = CALL(d, "replay", "--at", "INT@after:50ms", "--", "no-such-program-at-all");
    must_end_with(c, 2);
    must_hold(c->out, "no-such-program-at-all: not found");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(replay_tells_its_verdict_as_json)
{
    struct desk *d = desk_new();
    struct call *c =
        CALL(d, "replay", "--json", "-", "--at", "INT@after:50ms", "--", "sleep", "10");
    json_t *o = json_loads(c->out, 0, NULL), *finding;

    must_end_with(c, 0);
    ck_assert_msg(o != NULL, "%s", c->out); /* nothing else is on stdout */
    ck_assert_str_eq(json_string_value(json_object_get(o, "verdict")), "clean");
    ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(o, "trials"), "fired")), 1);
    json_decref(o);
    call_free(c);
    c = CALL(d, "replay", "--json", "-", "--at", "INT@output:go", "--", "/bin/sh", "-c",
             "trap '' INT; : >made; echo go; sleep 1");
    must_end_with(c, 1);
    o = json_loads(c->out, 0, NULL);
    ck_assert_msg(o != NULL, "%s", c->out);
    finding = json_array_get(json_object_get(o, "findings"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(finding, "kind")), "swallowed");
    ck_assert_str_eq(json_string_value(json_object_get(finding, "signal")), "INT");
    ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(finding, "replay")),
                                 "sigsweep replay --at INT@output:go -- /bin/sh -c "));
    json_decref(o);
    call_free(c);
    c = CALL(d, "replay", "--json", "no/such/folder", "--at", "INT@after:1ms", "--", "sleep", "1");
    must_end_with(c, 2);
    must_hold(c->err, "cannot write no/such/folder");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(doctor_is_content_here)
{
    struct desk *d = desk_new();
    struct call *c = CALL(d, "doctor");

    must_end_with(c, 0);
    must_hold(c->out, "ptrace");
    ck_assert_ptr_null(strstr(c->out, "MISSING"));
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(output_that_is_no_terminal_has_no_escape_sequences)
{
    struct desk *d = desk_new();
    struct call *c;

    desk_scenario(d, "bad", REPORTS, "", WRONG);
    c = CALL(d, "run", "--out", "run", "yaml");
    ck_assert_ptr_null(strchr(c->out, '\033'));
    ck_assert_ptr_null(strchr(c->err, '\033'));
    ck_assert_ptr_null(strchr(c->out, '\r'));
    call_free(c);
    c = CALL(d, "run", "--color", "always", "--out", "run2", "yaml");
    ck_assert_ptr_nonnull(strchr(c->out, '\033'));
    call_free(c);
    desk_free(d);
}
END_TEST

/* Runs sigsweep on a pty of its own; everything that it writes, and the terminal's modes are as
 * before. The caller frees. */
static char *on_terminal(struct desk *d, const char *const *env, const char *const *args)
{
    struct termios before = {0}, after = {0};
    struct buf text = {0};
    char chunk[4096];
    int master, status;
    ssize_t n;
    pid_t pid = forkpty(&master, NULL, NULL, NULL);

    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        for (; *env != NULL; env++)
            (void)putenv((char *)(uintptr_t)*env);
        if (chdir(d->path) == 0)
            execv(d->sigsweep, (char *const *)(uintptr_t)args);
        _exit(120);
    }
    ck_assert_int_eq(tcgetattr(master, &before), 0);
    while ((n = read(master, chunk, sizeof(chunk))) > 0 || (n < 0 && errno == EINTR))
        buf_add(&text, chunk, n > 0 ? (size_t)n : 0);
    ck_assert_int_eq(tcgetattr(master, &after), 0);
    ck_assert_int_eq(memcmp(&before, &after, sizeof(before)), 0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    close(master);
    return buf_take(&text);
}

START_TEST(terminal_shows_a_bar_and_keeps_its_modes)
{
    static const char *const color[] = {"TERM=xterm", NULL}, *const plain[] = {"TERM=xterm",
                                                                               "NO_COLOR=1", NULL};
    static const char *const dumb[] = {"TERM=dumb", NULL};
    struct desk *d = desk_new();
    char *text;

    desk_scenario(d, "many", "forever", "",
                  "interrupts:\n  - {send: INT, when: {between: [0ms, 2ms], trials: 300}}\n"
                  "expect: {ended: {signal: INT}}\n");
    unsetenv("NO_COLOR");
    text =
        on_terminal(d, color, (const char *const[]){"sigsweep", "run", "--out", "a", "yaml", NULL});
    must_hold(text, "/300 trials");
    must_hold(text, "\033[");
    must_hold(text, "1 passed");
    free(text);
    text =
        on_terminal(d, plain, (const char *const[]){"sigsweep", "run", "--out", "b", "yaml", NULL});
    must_hold(text, "1 passed");
    ck_assert_msg(strstr(text, "\033[3") == NULL && strstr(text, "\033[1m") == NULL, "%s", text);
    free(text);
    unsetenv("NO_COLOR");
    text =
        on_terminal(d, dumb, (const char *const[]){"sigsweep", "run", "--out", "c", "yaml", NULL});
    ck_assert_ptr_null(strchr(text, '\033'));
    free(text);
    desk_free(d);
}
END_TEST

START_TEST(reports_of_a_finished_run_can_be_written)
{
    struct desk *d = desk_new();
    struct call *c;

    desk_scenario(d, "bad", REPORTS, "", WRONG);
    c = CALL(d, "run", "--out", "run", "yaml");
    must_end_with(c, 1);
    call_free(c);
    c = CALL(d, "report", "--format", "junit", "run");
    must_end_with(c, 0);
    must_hold(c->out, "<testsuite");
    call_free(c);
    c = CALL(d, "report", "--format", "markdown", "run");
    must_end_with(c, 0);
    must_hold(c->out, "exit-status");
    call_free(c);
    desk_free(d);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        all_as_expected_is_0,
        finding_is_1_and_its_replay_line_works_as_printed,
        mistake_in_a_scenario_is_2_and_nothing_runs,
        nothing_tested_is_4,
        skipped_scenario_is_said_with_its_reason,
        programs_are_found_in_a_folder_given_from_where_one_stands,
        wrong_usage_is_2_and_says_what_is_wrong,
        help_of_each_command_goes_to_stdout,
        same_seed_is_the_same_plan,
        filter_and_tag_select,
        job_count_does_not_change_the_outcomes,
        typed_replay_interrupts_any_program,
        replay_tells_its_verdict_as_json,
        doctor_is_content_here,
        output_that_is_no_terminal_has_no_escape_sequences,
        terminal_shows_a_bar_and_keeps_its_modes,
        reports_of_a_finished_run_can_be_written,
    };

    return run_checks("cli", tests, sizeof(tests) / sizeof(tests[0]));
}
