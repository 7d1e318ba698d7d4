/* test_languages.c - the programs of docs/reference/events.md report from where they stand: a point
 * on an event of theirs is exact, in each language, also from another thread. One that was not
 * built, because its compiler is not here, is left out. */
#include "trial_fixture.h"

static const char *const languages[] = {"c",    "python", "go",   "rust", "node",
                                        "java", "ruby",   "perl", "bash"};

/* What runs it is there: a script's interpreter, or all that the Makefile needed to build it. */
static bool can_run(const char *path, const char *language)
{
    char *interpreter = program_find(language, NULL);
    bool there = interpreter != NULL || strcmp(language, "c") == 0 || strcmp(language, "rust") == 0;

    free(interpreter);
    return there && access(path, X_OK) == 0;
}

START_TEST(event_point_is_exact_in_the_program_of_the_docs)
{
    const char *language = languages[_i];
    const char *build = getenv("BUILD") != NULL ? getenv("BUILD") : "build";
    char *path = mem_printf("%s/programs/probe-%s", build, language);
    char *absolute = realpath(path, NULL);
    struct stage *t;
    const struct record *r;

    if (absolute != NULL && can_run(absolute, language)) {
        t = STAGE(absolute);
        t->s.program.env = LIST("JDK_JAVA_OPTIONS=--add-opens java.base/java.io=ALL-UNNAMED");
        r = stage_run(t, "INT@event:ready,INT@event:cleanup.begin");
        must_exit(r, 130);
        ck_assert_uint_eq(r->events_bad, 0);
        ck_assert_uint_eq(events_of(r, EVENT_TASK_FINI), 1);
        for (size_t i = 0; i < r->deliveries_n; i++)
            ck_assert_msg(r->deliveries[i].sent_ns >= 0 && r->deliveries[i].exact, "%s", language);
        stage_free(t);
    }
    free(absolute);
    free(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("languages");
    TCase *tcase = tcase_create("languages");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 180);
    tcase_add_loop_test(tcase, event_point_is_exact_in_the_program_of_the_docs, 0,
                        sizeof(languages) / sizeof(languages[0]));
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
