/* test_kinds.c - none can be forgotten: each kind of finding has its page, a broken program that
 * shows just this kind, and a fixed twin in which nothing is found. */
#include "scenario/load.h"
#include "support/buf.h"

#include <check.h>
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

int main(void)
{
    const TTest *const tests[] = {
        each_kind_has_a_page_that_says_how_it_comes_about_how_to_mend_it_and_how_severe_it_is,
        each_kind_is_in_the_list_of_pages,
        each_kind_has_a_broken_program_that_shows_it_alone,
        each_kind_has_a_fixed_twin,
    };
    Suite *suite = suite_create("kinds");
    TCase *tcase = tcase_create("kinds");
    SRunner *runner = srunner_create(suite);
    int failed;

    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_loop_test(tcase, tests[i], 0, KIND_COUNT);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
