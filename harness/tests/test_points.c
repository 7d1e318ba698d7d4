/* test_points.c - interrupts as text: what is read, that it is written back exactly, and what each
 * mistake is told as. */
#include "plan/points.h"
#include "support/rng.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Read and written back as it is. */
static const char *const exact[] = {
    "INT@after:50ms",
    "INT>group@start",
    "TERM@event:cleanup.begin#2",
    "INT@state:slots-full",
    "INT@state:queued>=1+running=4",
    "INT@state:started>2+level<3",
    "INT@state:done<=9",
    "INT*5/500us@after:2ms",
    "INT*1/1ms@after:2ms",
    "INT*3@start",
    "HUP*3/1s>thread@event:ready",
    "INT>terminal@output:\\\\^C",
    "INT@output:done\\, now",
    "INT@output:a\\\\.b",
    "INT@output:x#2#1",
    "INT@output:x#y",
    "INT@output:a@b>c*d:e",
    "INT@notify:READY=1",
    "INT@notify:STATUS=50%\\, soon#3",
    "INT@between:0s..300ms*200",
    "INT@between:1us..1s*200~octaves",
    "RTMIN+3@after:0s",
    "INT@event:cleanup.begin#2,INT@after:1ms,KILL@after:5s",
    "INT@after:0.500us",
    "INT@syscall:openat",
    "INT@syscall:openat#3/before",
    "INT@syscall:read/inside",
    "INT@syscall:1.1.214=openat",
    "INT@syscall:2.3.7/before",
    "INT@function:qs_wake#3",
    "INT@function:1.1:qs_wake#3",
    "INT@function:libc:probe_name#2",
    "INT@function:1.2:libc:probe_name",
    "INT@instruction:qs_switch+0x0",
    "INT@instruction:1.1:qs_switch+0x12#3",
    "INT@each:syscall",
    "INT@each:syscall/all~match=^(open|read)~from=event:ready~to=function:main#2",
    "INT@each:event~from=syscall:1.1.5=read/before",
    "INT@each:function~match=a\\~b\\,c\\\\.d~in=libc.so.6",
    "INT@each:instruction~match=^qs_switch$~in=a=b",
    "INT@event:cleanup.begin,INT@each:syscall/before",
};

/* Read, and written back in the usual spelling. */
static const struct {
    const char *text, *usual;
} respelt[] = {
    {"SIGINT@after:50ms", "INT@after:50ms"},
    {"int>process@after:1000us", "INT@after:1ms"},
    {"INT*1@start", "INT@start"},
    {"INT@event:ready#1", "INT@event:ready"},
    {"INT@state:running=4+queued>=1", "INT@state:queued>=1+running=4"},
    {"INT@between:0ms..1s", "INT@between:0s..1s*100"},
    {"INT@between:0ms..1s*5~uniform", "INT@between:0s..1s*5"},
    {"INT@output:a\\.b", "INT@output:a\\\\.b"},
    {"INT@syscall:openat#1/after", "INT@syscall:openat"},
    {"INT@instruction:f+18", "INT@instruction:f+0x12"},
    {"INT@instruction:f", "INT@instruction:f+0x0"},
    {"INT@each:syscall/after~to=event:ready~from=event:ready#1",
     "INT@each:syscall~from=event:ready~to=event:ready"},
    {"INT@each:event~match=a\\.b", "INT@each:event~match=a\\\\.b"},
};

