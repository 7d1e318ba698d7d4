/* The reports, from synthetic run folders. Run from the repo root (xmllint reads the schema there).
 */
#include "escape.h"
#include "report.h"
#include "runlog.h"
#include "stats.h"
#include "support/buf.h"

#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char base[] = "/tmp/test-reports-XXXXXX"; /* main makes it and takes it away */

/* Makes a run folder; the caller frees its name. */
static char *folder(const char *run, const char *trials)
{
    char *dir = mem_printf("%s/XXXXXX", base);
    const char *const names[] = {"run.json", "trials.jsonl"}, *texts[] = {run, trials};

    ck_assert_ptr_nonnull(mkdtemp(dir));
    for (int i = 0; i < 2; i++) {
        char *path = mem_printf("%s/%s", dir, names[i]);
        FILE *f = texts[i] != NULL ? fopen(path, "w") : NULL;

        if (f != NULL) {
            fputs(texts[i], f);
            ck_assert_int_eq(fclose(f), 0);
        }
        free(path);
    }
    return dir;
}

static char *contents(const char *dir, const char *name)
{
    char *path = mem_printf("%s/%s", dir, name), part[4096];
    struct buf text = {0};
    size_t got;
    FILE *f = fopen(path, "r");

    ck_assert_msg(f != NULL, "no %s", path);
    while ((got = fread(part, 1, sizeof(part), f)) > 0)
        buf_add(&text, part, got);
    fclose(f);
    free(path);
    return buf_take(&text);
}

static char *report(const char *dir, const char *format)
{
    struct error err = {""};
    char *path = mem_printf("%s/out", dir), *text;
    int rc = report_write(dir, format, path, &err);

    ck_assert_msg(rc == 0, "%s", err.text);
    text = contents(dir, "out");
    free(path);
    return text;
}

static void check_schema(const char *dir)
{
    char *command = mem_printf("xmllint --noout --schema reports/tests/jenkins-junit.xsd %s/out "
                               "2>&1",
                               dir);

    ck_assert_int_eq(system(command), 0);
    free(command);
}

#define RUN(scenarios)                                                                             \
    "{\"format\":1,\"name\":\"r\",\"state\":\"finished\",\"scenarios\":[" scenarios "]}"
#define ONE "{\"name\":\"a\",\"file\":\"s/a.yaml\",\"planned\":1,\"verdict\":\"passed\"}"
#define TRIAL                                                                                      \
    "{\"trial\":1,\"scenario\":\"a\",\"outcome\":\"passed\",\"times_ns\":{\"signal\":1000,"        \
    "\"exit\":51000},\"deliveries\":[{\"state\":\"fired\",\"sent_ns\":1000}]}\n"

START_TEST(hostile_text_gives_valid_junit)
{
    char *dir = folder(
        RUN("{\"name\":\"]]>&<\\\"\\u0001\\n\",\"file\":\"x.y/z.yaml\",\"planned\":1,"
            "\"verdict\":\"failed\"}"),
        "{\"trial\":1,\"scenario\":\"]]>&<\\\"\\u0001\\n\",\"outcome\":\"failed\",\"findings\":"
        "[{\"kind\":\"hang\",\"subject\":\"a\\u001b[0m\",\"message\":\"]]> & "
        "\xff\xfe\\nnext\"}]}\n");
    char *xml = report(dir, "junit");

    check_schema(dir);
    ck_assert_ptr_null(strstr(xml, "]]>"));
    ck_assert_ptr_null(strchr(xml, '\x1b'));
    ck_assert_ptr_nonnull(strstr(xml, "<failure type=\"hang\""));
    ck_assert_ptr_nonnull(strstr(xml, "sigsweep replay /tmp/test-reports-"));
    free(xml);
    free(dir);
}
END_TEST

START_TEST(scenarios_of_one_name_get_unique_testcases)
{
    char *dir = folder(RUN(ONE "," ONE), TRIAL), *xml = report(dir, "junit");

    check_schema(dir);
    ck_assert_ptr_nonnull(strstr(xml, "name=\"a\""));
    ck_assert_ptr_nonnull(strstr(xml, "name=\"a (2)\""));
    free(xml);
    free(dir);
}
END_TEST

START_TEST(untested_and_unfinished_scenarios_are_skipped_never_passed)
{
    char *dir = folder("{\"format\":1,\"state\":\"running\",\"scenarios\":[{\"name\":\"a\","
                       "\"planned\":5}]}",
                       TRIAL);
    char *xml = report(dir, "junit"), *json;

    check_schema(dir);
    ck_assert_ptr_nonnull(strstr(xml, "<skipped type=\"incomplete\""));
    json = report(dir, "json");
    ck_assert_ptr_nonnull(strstr(json, "\"verdict\": \"untested\""));
    free(json);
    free(xml);
    free(dir);
}
END_TEST

