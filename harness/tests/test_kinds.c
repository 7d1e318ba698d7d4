/* test_kinds.c - none can be forgotten: each kind of finding has its page, a broken program that
 * shows just this kind, a fixed twin in which nothing is found, and tests of its check on records;
 * `try` finds it without YAML, where nobody has to tell it something. */
#include "scenario/load.h"
#include "support/buf.h"

#include <check.h>
#include <ctype.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *contents(const char *path)
{
    struct buf b = {0};
    char chunk[4096];
    size_t n;
    FILE *f = fopen(path, "re");

    ck_assert_msg(f != NULL, "%s is missing", path);
    while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
        buf_add(&b, chunk, n);
    fclose(f);
    return buf_take(&b);
}

START_TEST(each_kind_has_a_page_that_says_how_it_comes_about_how_to_mend_it_and_how_severe_it_is)
{
    static const char *const parts[] = {"**How it comes about.**", "**How to mend it.**",
                                        "**Severity.**"};
    const char *kind = kind_name((enum finding_kind)_i);
    char *path = mem_printf("docs/findings/%s.md", kind), *page = contents(path);
    char *title = mem_printf("# %s\n", kind);
    char *shown = mem_printf("`scenarios/findings/%s-broken.yaml`", kind);

    ck_assert_msg(strncmp(page, title, strlen(title)) == 0, "%s: its title is not the kind", path);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        ck_assert_msg(strstr(page, parts[i]) != NULL, "%s lacks %s", path, parts[i]);
    ck_assert_msg(strstr(page, shown) != NULL, "%s does not name %s", path, shown);
    free(path);
    free(page);
    free(title);
    free(shown);
}
END_TEST

START_TEST(each_kind_is_in_the_list_of_pages)
{
    char *list = contents("docs/findings/README.md");
    char *entry = mem_printf("[%s](%s.md)", kind_name((enum finding_kind)_i),
                             kind_name((enum finding_kind)_i));

    ck_assert_msg(strstr(list, entry) != NULL, "docs/findings/README.md lacks %s", entry);
    free(list);
    free(entry);
}
END_TEST

static void load(struct scenario *s, const char *kind, const char *twin)
{
    char *path = mem_printf("scenarios/findings/%s-%s.yaml", kind, twin);
    struct buf messages = {0};

    ck_assert_msg(scenario_load(path, s, &messages) == 0, "%s: %s", path,
                  messages.len != 0 ? messages.data : "");
    buf_free(&messages);
    free(path);
}

START_TEST(each_kind_has_a_broken_program_that_shows_it_alone)
{
    const char *kind = kind_name((enum finding_kind)_i);
    struct scenario s;

    load(&s, kind, "broken");
    ck_assert_msg(s.expect.has_findings && s.expect.findings == KIND_BIT(_i),
                  "%s-broken must expect just this kind", kind);
    scenario_free(&s);
}
END_TEST

START_TEST(each_kind_has_a_fixed_twin)
{
    const char *kind = kind_name((enum finding_kind)_i);
    struct scenario s;

    load(&s, kind, "fixed");
    ck_assert_msg(!s.expect.has_findings, "%s-fixed expects findings", kind);
    scenario_free(&s);
}
END_TEST

/* KIND_FILE_LEFT */
static char *name_in_c(const char *kind)
{
    char *name = mem_printf("KIND_%s", kind);

    for (char *c = name; *c != '\0'; c++)
        *c = (char)(*c == '-' ? '_' : toupper((unsigned char)*c));
    return name;
}

START_TEST(each_kind_is_found_on_a_record_in_some_test)
{
    char *wanted = name_in_c(kind_name((enum finding_kind)_i));
    size_t len = strlen(wanted);
    bool found = false;
    glob_t files;

    ck_assert_int_eq(glob("harness/tests/test_judge_*.c", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc && !found; i++) {
        char *text = contents(files.gl_pathv[i]);
        for (const char *at = text; !found && (at = strstr(at, wanted)) != NULL; at += len)
            found = at[len] == ',' || at[len] == ')';
        free(text);
    }
    ck_assert_msg(found, "no harness/tests/test_judge_*.c speaks of %s", wanted);
    globfree(&files);
    free(wanted);
}
END_TEST

/* Told by events, or by what only their author knows; ci/check-try says so at its top. */
#define NEEDS_WORDS                                                                                \
    (KIND_BIT(KIND_CLEANUP_MISSING) | KIND_BIT(KIND_CLEANUP_REPEATED) |                            \
     KIND_BIT(KIND_CLEANUP_ORDER) | KIND_BIT(KIND_CLEANUP_CUT) | KIND_BIT(KIND_TASK_UNACCOUNTED) | \
     KIND_BIT(KIND_STARTED_AFTER_CANCEL) | KIND_BIT(KIND_SLOTS_EXCEEDED) | KIND_BIT(KIND_OUTPUT) | \
     KIND_BIT(KIND_CLIENT))

START_TEST(each_kind_that_needs_no_words_is_looked_for_by_try)
{
    const char *kind = kind_name((enum finding_kind)_i);
    char *text = contents("ci/check-try");
    char *pair = mem_printf("\npair %s", kind), *want = mem_printf("\nwant %s ", kind);

    if ((NEEDS_WORDS & KIND_BIT(_i)) == 0)
        ck_assert_msg(strstr(text, pair) != NULL || strstr(text, want) != NULL,
                      "ci/check-try does not look for %s", kind);
    free(text);
    free(pair);
    free(want);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        each_kind_has_a_page_that_says_how_it_comes_about_how_to_mend_it_and_how_severe_it_is,
        each_kind_is_in_the_list_of_pages,
        each_kind_has_a_broken_program_that_shows_it_alone,
        each_kind_has_a_fixed_twin,
        each_kind_is_found_on_a_record_in_some_test,
        each_kind_that_needs_no_words_is_looked_for_by_try,
    };
    Suite *suite = suite_create("kinds");
    TCase *tcase = tcase_create("kinds");
    SRunner *runner = srunner_create(suite);
    int failed;

    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_loop_test(tcase, tests[i], 0, KIND_COUNT);
    suite_add_tcase(suite, tcase);
    srunner_set_fork_status(runner, CK_NOFORK); /* pure; a fork a check takes long with ASan */
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
