/* test_init.c - what `init` writes passes lint and runs clean, and nothing is overwritten. */
#include "cli_fixture.h"

static char *inside(const struct desk *d, const char *inner)
{
    return mem_printf("%s/%s", d->path, inner);
}

static void must_be_there(const struct desk *d, const char *inner, bool there)
{
    char *path = inside(d, inner);

    ck_assert_msg((access(path, F_OK) == 0) == there, "%s", path);
    free(path);
}

static void compile(const struct desk *d, const char *folder)
{
    char *command = mem_printf("cc -Wall -Wextra -Werror -o '%s/%s/sample' '%s/%s/sample.c'",
                               d->path, folder, d->path, folder);

    ck_assert_int_eq(system(command), 0);
    free(command);
}

static const struct {
    const char *lang, *folder, *source, *probe, *name;
} samples[] = {
    {"python", "py", "py/sample.py", "py/sigsweep_probe.py", "py-interrupted-rapid"},
    {"c", "My Tests/c", "My Tests/c/sample.c", "My Tests/c/probe.h", "c-interrupted-rapid"},
    {"sh", "a/b--c/", "a/b--c/sample.sh", NULL, "b-c-interrupted-rapid"},
};

START_TEST(a_sample_passes_the_scenario_that_is_written_with_it)
{
    struct desk *d = desk_new();
    struct call *c = CALL(d, "init", "--lang", samples[_i].lang, samples[_i].folder);
    char *yaml = mem_printf("%s/interrupted.yaml", samples[_i].folder);

    must_end_with(c, 0);
    must_hold(c->out, "interrupted.yaml\n");
    must_hold(c->out, "sigsweep run ");
    call_free(c);
    must_be_there(d, samples[_i].source, true);
    if (samples[_i].probe != NULL)
        must_be_there(d, samples[_i].probe, true);
    c = CALL(d, "lint", yaml);
    must_end_with(c, 0);
    call_free(c);
    if (strcmp(samples[_i].lang, "c") == 0)
        compile(d, samples[_i].folder);
    c = CALL(d, "run", "--out", "run", "--scratch", "scratch", yaml);
    must_end_with(c, 0);
    must_hold(c->out, samples[_i].name);
    must_hold(c->out, "5 scenarios: 5 passed; 5 of 5 trials");
    must_hold(c->out, ": 5 fired");
    call_free(c);
    free(yaml);
    desk_free(d);
}
END_TEST

/* The template's checks can fail: a sample that forgets its queue is caught. */
START_TEST(a_sample_that_is_broken_is_caught)
{
    struct desk *d = desk_new();
    struct call *c = CALL(d, "init", "-l", "sh", "sh");

    must_end_with(c, 0);
    call_free(c);
    char *command = mem_printf(
        "sed -i '/never started/,/fi$/s/event task.fini/: /' '%s/sh/sample.sh'", d->path);
    ck_assert_int_eq(system(command), 0);
    free(command);
    c = CALL(d, "run", "--out", "run", "--filter", "*-slots-full", "sh");
    must_end_with(c, 1);
    must_hold(c->out, "finding: task-unaccounted");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(a_file_that_is_there_is_kept_and_nothing_is_written)
{
    struct desk *d = desk_new();
    struct call *c;
    char *path = inside(d, "sample.py"), *text;

    desk_write(d, "sample.py", "mine\n");
    c = CALL(d, "init");
    must_end_with(c, 2);
    must_hold(c->err, "./sample.py is there already; nothing was written");
    call_free(c);
    must_be_there(d, "interrupted.yaml", false);
    must_be_there(d, "sigsweep_probe.py", false);
    text = file_text(path);
    ck_assert_str_eq(text, "mine\n");
    free(text);
    free(path);
    desk_free(d);
}
END_TEST

START_TEST(mistakes_are_told)
{
    struct desk *d = desk_new();
    struct call *c = CALL(d, "init", "--lang", "pyton");

    must_end_with(c, 2);
    must_hold(c->err, "did you mean 'python'?");
    call_free(c);
    c = CALL(d, "init", "a", "b");
    must_end_with(c, 2);
    must_hold(c->err, "one folder at most");
    call_free(c);
    c = CALL(d, "init", "a\nb");
    must_end_with(c, 2);
    must_hold(c->err, "control character");
    call_free(c);
    desk_write(d, "file", "");
    c = CALL(d, "init", "file");
    must_end_with(c, 2);
    must_hold(c->err, "sigsweep init: cannot ");
    call_free(c);
    c = CALL(d, "init", "--help");
    must_end_with(c, 0);
    must_hold(c->out, "--lang LANG");
    call_free(c);
    desk_free(d);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("init");
    TCase *c = tcase_create("init");

    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, a_sample_passes_the_scenario_that_is_written_with_it, 0,
                        (int)(sizeof(samples) / sizeof(samples[0])));
    tcase_add_test(c, a_sample_that_is_broken_is_caught);
    tcase_add_test(c, a_file_that_is_there_is_kept_and_nothing_is_written);
    tcase_add_test(c, mistakes_are_told);
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