#define SWEPT                                                                                      \
    RUN("{\"name\":\"a\",\"file\":\"s/a.yaml\",\"points\":\"INT@each:syscall/all\",\"planned\":3," \
        "\"verdict\":\"failed\"}")
#define POINT(n, outcome, state, site, more)                                                       \
    "{\"trial\":" n ",\"scenario\":\"a\",\"at\":\"INT@syscall:1.1." n                              \
    "=read\",\"outcome\":\"" outcome "\",\"where\":\"main (a.c:7)\",\"site\":" site                \
    ",\"deliveries\":[{\"state\":\"" state "\",\"sent_ns\":1}]" more "}\n"
#define SITES                                                                                      \
    "{\"site\":1,\"function\":\"main\",\"object\":\"a\",\"file\":\"/s/a.c\",\"line\":7,"           \
    "\"text\":\"main (a.c:7)\"}\n"                                                                 \
    "{\"site\":2,\"function\":\"late\",\"object\":\"a\",\"file\":\"/s/a.c\",\"line\":3,"           \
    "\"text\":\"late (a.c:3)\"}\n"                                                                 \
    "{\"site\":3,\"function\":\"libc.so.6+0x1\",\"object\":\"libc.so.6\",\"file\":null,"           \
    "\"line\":0,\"text\":\"libc.so.6+0x1\"}\n"

static void put_sites(const char *dir, const char *text)
{
    char *path = mem_printf("%s/sites.jsonl", dir);
    FILE *f = fopen(path, "w");

    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    ck_assert_int_eq(fclose(f), 0);
    free(path);
}

START_TEST(coverage_counts_the_signals_that_landed)
{
    char *dir = folder(
        SWEPT, POINT("1", "passed", "fired", "1", "") POINT("2", "failed", "fired", "1", "")
                   POINT("3", "passed", "masked", "2", "") POINT("4", "passed", "fired", "3", ""));
    char *info;

    put_sites(dir, SITES);
    info = report(dir, "lcov");
    ck_assert_str_eq(info, "TN:\nSF:/s/a.c\nFN:3,late\nFN:7,main\nFNDA:0,late\nFNDA:2,main\n"
                           "FNF:2\nFNH:1\nDA:3,0\nDA:7,2\nLF:2\nLH:1\nend_of_record\n");
    free(info);
    free(dir);
}
END_TEST

START_TEST(coverage_names_a_broken_line_and_leaves_out_a_torn_one)
{
    char *dir = folder(SWEPT, POINT("1", "passed", "fired", "1", "")), *info;
    char *path = mem_printf("%s/out", dir);
    struct error err = {""};

    put_sites(dir, SITES "{\"site\":4,\"fun");
    info = report(dir, "lcov");
    ck_assert_ptr_nonnull(strstr(info, "DA:7,1\n"));
    put_sites(dir, SITES "{\"site\":9}\n");
    ck_assert_int_eq(report_write(dir, "lcov", path, &err), -EINVAL);
    ck_assert_ptr_nonnull(strstr(err.text, "sites.jsonl:4"));
    free(path);
    free(info);
    free(dir);
}
END_TEST

/* The data that gnuplot draws; the pictures themselves need gnuplot. */
START_TEST(markdown_says_how_many_trials_were_copies)
{
    char *dir = folder(SWEPT, POINT("1", "passed", "fired", "1", ",\"engine\":\"snapshot\"")
                                  POINT("2", "passed", "fired", "1", "")),
         *text;

    text = report(dir, "markdown");
    ck_assert_ptr_nonnull(strstr(text, "1 trial was made by copying the running program, 1 by"));
    free(text);
    free(dir);
}
END_TEST

