/* test_subject.c - names that the program under test made up, compared. */
#include "support/subject.h"

#include <check.h>
#include <stdlib.h>

static const char *const same[][2] = {
    {"work/a", "work/a"},
    {"", ""},
    {"work/sedXXXXXX", "work/sedgpivth"}, /* its letters happened not to look random */
    {"tmp/tmpXXXXXXXX", "tmp/tmplmx_l_l3"},
    {"tmp/tmpyyksh08i/inner", "tmp/tmplmx_l_l3/inner"},
    {"tmp/par461NV.tst", "tmp/parIEKDz.tst"}, /* Perl: five */
    {"home/cache/cpp_stdout.tmp.11dgXR.i", "home/cache/cpp_stdout.tmp.2ghEvE.i"},
    {"tmp/n-5Xf1Cd/f", "tmp/n-chRgcR/f"},
    {"12 work/aQ3xT9k", "12 work/aZp81Lm"},
    {"tmp/lock.998", "tmp/lock.1004"}, /* $$ */
    {"tmp/lock.4711", "tmp/lock.4712"},
    {"tmp/lock.4711.new", "tmp/lock.5711.new"},
    {"work/out12345tmp", "work/out32999tmp"},
    {"work/out12345.tmp", "work/out132999.tmp"},
    {"tmp/dY7ab12/fQ3xT9", "tmp/dt9Xq0Z/fZp81L"}, /* at two places */
};

static const char *const different[][2] = {
    {"work/a", "work/b"},
    {"work/a", "work/a/b"},
    {"work/a", ""},
    {"work/sedXXXXXX", "work/sed.output"},
    {"work/sedXXXXXX", "work/seegpivth"},
    {"work/sedXXXXXX", "work/seeG1vTh"},
    {"tmp/ccXXXXXX.s", "tmp/ccabcdef.o"},
    {"work/parser.o", "work/lexers.o"},
    {"work/data12", "work/notes9"},
    {"work/Parser1", "work/Lexers2"},
    {"work/xaa", "work/xab"},
    {"work/tree/f1", "work/tree/f2"},
    {"objects/1c/tmp_obj_XXXXXX", "objects/1f/tmp_obj_XXXXXX"},
    {"cache/5/stats.tmp.X2HuOO.tmp", "cache/9/stats.tmp.HaBvU2.tmp"},
    {"sleep 100", "sleep 200"},
    {"/bin/sleep 100", "/bin/sleep 200"},
    {"exit code 130", "exit code 141"},
    {"work/part.001", "work/part.002"},
    {"work/part101", "work/part102"},
    {"work/part.10", "work/part.11"},
    {"work/part.12345", "work/part.x2345"},
    {"work/part.12345", "work/part."},
};

START_TEST(subjects_are_the_same_but_for_what_was_drawn_by_chance)
{
    const char *a = same[_i][0], *b = same[_i][1];

    ck_assert_msg(subjects_same(a, b) && subjects_same(b, a), "%s, %s", a, b);
}
END_TEST

START_TEST(subjects_that_a_person_would_tell_apart_differ)
{
    const char *a = different[_i][0], *b = different[_i][1];

    ck_assert_msg(!subjects_same(a, b) && !subjects_same(b, a), "%s, %s", a, b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("subject");
    TCase *tcase = tcase_create("subject");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, subjects_are_the_same_but_for_what_was_drawn_by_chance, 0,
                        sizeof(same) / sizeof(same[0]));
    tcase_add_loop_test(tcase, subjects_that_a_person_would_tell_apart_differ, 0,
                        sizeof(different) / sizeof(different[0]));
    suite_add_tcase(suite, tcase);
    srunner_set_fork_status(runner, CK_NOFORK); /* pure; a fork a check takes long with ASan */
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
