/* try: any program, swept from the command line. */
#include "cli_fixture.h"

#include "cli/stretches.h"

#define ALIKE                                                                                      \
    (struct look)                                                                                  \
    {                                                                                              \
        .value = 2                                                                                 \
    }
#define OTHER                                                                                      \
    (struct look)                                                                                  \
    {                                                                                              \
        .value = 3                                                                                 \
    }

START_TEST(trials_in_any_order_fold_into_the_same_stretches)
{
    static const size_t order[] = {5, 1, 3, 2, 4, 9, 7, 6, 8, 10};
    struct stretches s = {0};

    for (size_t i = 0; i < 10; i++)
        stretches_add(&s, order[i], order[i] == 6 ? OTHER : ALIKE, (uint32_t)order[i]);
    ck_assert_uint_eq(s.n, 3);
    ck_assert_uint_eq(s.list[0].first, 1);
    ck_assert_uint_eq(s.list[0].last, 5);
    ck_assert_uint_eq(s.list[0].site, 1);
    ck_assert_uint_eq(s.list[1].first, 6);
    ck_assert_uint_eq(s.list[1].last, 6);
    ck_assert_uint_eq(s.list[2].first, 7);
    ck_assert_uint_eq(s.list[2].last, 10);
    stretches_free(&s);
}
END_TEST