START_TEST(strip_shows_each_points_outcome)
{
    char *dir =
        folder(SWEPT, POINT("1", "passed", "fired", "1", "")
                          POINT("2", "failed", "fired", "1",
                                ",\"findings\":[{\"kind\":\"file-left\",\"subject\":\"x\"}]")
                              POINT("3", "passed", "masked", "2", "")
                                  POINT("4", "unreached", "unsent", "2", ""));
    char *plots = mem_printf("%s/plots", dir), *data, *script;
    struct error err = {""};

    ck_assert_msg(report_write(dir, "plots", plots, &err) == 0, "%s", err.text);
    data = contents(plots, "strip-1.dat");
    ck_assert_str_eq(data, "# first point, last point, outcome, colour\n"
                           "1\t1\tclean\t0xBFE3CB\n2\t2\tfile-left\t0xD55E00\n"
                           "3\t3\tmasked\t0x56B4E9\n4\t4\tunreached\t0xBBBBBB\n");
    script = contents(plots, "strip-1.gp");
    ck_assert_ptr_nonnull(strstr(script, "from main (a.c:7)"));
    free(script);
    free(data);
    free(plots);
    free(dir);
}
END_TEST

#define PAIR(n, first, second, outcome, more)                                                      \
    "{\"trial\":" n ",\"scenario\":\"a\",\"at\":\"INT@syscall:1.1." first                          \
    "=read,INT@syscall:1.1." second "=write\",\"outcome\":\"" outcome                              \
    "\",\"deliveries\":[{\"state\":\"fired\",\"sent_ns\":1}]" more "}\n"

START_TEST(pairs_lie_on_the_axes_by_the_counts_of_their_calls)
{
    char *dir =
        folder(RUN("{\"name\":\"a\",\"points\":\"INT@each:syscall,INT@each:syscall\",\"planned\":3,"
                   "\"verdict\":\"failed\"}"),
               PAIR("1", "9", "12", "passed", "") PAIR("2", "10", "12", "passed", "")
                   PAIR("3", "9", "11", "failed",
                        ",\"findings\":[{\"kind\":\"hang\",\"subject\":\"x\"}]"));
    char *plots = mem_printf("%s/plots", dir), *data;
    struct error err = {""};

    ck_assert_msg(report_write(dir, "plots", plots, &err) == 0, "%s", err.text);
    data = contents(plots, "pairs-1.dat");
    ck_assert_str_eq(strchr(data, '\n') + 1, "1\t1\t1\t1\thang\t0xD55E00\n"
                                             "1\t1\t2\t2\tclean\t0xBFE3CB\n"
                                             "2\t2\t2\t2\tclean\t0xBFE3CB\n");
    free(data);
    free(plots);
    free(dir);
}
END_TEST

START_TEST(torn_last_line_is_left_out_and_said)
{
    char *dir = folder(RUN(ONE), TRIAL "{\"trial\":2,\"scen"), *json = report(dir, "json");

    ck_assert_ptr_nonnull(strstr(json, "cut off"));
    ck_assert_ptr_nonnull(strstr(json, "\"run\": 1"));
    free(json);
    free(dir);
}
END_TEST

static void refused(const char *dir, const char *because)
{
    struct error err = {""};

    ck_assert_int_lt(report_write(dir, "json", "/dev/null", &err), 0);
    ck_assert_msg(strstr(err.text, because) != NULL, "\"%s\" lacks \"%s\"", err.text, because);
}

START_TEST(what_can_not_be_read_is_refused_with_the_place)
{
    char *dir = folder("{\"format\":99}", NULL);

    refused(dir, "format 99");
    refused("/nonexistent/run", "no such run folder");
    refused("/tmp", "not a run folder");
    free(dir);
    dir = folder(RUN(ONE), TRIAL "garbage\n" TRIAL);
    refused(dir, "trials.jsonl:2: not JSON");
    free(dir);
    dir = folder(RUN(ONE), "{\"trial\":1}\n");
    refused(dir, "trials.jsonl:1: not a trial: no \"scenario\"");
    free(dir);
}
END_TEST

