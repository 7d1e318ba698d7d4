/* test_load.c - YAML into scenarios: what is read, and what each mistake is told as.
 * tests/bad/NAME.yaml holds mistakes, NAME.expected the lines `line:col: error: message`. */
#include "scenario/load.h"

#include <check.h>
#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BAD "harness/tests/bad/"

static glob_t bad_files;

static char folder[] = "/tmp/test_load.XXXXXX";

static void folder_make(void)
{
    strcpy(folder, "/tmp/test_load.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void folder_remove(void)
{
    static const char *const made[] = {"a.yaml", "input", "tree", "link.yaml", NULL};

    for (int i = 0; made[i] != NULL; i++) {
        char *path = mem_printf("%s/%s", folder, made[i]);
        (void)remove(path);
        free(path);
    }
    (void)rmdir(folder);
}

static char *write_file(const char *name, const char *text, size_t len)
{
    char *path = mem_printf("%s/%s", folder, name);
    FILE *f = fopen(path, "w");

    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(text, 1, len, f), len);
    ck_assert_int_eq(fclose(f), 0);
    return path;
}

/* Loads text that has no mistake. */
static void load_good(const char *text, struct scenario *s)
{
    char *path = write_file("a.yaml", text, strlen(text));
    struct buf messages = {0};
    int rc = scenario_load(path, s, &messages);

    ck_assert_msg(rc == 0, "%d mistakes:\n%s", rc, messages.data);
    ck_assert_uint_eq(messages.len, 0);
    free(path);
}

/* Loads text with mistakes; returns the messages without the path before each. */
static char *load_bad(const char *text, int *mistakes)
{
    char *path = write_file("a.yaml", text, strlen(text)), *at;
    struct buf messages = {0}, plain = {0};
    struct scenario s;

    *mistakes = scenario_load(path, &s, &messages);
    for (const char *p = messages.data != NULL ? messages.data : ""; *p != '\0';) {
        at = strstr(p, path);
        if (at == NULL) {
            buf_adds(&plain, p);
            break;
        }
        buf_add(&plain, p, (size_t)(at - p));
        p = at + strlen(path);
    }
    buf_free(&messages);
    free(path);
    return buf_take(&plain);
}

#define MINIMAL "version: 1\nname: minimal\nprogram: {command: [cat]}\n"

/* ---- every file of tests/bad ---- */

static char *read_whole(const char *path)
{
    FILE *f = fopen(path, "r");
    struct buf text = {0};
    char block[4096];
    size_t got;

    ck_assert_msg(f != NULL, "%s: no such file", path);
    while ((got = fread(block, 1, sizeof(block), f)) > 0)
        buf_add(&text, block, got);
    fclose(f);
    return buf_take(&text);
}

START_TEST(bad_file_is_refused_with_exactly_the_expected_messages)
{
    const char *path = bad_files.gl_pathv[_i];
    char *expected_path = mem_printf("%.*s.expected", (int)(strlen(path) - 5), path);
    char *expected = read_whole(expected_path), *save = NULL;
    struct buf messages = {0}, told = {0};
    struct scenario s;
    int rc = scenario_load(path, &s, &messages), lines = 0;

    /* Only the lines that begin with the path: not the source lines and carets. */
    for (char *line = strtok_r(messages.data, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        if (strncmp(line, path, strlen(path)) == 0) {
            buf_addf(&told, "%s\n", line + strlen(path) + 1);
            lines++;
        }
    }
    ck_assert_msg(told.data != NULL && strcmp(told.data, expected) == 0,
                  "%s\n-- expected:\n%s-- told:\n%s", path, expected, told.data);
    ck_assert_int_eq(rc, lines);
    buf_free(&messages);
    buf_free(&told);
    free(expected);
    free(expected_path);
}
END_TEST

START_TEST(there_are_at_least_45_bad_files)
{
    ck_assert_uint_ge(bad_files.gl_pathc, 45);
}
END_TEST

/* ---- the look of a message ---- */

START_TEST(message_shows_line_caret_and_suggestion)
{
    int n;
    char *text = load_bad(MINIMAL "interupts: []\n", &n);

    ck_assert_int_eq(n, 1);
    ck_assert_str_eq(text, ":4:1: error: unknown key `interupts` in a scenario\n"
                           " 4 | interupts: []\n"
                           "   | ^~~~~~~~~ did you mean `interrupts`?\n");
    free(text);
}
END_TEST

START_TEST(columns_count_characters_not_bytes)
{
    int n;
    char *text = load_bad("{version: 1, name: m, about: \"\xc3\xa9\xe2\x82\xac\", x: 1, "
                          "program: {command: [cat]}}\n",
                          &n);

    ck_assert_int_eq(n, 1);
    ck_assert_msg(strncmp(text, ":1:36: error: unknown key `x`", 29) == 0, "%s", text);
    free(text);
}
END_TEST

START_TEST(long_line_is_cut_to_a_window_around_the_mistake)
{
    struct buf yaml = {0};
    int n;
    char *text;

    buf_adds(&yaml, MINIMAL "tags: [");
    for (int i = 0; i < 500; i++)
        buf_adds(&yaml, "aaaa, ");
    buf_adds(&yaml, "5]\n");
    text = load_bad(yaml.data, &n);
    ck_assert_int_eq(n, 1);
    ck_assert_uint_lt(strlen(text), 500);
    ck_assert_ptr_nonnull(strstr(text, " 4 | ..."));
    ck_assert_ptr_nonnull(strstr(text, "^ write \"5\"\n"));
    free(text);
    buf_free(&yaml);
}
END_TEST

START_TEST(terminal_escapes_of_a_source_line_are_not_passed_on)
{
    int n;
    char *text = load_bad(MINIMAL "about: \x1b[31m\n", &n);

    ck_assert_int_eq(n, 1);
    ck_assert_ptr_null(strchr(text, 0x1b));
    free(text);
}
END_TEST

START_TEST(past_a_hundred_mistakes_only_their_number_is_told)
{
    struct buf yaml = {0};
    int n;
    char *text;

    buf_adds(&yaml, MINIMAL "tags: [");
    for (int i = 0; i < 150; i++)
        buf_adds(&yaml, "5, ");
    buf_adds(&yaml, "]\n");
    text = load_bad(yaml.data, &n);
    ck_assert_int_eq(n, 150);
    ck_assert_ptr_nonnull(strstr(text, ": error: and 50 more mistakes\n"));
    free(text);
    buf_free(&yaml);
}
END_TEST

/* ---- files that can't be read ---- */

START_TEST(missing_file_is_told_with_its_errno)
{
    struct buf messages = {0};
    struct scenario s;

    ck_assert_int_eq(scenario_load("/no/such.yaml", &s, &messages), -ENOENT);
    ck_assert_str_eq(messages.data,
                     "/no/such.yaml: error: can't be read: No such file or directory\n");
    buf_free(&messages);
}
END_TEST

START_TEST(folder_is_not_a_scenario)
{
    struct buf messages = {0};
    struct scenario s;

    ck_assert_int_eq(scenario_load("/tmp", &s, &messages), -EISDIR);
    ck_assert_str_eq(messages.data, "/tmp: error: is a directory; name the YAML file in it\n");
    buf_free(&messages);
}
END_TEST

START_TEST(file_over_a_mebibyte_is_refused)
{
    struct buf messages = {0};
    struct scenario s;
    char *text = mem_alloc((1 << 20) + 1), *path;

    memset(text, '#', (1 << 20) + 1);
    path = write_file("a.yaml", text, (1 << 20) + 1);
    ck_assert_int_eq(scenario_load(path, &s, &messages), -EFBIG);
    ck_assert_ptr_nonnull(strstr(messages.data, "larger than 1 MiB"));
    buf_free(&messages);
    free(path);
    path = write_file("a.yaml", text, 1 << 20);
    ck_assert_int_eq(scenario_load(path, &s, &messages), 1); /* read, and found empty */
    buf_free(&messages);
    free(path);
    free(text);
}
END_TEST

/* ---- what is read ---- */

START_TEST(smallest_scenario_has_the_defaults)
{
    struct scenario s;

    load_good(MINIMAL, &s);
    ck_assert_str_eq(s.name, "minimal");
    ck_assert_ptr_null(s.about);
    ck_assert_ptr_null(s.tags);
    ck_assert_str_eq(s.program.command[0], "cat");
    ck_assert_ptr_null(s.program.command[1]);
    ck_assert_int_eq(s.program.stdin_kind, STDIN_CLOSED);
    ck_assert_int_eq(s.program.stdout_kind, STDOUT_PIPE);
    ck_assert_int_eq(s.program.deadline_ns, 10000000000);
    ck_assert(!s.program.terminal && !s.program.untraced && !s.program.asyncio &&
              !s.program.has_ready);
    ck_assert_uint_eq(s.interrupts_n, 0);
    ck_assert_uint_eq(s.expect.ended_n, 0);
    ck_assert_int_eq(s.expect.within_ns, NOT_GIVEN);
    ck_assert_int_eq(s.expect.fds, NOT_GIVEN);
    ck_assert_int_eq(s.expect.files, NOT_GIVEN);
    ck_assert(!s.expect.has_findings);
    scenario_free(&s);
}
END_TEST

START_TEST(each_way_is_a_scenario_with_the_program_of_the_file)
{
    static const char text[] =
        "version: 1\nname: cat\nprogram: {command: [cat]}\n"
        "expect: {within: 5s, findings: [hang]}\n"
        "ways:\n"
        "  - {name: int, interrupts: [{send: INT, when: {start: true}}]}\n"
        "  - {name: two, interrupts: [{send: TERM, when: {after: 1ms}}], findings: [crash],\n"
        "     sometimes: [swallowed]}\n";
    char *path = write_file("a.yaml", text, strlen(text));
    struct buf messages = {0};
    struct scenario s;

    ck_assert_int_eq(scenario_load(path, &s, &messages), 0);
    ck_assert_uint_eq(s.ways, 2);
    ck_assert_str_eq(s.name, "cat-int");
    ck_assert_int_eq(s.interrupts[0].signal, SIGINT);
    ck_assert_uint_eq(s.expect.findings, KIND_BIT(KIND_HANG));
    scenario_free(&s);
    ck_assert_int_eq(scenario_load_named(path, "cat-two", &s, &messages), 0);
    ck_assert_str_eq(s.name, "cat-two");
    ck_assert_str_eq(s.program.command[0], "cat");
    ck_assert_int_eq(s.interrupts[0].signal, SIGTERM);
    ck_assert_uint_eq(s.expect.findings, KIND_BIT(KIND_HANG) | KIND_BIT(KIND_CRASH));
    ck_assert_uint_eq(expect_wanted(&s.expect),
                      KIND_BIT(KIND_HANG) | KIND_BIT(KIND_CRASH) | KIND_BIT(KIND_SWALLOWED));
    ck_assert_int_eq(s.expect.within_ns, 5000000000);
    scenario_free(&s);
    ck_assert_int_eq(scenario_load_named(path, "cat-three", &s, &messages), -ENOENT);
    ck_assert_ptr_nonnull(strstr(messages.data, "there is no scenario `cat-three` in it"));
    buf_free(&messages);
    free(path);
}
END_TEST

START_TEST(every_key_of_program_is_read)
{
    struct scenario s;
    char *input = write_file("input", "x", 1), *tree = mem_printf("%s/tree", folder);

    ck_assert_int_eq(mkdir(tree, 0700), 0);
    load_good("version: 1\nname: all\nabout: a line\ntags: [one, two]\n"
              "program:\n"
              "  command: [prog, --slots, \"4\", yes, 10s]\n"
              "  env: {A: x, B: \"\"}\n"
              "  stdin: {file: input}\n"
              "  stdout: file\n"
              "  directory: {copy: tree}\n"
              "  trace: off\n"
              "  observe: asyncio\n"
              "  needs: [python3]\n"
              "  setup: [[git, init], [touch, a]]\n"
              "  ready: {notify: READY=1, nth: 2}\n"
              "  deadline: 1.5s\n"
              "  ignore: [HUP, SIGUSR1]\n",
              &s);
    ck_assert_str_eq(s.about, "a line");
    ck_assert(scenario_has_tag(&s, "two") && !scenario_has_tag(&s, "three"));
    ck_assert_str_eq(s.program.command[3], "yes");
    ck_assert_str_eq(s.program.env[0], "A=x");
    ck_assert_str_eq(s.program.env[1], "B=");
    ck_assert_ptr_null(s.program.env[2]);
    ck_assert_int_eq(s.program.stdin_kind, STDIN_FILE);
    ck_assert_str_eq(s.program.stdin_text, input);
    ck_assert_int_eq(s.program.stdout_kind, STDOUT_FILE);
    ck_assert_str_eq(s.program.copy, tree);
    ck_assert(s.program.untraced && s.program.asyncio);
    ck_assert_str_eq(s.program.needs[0], "python3");
    ck_assert_str_eq(s.program.setup[1][1], "a");
    ck_assert_ptr_null(s.program.setup[2]);
    ck_assert(s.program.has_ready);
    ck_assert_int_eq(s.program.ready.kind, POINT_NOTIFY);
    ck_assert_uint_eq(s.program.ready.nth, 2);
    ck_assert_int_eq(s.program.deadline_ns, 1500000000);
    ck_assert_uint_eq(s.program.ignore, UINT64_C(1) << SIGHUP | UINT64_C(1) << SIGUSR1);
    scenario_free(&s);
    free(input);
    free(tree);
}
END_TEST

START_TEST(stdin_is_closed_text_or_a_map)
{
    struct scenario s;

    load_good("version: 1\nname: a\nprogram: {command: [cat], stdin: closed}\n", &s);
    ck_assert_int_eq(s.program.stdin_kind, STDIN_CLOSED);
    scenario_free(&s);
    load_good("version: 1\nname: a\nprogram:\n  command: [cat]\n  stdin: |\n    1\n    2\n", &s);
    ck_assert_int_eq(s.program.stdin_kind, STDIN_TEXT);
    ck_assert_str_eq(s.program.stdin_text, "1\n2\n");
    scenario_free(&s);
    load_good("version: 1\nname: a\nprogram: {command: [cat], stdin: {text: closed}}\n", &s);
    ck_assert_int_eq(s.program.stdin_kind, STDIN_TEXT);
    ck_assert_str_eq(s.program.stdin_text, "closed");
    scenario_free(&s);
}
END_TEST

START_TEST(every_kind_of_point_is_read)
{
    struct scenario s;
    const struct interrupt *in;

    load_good(MINIMAL "interrupts:\n"
                      "  - {send: INT, when: {start: true}}\n"
                      "  - {send: TERM, to: group, when: {after: 2ms}, times: 5, every: 500us}\n"
                      "  - {send: INT, when: {between: [1us, 1s], trials: 7, prior: octaves}, "
                      "limit: 3}\n"
                      "  - {send: INT, to: thread, when: {event: cleanup.begin, nth: 2}}\n"
                      "  - {send: INT, when: {state: slots-full}}\n"
                      "  - {send: INT, when: {state: {running: 4, queued: \">=1\"}}}\n"
                      "  - {send: INT, when: {output: \"^done$\"}}\n"
                      "  - {send: RTMIN+3, when: {notify: READY=1}}\n"
                      "  - {send: INT, when: {between: [0s, 0s]}}\n",
              &s);
    in = s.interrupts;
    ck_assert_uint_eq(s.interrupts_n, 9);
    ck_assert_int_eq(in[0].when.kind, POINT_START);
    ck_assert_uint_eq(in[0].times, 1);
    ck_assert_int_eq(in[1].signal, SIGTERM);
    ck_assert_int_eq(in[1].to, TO_GROUP);
    ck_assert_int_eq(in[1].when.from_ns, 2000000);
    ck_assert_uint_eq(in[1].times, 5);
    ck_assert_int_eq(in[1].every_ns, 500000);
    ck_assert_int_eq(in[2].when.from_ns, 1000);
    ck_assert_int_eq(in[2].when.to_ns, 1000000000);
    ck_assert_uint_eq(in[2].when.trials, 7);
    ck_assert_int_eq(in[2].when.prior, PRIOR_OCTAVES);
    ck_assert_uint_eq(in[2].limit, 3);
    ck_assert_int_eq(in[3].to, TO_THREAD);
    ck_assert_str_eq(in[3].when.text, "cleanup.begin");
    ck_assert_uint_eq(in[3].when.nth, 2);
    ck_assert_int_eq(in[4].when.state.name, STATE_SLOTS_FULL);
    ck_assert_int_eq(in[5].when.state.name, STATE_COUNTS);
    ck_assert(in[5].when.state.given[COUNT_RUNNING] && in[5].when.state.given[COUNT_QUEUED]);
    ck_assert(!in[5].when.state.given[COUNT_LEVEL]);
    ck_assert_int_eq(in[5].when.state.counts[COUNT_QUEUED].op, COUNT_GE);
    ck_assert_str_eq(in[6].when.text, "^done$");
    ck_assert_int_eq(in[7].signal, SIGRTMIN + 3);
    ck_assert_uint_eq(in[8].when.trials, 100);
    scenario_free(&s);
}
END_TEST

START_TEST(every_key_of_expect_is_read)
{
    struct scenario s;

    load_good(MINIMAL "interrupts: [{send: INT, when: {after: 1ms}}]\n"
                      "expect:\n"
                      "  ended: {any: [{signal: INT}, {code: 130}]}\n"
                      "  within: 1s\n"
                      "  cleanup: {order: ignore, slots-exceeded: ignore}\n"
                      "  events: {task.start: 4, task.end: \">=1\"}\n"
                      "  leaks: {fds: 2, files: 0}\n"
                      "  stdout: {contains: [a, b], matches: [\"^c\"], lacks: [Traceback]}\n"
                      "  stderr: {lacks: [error]}\n"
                      "  findings: [cleanup-missing, fd-leak]\n",
              &s);
    ck_assert_uint_eq(s.expect.ended_n, 2);
    ck_assert(s.expect.ended[0].by_signal && s.expect.ended[0].value == SIGINT);
    ck_assert(!s.expect.ended[1].by_signal && s.expect.ended[1].value == 130);
    ck_assert_int_eq(s.expect.within_ns, 1000000000);
    ck_assert_uint_eq(s.expect.relaxed,
                      KIND_BIT(KIND_CLEANUP_ORDER) | KIND_BIT(KIND_SLOTS_EXCEEDED));
    ck_assert_uint_eq(s.expect.events_n, 2);
    ck_assert_str_eq(s.expect.events[0].name, "task.start");
    ck_assert(count_holds(s.expect.events[0].count, 4) &&
              !count_holds(s.expect.events[0].count, 5));
    ck_assert(count_holds(s.expect.events[1].count, 5));
    ck_assert_int_eq(s.expect.fds, 2);
    ck_assert_int_eq(s.expect.files, 0);
    ck_assert_int_eq(s.expect.threads, NOT_GIVEN);
    ck_assert_str_eq(s.expect.out.contains[1], "b");
    ck_assert_str_eq(s.expect.out.matches[0], "^c");
    ck_assert_str_eq(s.expect.err.lacks[0], "error");
    ck_assert_ptr_null(s.expect.err.contains);
    ck_assert(s.expect.has_findings);
    ck_assert_uint_eq(s.expect.findings, KIND_BIT(KIND_CLEANUP_MISSING) | KIND_BIT(KIND_FD_LEAK));
    scenario_free(&s);
}
END_TEST

START_TEST(leaks_none_means_zero_of_each)
{
    struct scenario s;

    load_good(MINIMAL "expect: {leaks: none, cleanup: complete}\n", &s);
    ck_assert_int_eq(s.expect.fds, 0);
    ck_assert_int_eq(s.expect.threads, 0);
    ck_assert_int_eq(s.expect.processes, 0);
    ck_assert_int_eq(s.expect.files, 0);
    ck_assert_uint_eq(s.expect.relaxed, 0);
    scenario_free(&s);
}
END_TEST

START_TEST(aliases_stand_for_what_they_name)
{
    struct scenario s;

    load_good("version: 1\nname: a\nprogram: {command: &c [cat, x], setup: [*c, *c]}\n"
              "interrupts:\n  - &i {send: INT, when: {after: 1ms}}\n  - *i\n",
              &s);
    ck_assert_str_eq(s.program.setup[1][1], "x");
    ck_assert_uint_eq(s.interrupts_n, 2);
    ck_assert_int_eq(s.interrupts[1].signal, SIGINT);
    scenario_free(&s);
}
END_TEST

START_TEST(terminal_makes_stdout_the_terminal)
{
    struct scenario s;

    load_good("version: 1\nname: a\nprogram: {command: [cat], terminal: true}\n", &s);
    ck_assert(s.program.terminal);
    ck_assert_int_eq(s.program.stdout_kind, STDOUT_TERMINAL);
    scenario_free(&s);
}
END_TEST

START_TEST(byte_order_mark_and_crlf_are_fine)
{
    struct scenario s;
    int n;
    char *text;

    load_good("\xef\xbb\xbfversion: 1\r\nname: a\r\nprogram: {command: [cat]}\r\n", &s);
    ck_assert_str_eq(s.name, "a");
    scenario_free(&s);
    text = load_bad("\xef\xbb\xbfversion: 2\r\nname: a\r\nprogram: {command: [cat]}\r\n", &n);
    ck_assert_str_eq(text, ":1:10: error: unknown version 2\n"
                           " 1 | version: 2\n"
                           "   |          ^ this sigsweep reads version 1\n");
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("load");
    TCase *bad = tcase_create("bad files"), *rest = tcase_create("files");
    SRunner *runner;
    int failed;

    glob(BAD "*.yaml", 0, NULL, &bad_files);
    tcase_add_loop_test(bad, bad_file_is_refused_with_exactly_the_expected_messages, 0,
                        (int)bad_files.gl_pathc);
    tcase_add_test(bad, there_are_at_least_45_bad_files);
    tcase_add_checked_fixture(rest, folder_make, folder_remove);
    tcase_add_test(rest, message_shows_line_caret_and_suggestion);
    tcase_add_test(rest, columns_count_characters_not_bytes);
    tcase_add_test(rest, long_line_is_cut_to_a_window_around_the_mistake);
    tcase_add_test(rest, terminal_escapes_of_a_source_line_are_not_passed_on);
    tcase_add_test(rest, past_a_hundred_mistakes_only_their_number_is_told);
    tcase_add_test(rest, missing_file_is_told_with_its_errno);
    tcase_add_test(rest, folder_is_not_a_scenario);
    tcase_add_test(rest, file_over_a_mebibyte_is_refused);
    tcase_add_test(rest, smallest_scenario_has_the_defaults);
    tcase_add_test(rest, each_way_is_a_scenario_with_the_program_of_the_file);
    tcase_add_test(rest, every_key_of_program_is_read);
    tcase_add_test(rest, stdin_is_closed_text_or_a_map);
    tcase_add_test(rest, every_kind_of_point_is_read);
    tcase_add_test(rest, every_key_of_expect_is_read);
    tcase_add_test(rest, leaks_none_means_zero_of_each);
    tcase_add_test(rest, aliases_stand_for_what_they_name);
    tcase_add_test(rest, terminal_makes_stdout_the_terminal);
    tcase_add_test(rest, byte_order_mark_and_crlf_are_fine);
    suite_add_tcase(suite, bad);
    suite_add_tcase(suite, rest);
    runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK); /* pure; a fork a check takes long with ASan */
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    globfree(&bad_files);
    return failed == 0 ? 0 : 1;
}