static const struct {
    const char *text, *message;
} wrong[] = {
    {"", "at character 1 of ``: expected an interrupt such as INT@after:50ms, found nothing"},
    {"INT", "at character 4 of `INT`: expected `@` and a point, as in INT@after:50ms"},
    {"INT@start,", "at character 11 of `INT@start,`: expected an interrupt such as "
                   "INT@after:50ms, found nothing"},
    {"INT@aftr:50ms", "at character 5 of `INT@aftr:50ms`: unknown point `aftr`; did you mean "
                      "`after`?"},
    {"INT@", "at character 5 of `INT@`: unknown point ``"},
    {"INT@after", "at character 5 of `INT@after`: `after` needs an argument: `after:...`"},
    {"INT@start:1", "at character 11 of `INT@start:1`: `start` takes no argument"},
    {"INT@after:50", "at character 11 of `INT@after:50`: `50` needs a unit: us, ms, s or m, as in "
                     "`50ms`"},
    {"INT@after:x", "at character 11 of `INT@after:x`: expected a duration such as 50ms, found "
                    "`x`"},
    {"INT@after:-1s", "at character 11 of `INT@after:-1s`: `-1s` is out of range"},
    {"TREM@start", "at character 1 of `TREM@start`: unknown signal `TREM`; did you mean `TERM`?"},
    {"@start", "at character 1 of `@start`: unknown signal ``"},
    {"INT>grup@start", "at character 5 of `INT>grup@start`: unknown target `grup`; did you mean "
                       "`group`?"},
    {"TERM>terminal@start", "at character 1 of `TERM>terminal@start`: a terminal can type INT, "
                            "QUIT and TSTP only, not TERM"},
    {"INT*0@start", "at character 5 of `INT*0@start`: `0` is out of range: 1 to 100000"},
    {"INT*x@start", "at character 5 of `INT*x@start`: expected a number, found `x`"},
    {"INT*5/1@start", "at character 7 of `INT*5/1@start`: `1` needs a unit: us, ms, s or m, as in "
                      "`1ms`"},
    {"INT@event:cleanup.begn", "at character 11 of `INT@event:cleanup.begn`: unknown event "
                               "`cleanup.begn`; did you mean `cleanup.begin`?"},
    {"INT@event:ready#0", "at character 17 of `INT@event:ready#0`: `0` is out of range: 1 to "
                          "1000000"},
    {"INT@state:slot-full", "at character 11 of `INT@state:slot-full`: unknown state `slot-full`; "
                            "did you mean `slots-full`?"},
    {"INT@state:runing=4", "at character 11 of `INT@state:runing=4`: unknown count `runing`; did "
                           "you mean `running`?"},
    {"INT@state:running=4+running=5", "at character 21 of `INT@state:running=4+running=5`: "
                                      "`running` is given twice"},
    {"INT@state:running=>4", "at character 18 of `INT@state:running=>4`: expected a count such as "
                             "`running=4` or `running>=1`"},
    {"INT@state:running=4+", "at character 21 of `INT@state:running=4+`: unknown count ``"},
    {"INT@output:(a", "at character 12 of `INT@output:(a`: not a regular expression: Unmatched ( "
                      "or \\("},
    {"INT@notify:READY", "at character 12 of `INT@notify:READY`: a notify line is NAME=VALUE, such "
                         "as READY=1"},
    {"INT@between:1s", "at character 13 of `INT@between:1s`: expected two durations such as "
                       "0ms..300ms, found `1s`"},
    {"INT@between:2s..1s", "at character 13 of `INT@between:2s..1s`: `1s` is before `2s`"},
    {"INT@between:0s..1s*0", "at character 20 of `INT@between:0s..1s*0`: `0` is out of range: 1 to "
                             "1000000"},
    {"INT@syscall:opnat",
     "at character 13 of `INT@syscall:opnat`: unknown system call `opnat`; did "
     "you mean `openat`?"},
    {"INT@each:syscall~form=x", "at character 18 of `INT@each:syscall~form=x`: unknown modifier "
                                "`form`; did you mean `from`?"},
    {"INT@between:0s..1s~log", "at character 20 of `INT@between:0s..1s~log`: unknown prior `log`: "
                               "uniform or octaves"},
};

/* Refused, whatever it is told as. */
static const char *const bad[] = {
    "INT@syscall",
    "INT@syscall:",
    "INT@syscall:#3",
    "INT@syscall:/before",
    "INT@syscall:nosuchcall",
    "INT@syscall:read/all",
    "INT@syscall:read/befor",
    "INT@syscall:read#0",
    "INT@syscall:1",
    "INT@syscall:1.1",
    "INT@syscall:0.1.1",
    "INT@syscall:1.0.1",
    "INT@syscall:1.1.0",
    "INT@syscall:1.1.1=",
    "INT@syscall:1.1.1.1",
    "INT@syscall:99999999999.1.1",
    "INT@function:",
    "INT@function:1.1",
    "INT@function:1.1:",
    "INT@function:a:b:c",
    "INT@function::b",
    "INT@function:a:",
    "INT@function:a b",
    "INT@function:a+0x1",
    "INT@instruction:f+",
    "INT@instruction:f+0x",
    "INT@instruction:f+-1",
    "INT@instruction:f+0x1ffffffffffffffff",
    "INT@instruction:+1",
    "INT@each",
    "INT@each:",
    "INT@each:syscal",
    "INT@each:event/before",
    "INT@each:syscall/",
    "INT@each:syscall~",
    "INT@each:syscall~match",
    "INT@each:syscall~match=",
    "INT@each:syscall~match=(",
    "INT@each:syscall~in=libc",
    "INT@each:function~in=",
    "INT@each:syscall~from=event:ready~from=event:ready",
    "INT@each:syscall~from=start",
    "INT@each:syscall~from=output:x",
    "INT@each:syscall~from=each:syscall",
    "INT@each:syscall~from=syscall:read/all",
    "INT@each:syscall~from=",
    "INT@each:instruction",
};

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static char *rewritten(const char *text)
{
    struct interrupt *list = NULL;
    struct buf out = {0};
    struct error err = {0};
    size_t n = 0;
    int rc = points_parse(text, &list, &n, &err);

    ck_assert_msg(rc == 0, "%s: %s", text, err.text);
    points_print(list, n, &out);
    points_free(list, n);
    return buf_take(&out);
}