START_TEST(clean_program_has_no_finding)
{
    struct desk *d = desk_new();
    struct call *c = CALL(d, "try", "--seed", "1", "--", "/bin/true");

    must_end_with(c, 0);
    must_hold(c->out, "no finding");
    must_hold(c->out, "killed by SIGINT");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(file_left_is_found_confirmed_and_told_with_a_line_that_finds_it_again)
{
    struct desk *d = desk_new();
    struct call *c = CALL(d, "try", "--seed", "1", "--", "/bin/sh", "-c", ": >a; exec rm a");

    must_end_with(c, 1);
    must_hold(c->out, "finding: file-left");
    must_hold(c->out, "work/a");
    must_hold(c->out, "confirmed 5/5");
    must_hold(c->out, "again     sigsweep try --at ");
    call_free(c);
    c = CALL(d, "try", "--at", "INT@syscall:openat#3", "--", "/bin/sh", "-c", ": >a; exec rm a");
    must_end_with(c, 1);
    must_hold(c->out, "finding: file-left");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(points_that_do_not_go_with_the_look_for_lost_memory_are_refused)
{
    struct desk *d = desk_new();
    struct call *c = CALL(d, "try", "--memory", "valgrind", "--each", "syscall", "--", "/bin/true");

    must_end_with(c, 2);
    must_hold(c->err, "under valgrind");
    call_free(c);
    c = CALL(d, "try", "--memory", "lsan", "--each", "event", "--", "/bin/true");
    must_end_with(c, 2);
    must_hold(c->err, "LeakSanitizer");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(same_seed_same_verdict_for_any_number_of_workers)
{
    struct desk *d = desk_new();
    struct call *one =
        CALL(d, "try", "--seed", "7", "-j", "1", "--limit", "30", "--", "/bin/ls", "/");
    struct call *two =
        CALL(d, "try", "--seed", "7", "-j", "2", "--limit", "30", "--", "/bin/ls", "/");

    must_end_with(one, 0);
    must_end_with(two, 0);
    must_hold(one->out, "points left out by the limit");
    /* all but the line of the command, which names -j, and the time that it took */
    ck_assert_uint_gt(strlen(one->out), 100);
    char *a = strstr(one->out, "  1 - "), *b = strstr(two->out, "  1 - ");
    if (a != NULL && b != NULL)
        ck_assert_int_eq(strncmp(a, b, strcspn(a, "\n")), 0);
    call_free(one);
    call_free(two);
    desk_free(d);
}
END_TEST

/* "1 INT@syscall:1.1.1=brk passed", a line for each trial, in their order. */
static char *verdicts(const struct desk *d, const char *folder)
{
    char *path = mem_printf("%s/%s/trials.jsonl", d->path, folder), **list, *line = NULL;
    size_t n = 0, room = 0;
    struct buf all = {0};
    FILE *f = fopen(path, "r");

    ck_assert_ptr_nonnull(f);
    list = mem_alloc(1000 * sizeof(*list));
    memset(list, 0, 1000 * sizeof(*list));
    while (getline(&line, &room, f) > 0) {
        json_t *o = json_loads(line, 0, NULL), *finding, *kinds = json_object_get(o, "findings");
        json_int_t number = json_integer_value(json_object_get(o, "trial"));
        struct buf text = {0};
        size_t i;

        ck_assert_ptr_nonnull(o);
        buf_addf(&text, "%d %s %s", (int)number, json_string_value(json_object_get(o, "at")),
                 json_string_value(json_object_get(o, "outcome")));
        json_array_foreach(kinds, i, finding)
            buf_addf(&text, " %s", json_string_value(json_object_get(finding, "kind")));
        if (number > 0 && number < 1000 &&
            strcmp(json_string_value(json_object_get(o, "role")), "trial") == 0) {
            ck_assert_ptr_null(list[number]);
            list[number] = buf_take(&text);
            n++;
        }
        buf_free(&text);
        json_decref(o);
    }
    for (size_t i = 0; i < 1000; i++) {
        if (list[i] != NULL)
            buf_addf(&all, "%s\n", list[i]);
        free(list[i]);
    }
    ck_assert_uint_gt(n, 10);
    fclose(f);
    free(line);
    free(list);
    free(path);
    return buf_take(&all);
}

START_TEST(same_seed_same_points_and_verdicts_run_after_run)
{
    static const char *const jobs[] = {"1", "2", "2", "3"};
    struct desk *d = desk_new();
    char *first = NULL;

    for (int i = 0; i < 4; i++) {
        char *folder = mem_printf("run-%d", i), *text;
        /* not inside calls: whether one blocks is up to the machine */
        struct call *c =
            CALL(d, "try", "--seed", "7", "-j", jobs[i], "--limit", "40", "--side", "after",
                 "--keep", folder, "--", "/bin/sh", "-c", ": >a; : >b; rm -f b; exec rm a");

        must_end_with(c, 1);
        text = verdicts(d, folder);
        if (first == NULL)
            first = text;
        else
            ck_assert_str_eq(first, text);
        if (text != first)
            free(text);
        free(folder);
        call_free(c);
    }
    ck_assert_ptr_nonnull(strstr(first, " failed file-left"));
    free(first);
    desk_free(d);
}
END_TEST

static unsigned executions(const char *path)
{
    unsigned char count = 0;
    FILE *f = fopen(path, "r");

    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fread(&count, 1, 1, f), 1);
    fclose(f);
    return count;
}

/* The sweep, the last execution of all, is another one than the survey. The next is like it again,
 * and each after that is not: replays would not come to the points. */
START_TEST(points_that_one_execution_passed_by_are_reached_in_the_next)
{
    struct desk *d = desk_new();
    char *program = built("tests/programs/varies");
    char *one = mem_printf("%s/one", d->path), *two = mem_printf("%s/two", d->path), *last;
    unsigned n;
    struct call *c = CALL(d, "try", "--seed", "7", "-j", "1", "--all", "--signal", "TERM", "--side",
                          "after", "--", program, one, "100");

    must_end_with(c, 0);
    call_free(c);
    n = executions(one);
    last = mem_printf("%u", n);
    c = CALL(d, "try", "--seed", "7", "-j", "1", "--all", "--signal", "TERM", "--side", "after",
             "--", program, two, last);
    must_end_with(c, 0);
    ck_assert_ptr_null(strstr(c->out, "not reached"));
    must_hold(c->out, " 0 by a fresh start");
    ck_assert_uint_eq(executions(two), n + 1);
    call_free(c);
    free(last);
    free(two);
    free(one);
    free(program);
    desk_free(d);
}
END_TEST

START_TEST(command_that_fails_undisturbed_is_told_with_its_own_message)
{
    struct desk *d = desk_new();
    struct call *c = CALL(d, "try", "--", "/bin/sh", "-c", "echo no such luck >&2; exit 3");

    must_end_with(c, 2);
    must_hold(c->err, "exit code 3");
    must_hold(c->err, "no such luck");
    must_hold(c->err, "--with FILE");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(what_may_help_names_the_file_that_is_missing)
{
    struct desk *d = desk_new();
    struct call *c;

    desk_write(d, "here.txt", "text\n");
    c = CALL(d, "try", "--", "/bin/cat", "here.txt");
    must_end_with(c, 2);
    must_hold(c->err, "--with here.txt ");
    call_free(c);
    c = CALL(d, "try", "--with", "gone.txt", "--", "/bin/cat", "gone.txt");
    must_end_with(c, 2);
    must_hold(c->err, "--with: gone.txt: No such file");
    call_free(c);
    c = CALL(d, "try", "--", "no-such-program");
    must_end_with(c, 2);
    must_hold(c->err, "not found");
    ck_assert_ptr_null(strstr(c->err, "--with")); /* no file would help */
    call_free(c);
    desk_free(d);
}
END_TEST

/* Times are drawn from the whole run. */
START_TEST(points_in_time_reach_to_the_end_of_the_undisturbed_run)
{
    struct desk *d = desk_new();
    struct call *c = CALL(d, "try", "--each", "time", "--limit", "4", "--", "/bin/sleep", "0.2");
    const char *at;

    must_end_with(c, 0);
    at = strstr(c->out, "INT@between:0s..");
    ck_assert_ptr_nonnull(at);
    ck_assert_int_ge(atoi(at + strlen("INT@between:0s..")), 200);
    call_free(c);
    desk_free(d);
}
END_TEST

/* Its calls are more than a sweep makes unasked. */
START_TEST(very_many_points_are_sampled_and_that_is_said)
{
    static const char *const bounds[] = {"--all", "--limit"};
    struct desk *d = desk_new();
    struct call *c = CALL(d, "try", "--seed", "1", "--", "/bin/dd", "if=/dev/zero", "of=/dev/null",
                          "bs=1", "count=3000");

    must_end_with(c, 0);
    must_hold(c->out, "no finding in a sample of ");
    must_hold(c->out, "left out by the limit (--all tries each)");
    call_free(c);
    c = CALL(d, "try", bounds[0], bounds[1], "5", "--", "/bin/true");
    must_end_with(c, 2);
    must_hold(c->err, "exclude each other");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(why_nothing_was_reached_is_told_with_what_may_help)
{
    struct desk *d = desk_new();
    struct call *c = CALL(d, "try", "--each", "event", "--", "/bin/true");

    must_end_with(c, 4);
    must_hold(c->out, "only programs that report events have such points");
    call_free(c);
    c = CALL(d, "try", "--match", "^nothing$", "--", "/bin/true");
    must_end_with(c, 4);
    must_hold(c->out, "a wider --match");
    call_free(c);
    desk_free(d);
}
END_TEST

/* The finding that a scenario expects is in findings.json, confirmed, only when that is asked. */
START_TEST(wanted_findings_are_confirmed_when_asked)
{
    static const char *const options[] = {"--quiet", "--confirm-wanted"};
    struct desk *d = desk_new();

    desk_write(d, "yaml/left.yaml",
               "version: 1\nname: left\nprogram: {command: [sh, -c, ': >a; exec rm a']}\n"
               "interrupts: [{send: INT, when: {each: syscall, match: openat}}]\n"
               "expect: {findings: [file-left]}\n");
    for (size_t i = 0; i < 2; i++) {
        char *out = mem_printf("r%zu", i), *path = mem_printf("%s/r%zu/findings.json", d->path, i);
        struct call *c = CALL(d, "run", "--seed", "1", "-o", out, options[i], "yaml");
        json_t *o, *groups;

        must_end_with(c, 0);
        o = json_load_file(path, 0, NULL);
        groups = json_object_get(o, "groups");
        ck_assert_uint_eq(json_array_size(groups), i);
        if (i == 1)
            ck_assert_int_eq(
                json_integer_value(json_object_get(json_array_get(groups, 0), "confirmed")), 5);
        json_decref(o);
        call_free(c);
        free(out);
        free(path);
    }
    desk_free(d);
}
END_TEST

START_TEST(wrong_options_are_2)
{
    struct desk *d = desk_new();
    struct call *c = CALL(d, "try");

    must_end_with(c, 2);
    must_hold(c->err, "name a command");
    call_free(c);
    c = CALL(d, "try", "--each", "nothing", "--", "/bin/true");
    must_end_with(c, 2);
    call_free(c);
    c = CALL(d, "try", "--signal", "NOPE", "--", "/bin/true");
    must_end_with(c, 2);
    call_free(c);
    c = CALL(d, "try", "--each", "instruction", "--", "/bin/true");
    must_end_with(c, 2);
    must_hold(c->err, "--match");
    call_free(c);
    c = CALL(d, "try", "--ended", "INT,soon", "--", "/bin/true");
    must_end_with(c, 2);
    must_hold(c->err, "not 'soon'");
    call_free(c);
    c = CALL(d, "try", "--within", "3", "--", "/bin/true");
    must_end_with(c, 2);
    must_hold(c->err, "'3' is not a time");
    call_free(c);
    c = CALL(d, "try", "--leaks", "fds,memory", "--", "/bin/true");
    must_end_with(c, 2);
    must_hold(c->err, "use --memory TOOL");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(verdict_is_one_json_object)
{
    struct desk *d = desk_new();
    struct call *c =
        CALL(d, "try", "-q", "--json", "verdict.json", "--", "/bin/sh", "-c", ": >a; exec rm a");
    char *path = mem_printf("%s/verdict.json", d->path);
    const char *again;
    json_t *o;

    must_end_with(c, 1);
    o = json_load_file(path, 0, NULL);
    ck_assert_ptr_nonnull(o);
    ck_assert_str_eq(json_string_value(json_object_get(o, "verdict")), "findings");
    ck_assert_int_gt(json_integer_value(json_object_get(json_object_get(o, "engines"), "snapshot")),
                     0);
    again = json_string_value(
        json_object_get(json_array_get(json_object_get(o, "findings"), 0), "replay"));
    ck_assert_msg(strncmp(again, "sigsweep try --at ", 18) == 0, "%s", again);
    ck_assert_ptr_nonnull(strstr(again, " -- /bin/sh -c "));
    ck_assert_str_eq(json_string_value(json_object_get(
                         json_array_get(json_object_get(o, "findings"), 0), "confirmed")),
                     "5/5");
    json_decref(o);
    free(path);
    call_free(c);
    desk_free(d);
}
END_TEST

/* The file is read where it lies, stays as it is, and what a trial leaves beside it is found. */
START_TEST(here_runs_in_the_folder_as_it_is)
{
    struct desk *d = desk_new();
    char *path = mem_printf("%s/kept", d->path), *text;
    FILE *f = fopen(path, "we");
    struct call *c;

    ck_assert_ptr_nonnull(f);
    fputs("mine\n", f);
    fclose(f);
    c = CALL(d, "try", "--here", "--limit", "40", "--", "/bin/cat", "kept");
    must_end_with(c, 0);
    must_hold(c->err, "--here: every trial runs in this folder");
    must_hold(c->out, "-j 1");
    call_free(c);
    c = CALL(d, "try", "--here", "--match", "openat|unlink", "--", "/bin/sh", "-c",
             "read x < kept && : >made && exec rm made");
    must_end_with(c, 1);
    must_hold(c->out, "work/made");
    must_hold(c->out, "again     sigsweep try --here --at ");
    call_free(c);
    text = file_text(path);
    ck_assert_str_eq(text, "mine\n");
    c = CALL(d, "try", "--here", "--with", "kept", "--", "/bin/true");
    must_end_with(c, 2);
    must_hold(c->err, "can't be combined");
    call_free(c);
    c = CALL(d, "try", "--here", "--jobs", "2", "--", "/bin/true");
    must_end_with(c, 2);
    must_hold(c->err, "one trial at a time");
    call_free(c);
    free(text);
    free(path);
    desk_free(d);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("try");
    TCase *c = tcase_create("try");

    tcase_set_timeout(c, 120);
    tcase_add_test(c, trials_in_any_order_fold_into_the_same_stretches);
    tcase_add_test(c, here_runs_in_the_folder_as_it_is);
    tcase_add_test(c, clean_program_has_no_finding);
    tcase_add_test(c, file_left_is_found_confirmed_and_told_with_a_line_that_finds_it_again);
    tcase_add_test(c, points_that_do_not_go_with_the_look_for_lost_memory_are_refused);
    tcase_add_test(c, same_seed_same_verdict_for_any_number_of_workers);
    tcase_add_test(c, same_seed_same_points_and_verdicts_run_after_run);
    tcase_add_test(c, points_that_one_execution_passed_by_are_reached_in_the_next);
    tcase_add_test(c, command_that_fails_undisturbed_is_told_with_its_own_message);
    tcase_add_test(c, what_may_help_names_the_file_that_is_missing);
    tcase_add_test(c, points_in_time_reach_to_the_end_of_the_undisturbed_run);
    tcase_add_test(c, very_many_points_are_sampled_and_that_is_said);
    tcase_add_test(c, why_nothing_was_reached_is_told_with_what_may_help);
    tcase_add_test(c, wanted_findings_are_confirmed_when_asked);
    tcase_add_test(c, wrong_options_are_2);
    tcase_add_test(c, verdict_is_one_json_object);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    SRunner *r = srunner_create(suite());
    int failed;

    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