START_TEST(empty_run_gives_every_report_and_no_picture)
{
    char *dir = folder(RUN(""), "");
    struct report_written w = {0};
    struct error err = {""};

    ck_assert_msg(report_write_to(dir, "all", NULL, -1, &w, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(w.paths_n, 3);
    ck_assert_uint_ge(w.notes_n, 1);
    report_written_free(&w);
    free(report(dir, "junit"));
    check_schema(dir);
    free(dir);
}
END_TEST

START_TEST(without_gnuplot_scripts_and_data_are_written_and_a_note)
{
    char *dir = folder(RUN(ONE), TRIAL), *text;
    struct report_written w = {0};
    struct error err = {""};

    setenv("PATH", "/nonexistent", 1);
    setenv("SIGSWEEP_PLOTS", "reports/plots", 1);
    ck_assert_int_eq(report_write_to(dir, "plots", NULL, -1, &w, &err), 0);
    ck_assert_uint_eq(w.paths_n, 0);
    ck_assert_ptr_nonnull(strstr(w.notes[0], "gnuplot is not installed"));
    text = contents(dir, "report/plots/latency-scenarios.gp");
    free(text);
    text = contents(dir, "report/plots/latency-scenarios.dat");
    ck_assert_ptr_nonnull(strstr(text, "0.000050000"));
    free(text);
    report_written_free(&w);
    free(dir);
}
END_TEST

START_TEST(pictures_are_drawn_as_svg_and_png)
{
    char *dir = folder(RUN(ONE), TRIAL TRIAL);
    struct report_written w = {0};
    struct error err = {""};

    setenv("SIGSWEEP_PLOTS", "reports/plots", 1);
    ck_assert_int_eq(report_write_to(dir, "plots", NULL, -1, &w, &err), 0);
    ck_assert_msg(w.paths_n == 4, "%zu pictures; %s", w.paths_n, w.notes_n ? w.notes[0] : "");
    report_written_free(&w);
    free(dir);
}
END_TEST

START_TEST(percentiles_are_nearest_rank_and_count_what_never_ended)
{
    struct stats s = {0};

    for (int i = 100; i >= 1; i--)
        stats_add(&s, i);
    stats_sort(&s);
    ck_assert_int_eq(stats_percentile(&s, 50), 50);
    ck_assert_int_eq(stats_percentile(&s, 99), 99);
    ck_assert_int_eq(stats_max(&s), 100);
    s.never = 100;
    ck_assert_int_eq(stats_percentile(&s, 50), 100);
    ck_assert_int_eq(stats_percentile(&s, 90), -1);
    ck_assert_int_eq(stats_max(&s), -1);
    stats_free(&s);
}
END_TEST

START_TEST(memory_does_not_grow_with_the_trials_contents)
{
    char *dir = folder(RUN(ONE), ""), *path = mem_printf("%s/trials.jsonl", dir);
    char *filler = mem_alloc(8193);
    struct rusage before, after;
    FILE *f = fopen(path, "w");

    memset(filler, 'x', 8192);
    for (int i = 0; i < 8000; i++) /* 64 MB */
        fprintf(f,
                "{\"trial\":%d,\"scenario\":\"a\",\"outcome\":\"passed\",\"stdout\":{\"head\":\"%"
                "s\"}}\n",
                i, filler);
    ck_assert_int_eq(fclose(f), 0);
    getrusage(RUSAGE_SELF, &before);
    free(report(dir, "json"));
    getrusage(RUSAGE_SELF, &after);
#ifndef __SANITIZE_ADDRESS__ /* which keeps freed memory */
    ck_assert_int_lt(after.ru_maxrss - before.ru_maxrss, 8192);
#endif
    unlink(path);
    free(filler);
    free(path);
    free(dir);
}
END_TEST

static int removed(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

int main(void)
{
    Suite *suite = suite_create("reports");
    TCase *all = tcase_create("reports");
    SRunner *runner;
    int failed;

    setenv("SIGSWEEP_PLOTS", "reports/plots", 0);
    if (mkdtemp(base) == NULL) {
        perror(base);
        return 1;
    }
    tcase_set_timeout(all, 60);
    tcase_add_test(all, hostile_text_gives_valid_junit);
    tcase_add_test(all, scenarios_of_one_name_get_unique_testcases);
    tcase_add_test(all, untested_and_unfinished_scenarios_are_skipped_never_passed);
    tcase_add_test(all, coverage_counts_the_signals_that_landed);
    tcase_add_test(all, coverage_names_a_broken_line_and_leaves_out_a_torn_one);
    tcase_add_test(all, markdown_says_how_many_trials_were_copies);
    tcase_add_test(all, strip_shows_each_points_outcome);
    tcase_add_test(all, pairs_lie_on_the_axes_by_the_counts_of_their_calls);
    tcase_add_test(all, torn_last_line_is_left_out_and_said);
    tcase_add_test(all, what_can_not_be_read_is_refused_with_the_place);
    tcase_add_test(all, empty_run_gives_every_report_and_no_picture);
    tcase_add_test(all, without_gnuplot_scripts_and_data_are_written_and_a_note);
    tcase_add_test(all, pictures_are_drawn_as_svg_and_png);
    tcase_add_test(all, percentiles_are_nearest_rank_and_count_what_never_ended);
    tcase_add_test(all, memory_does_not_grow_with_the_trials_contents);
    suite_add_tcase(suite, all);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    nftw(base, removed, 16, FTW_DEPTH | FTW_PHYS);
    return failed == 0 ? 0 : 1;
}