START_TEST(text_is_read_and_written_back_exactly)
{
    char *back = rewritten(exact[_i]);

    ck_assert_str_eq(back, exact[_i]);
    free(back);
}
END_TEST

START_TEST(other_spellings_are_written_back_in_the_usual_one)
{
    char *back = rewritten(respelt[_i].text);

    ck_assert_str_eq(back, respelt[_i].usual);
    free(back);
}
END_TEST

START_TEST(mistake_is_told_with_its_place)
{
    struct interrupt *list = NULL;
    struct error err = {0};
    size_t n = 0;

    ck_assert_int_eq(points_parse(wrong[_i].text, &list, &n, &err), -EINVAL);
    ck_assert_str_eq(err.text, wrong[_i].message);
    ck_assert_ptr_null(list);
}
END_TEST

START_TEST(bad_text_is_refused_with_a_message)
{
    struct interrupt *list = NULL;
    struct error err = {0};
    size_t n = 0;

    ck_assert_msg(points_parse(bad[_i], &list, &n, &err) == -EINVAL, "%s is read", bad[_i]);
    ck_assert_msg(strncmp(err.text, "at character ", 13) == 0, "%s", err.text);
    ck_assert_ptr_null(list);
}
END_TEST

START_TEST(fields_come_out_as_meant)
{
    struct interrupt *list;
    struct error err = {0};
    size_t n;

    ck_assert_int_eq(
        points_parse("TERM*5/500us>group@output:a\\, b#3,INT@state:running=4", &list, &n, &err), 0);
    ck_assert_uint_eq(n, 2);
    ck_assert_int_eq(list[0].signal, SIGTERM);
    ck_assert_uint_eq(list[0].times, 5);
    ck_assert_int_eq(list[0].every_ns, 500000);
    ck_assert_int_eq(list[0].to, TO_GROUP);
    ck_assert_int_eq(list[0].when.kind, POINT_OUTPUT);
    ck_assert_str_eq(list[0].when.text, "a, b");
    ck_assert_uint_eq(list[0].when.nth, 3);
    ck_assert_int_eq(list[1].when.state.name, STATE_COUNTS);
    ck_assert(list[1].when.state.given[COUNT_RUNNING]);
    ck_assert_int_eq(list[1].when.state.counts[COUNT_RUNNING].op, COUNT_EQ);
    points_free(list, n);
}
END_TEST

/* Whatever a mutation of good text is read as must survive writing and reading. */
START_TEST(whatever_is_read_survives_the_round_trip)
{
    static const char letters[] = "@:#,\\*/>~.+=<0123456789abcINTs m\n(";
    struct rng rng = rng_for(1, "points", (uint64_t)_i);
    int accepted = 0;

    for (int round = 0; round < 2000; round++) {
        char *text = mem_strdup(exact[rng_below(&rng, (uint64_t)COUNT(exact))]);
        struct interrupt *list = NULL;
        struct buf out = {0};
        size_t n = 0;

        for (uint64_t edits = rng_below(&rng, 4); edits > 0; edits--)
            text[rng_below(&rng, strlen(text))] = letters[rng_below(&rng, sizeof(letters) - 1)];
        if (points_parse(text, &list, &n, NULL) == 0) {
            char *again;

            accepted++;
            points_print(list, n, &out);
            points_free(list, n);
            again = rewritten(out.data);
            ck_assert_msg(strcmp(out.data, again) == 0, "%s -> %s -> %s", text, out.data, again);
            free(again);
        }
        buf_free(&out);
        free(text);
    }
    ck_assert_int_gt(accepted, 500);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("points");
    TCase *tc = tcase_create("points");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tc, 30);
    tcase_add_loop_test(tc, text_is_read_and_written_back_exactly, 0, COUNT(exact));
    tcase_add_loop_test(tc, other_spellings_are_written_back_in_the_usual_one, 0, COUNT(respelt));
    tcase_add_loop_test(tc, mistake_is_told_with_its_place, 0, COUNT(wrong));
    tcase_add_loop_test(tc, bad_text_is_refused_with_a_message, 0, COUNT(bad));
    tcase_add_test(tc, fields_come_out_as_meant);
    tcase_add_loop_test(tc, whatever_is_read_survives_the_round_trip, 0, 4);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
