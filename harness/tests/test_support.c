/* test_support.c - the small modules that everything stands on: durations, seeded numbers, the
 * buffer, signal names, counts. */
#include "scenario/scenario.h"
#include "support/buf.h"
#include "support/duration.h"
#include "support/error.h"
#include "support/rng.h"
#include "support/shell.h"
#include "support/signals.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* ---- durations ---- */

static const struct {
    const char *text;
    int rc;
    int64_t ns;
} durations[] = {
    {"50ms", 0, 50000000},  {"1.5s", 0, 1500000000},  {"500us", 0, 500000}, {"2m", 0, 120000000000},
    {"0s", 0, 0},           {"0.5us", 0, 500},        {"10", -EDOM, 0},     {"0", -EDOM, 0},
    {"1.5", -EDOM, 0},      {"", -EINVAL, 0},         {"ms", -EINVAL, 0},   {"5 ms", -EINVAL, 0},
    {"5h", -EINVAL, 0},     {"5ms ", -EINVAL, 0},     {" 5ms", -EINVAL, 0}, {"+5ms", -EINVAL, 0},
    {"0x10ms", -EINVAL, 0}, {"1e3ms", -EINVAL, 0},    {"inf", -EINVAL, 0},  {"nans", -EINVAL, 0},
    {"-5ms", -ERANGE, 0},   {"9999999m", -ERANGE, 0},
};

START_TEST(duration_is_read_or_refused)
{
    int64_t ns = -7;

    ck_assert_msg(duration_parse(durations[_i].text, &ns) == durations[_i].rc, "%s",
                  durations[_i].text);
    ck_assert_int_eq(ns, durations[_i].rc == 0 ? durations[_i].ns : -7);
}
END_TEST

START_TEST(duration_is_printed_in_its_largest_exact_unit)
{
    char text[40];

    ck_assert_str_eq(duration_print(50000000, text, sizeof(text)), "50ms");
    ck_assert_str_eq(duration_print(1500000000, text, sizeof(text)), "1500ms");
    ck_assert_str_eq(duration_print(0, text, sizeof(text)), "0s");
    ck_assert_str_eq(duration_print(60000000000, text, sizeof(text)), "1m");
    ck_assert_str_eq(duration_print(1500, text, sizeof(text)), "1.500us");
}
END_TEST

START_TEST(every_printed_duration_is_read_back_to_itself)
{
    struct rng rng = rng_for(7, "durations", 0);
    char text[40];

    for (int i = 0; i < 20000; i++) {
        int64_t ns = (int64_t)(rng_next(&rng) >> (14 + rng_below(&rng, 50))), back = -1;

        ck_assert_int_eq(duration_parse(duration_print(ns, text, sizeof(text)), &back), 0);
        ck_assert_msg(back == ns, "%s", text);
    }
}
END_TEST

START_TEST(duration_for_people_is_rounded)
{
    char text[40];

    ck_assert_str_eq(duration_human(3240000, text, sizeof(text)), "3.24 ms");
    ck_assert_str_eq(duration_human(999000, text, sizeof(text)), "999 us");
    ck_assert_str_eq(duration_human(45600000, text, sizeof(text)), "45.6 ms");
    ck_assert_str_eq(duration_human(2500000000, text, sizeof(text)), "2.50 s");
}
END_TEST

/* ---- seeded numbers ---- */

START_TEST(same_seed_gives_the_same_numbers_on_every_machine)
{
    struct rng rng = {0};

    /* The first outputs of the reference splitmix64 for state 0. */
    ck_assert(rng_next(&rng) == UINT64_C(0xe220a8397b1dcdaf));
    ck_assert(rng_next(&rng) == UINT64_C(0x6e789e6aa1b965f4));
    ck_assert(rng_next(&rng) == UINT64_C(0x06c45d188009454f));
}
END_TEST

START_TEST(streams_of_other_seeds_names_and_numbers_differ)
{
    struct rng a = rng_for(1, "x", 1), same = rng_for(1, "x", 1),
               other[] = {rng_for(2, "x", 1), rng_for(1, "y", 1), rng_for(1, "x", 2)};
    uint64_t first = rng_next(&a);

    ck_assert(rng_next(&same) == first);
    for (int i = 0; i < COUNT(other); i++)
        ck_assert(rng_next(&other[i]) != first);
}
END_TEST

START_TEST(numbers_below_a_limit_stay_below_and_reach_each)
{
    struct rng rng = rng_for(3, "below", 0);
    int seen[7] = {0};

    for (int i = 0; i < 7000; i++)
        seen[rng_below(&rng, 7)]++;
    for (int i = 0; i < 7; i++)
        ck_assert_msg(seen[i] > 850 && seen[i] < 1150, "%d came %d times", i, seen[i]);
    ck_assert(rng_below(&rng, 0) == 0);
    ck_assert(rng_below(&rng, 1) == 0);
}
END_TEST

START_TEST(unit_numbers_are_in_zero_to_one)
{
    struct rng rng = rng_for(4, "unit", 0);
    double sum = 0;

    for (int i = 0; i < 10000; i++) {
        double x = rng_unit(&rng);
        ck_assert(x >= 0 && x < 1);
        sum += x;
    }
    ck_assert(sum > 4800 && sum < 5200);
}
END_TEST

/* ---- the buffer ---- */

START_TEST(buffer_grows_and_stays_terminated)
{
    struct buf b = {0};

    for (int i = 0; i < 10000; i++)
        buf_addf(&b, "%d,", i % 10);
    ck_assert_uint_eq(b.len, 20000);
    ck_assert_int_eq(b.data[b.len], '\0');
    ck_assert_uint_eq(strlen(b.data), 20000);
    buf_clear(&b);
    ck_assert_str_eq(b.data, "");
    buf_free(&b);
    ck_assert_ptr_null(b.data);
}
END_TEST

START_TEST(buffer_holds_nul_bytes)
{
    struct buf b = {0};

    buf_add(&b, "a\0b", 3);
    ck_assert_uint_eq(b.len, 3);
    ck_assert_mem_eq(b.data, "a\0b", 4);
    buf_free(&b);
}
END_TEST

START_TEST(empty_buffer_gives_away_an_empty_text)
{
    struct buf b = {0};
    char *text = buf_take(&b);

    ck_assert_str_eq(text, "");
    ck_assert_ptr_null(b.data);
    free(text);
}
END_TEST

START_TEST(first_error_message_stays)
{
    struct error err = {0};

    ck_assert_int_eq(error_set(&err, -EINVAL, "near %d", 1), -EINVAL);
    ck_assert_int_eq(error_set(&err, -EIO, "far"), -EIO);
    ck_assert_str_eq(err.text, "near 1");
    ck_assert_int_eq(error_set(NULL, -EIO, "nobody reads this"), -EIO);
}
END_TEST

/* ---- signal names ---- */

START_TEST(every_signal_is_named_and_read_back)
{
    if (_i == 32 || _i == 33) /* glibc keeps these two for itself */
        return;
    ck_assert_str_ne(signal_label(_i), "?");
    ck_assert_int_eq(signal_number(signal_label(_i)), _i);
}
END_TEST

START_TEST(signal_is_known_by_its_long_name_too)
{
    ck_assert_int_eq(signal_number("SIGINT"), SIGINT);
    ck_assert_int_eq(signal_number("int"), SIGINT);
    ck_assert_int_eq(signal_number("RTMIN"), SIGRTMIN);
    ck_assert_int_eq(signal_number("RTMIN+3"), SIGRTMIN + 3);
}
END_TEST

START_TEST(what_is_no_signal_is_zero)
{
    static const char *const none[] = {"",       "SIG",      "INTT",    "IN",  "2",
                                       "RTMINx", "RTMIN+99", "RTMIN-1", " INT"};

    for (int i = 0; i < COUNT(none); i++)
        ck_assert_msg(signal_number(none[i]) == 0, "%s", none[i]);
    ck_assert_str_eq(signal_label(0), "?");
    ck_assert_str_eq(signal_label(-1), "?");
    ck_assert_str_eq(signal_label(1000), "?");
}
END_TEST

/* ---- counts ---- */

static const struct {
    const char *text;
    long holds, fails;
} counts[] = {{"4", 4, 3}, {">=1", 1, 0}, {"<=2", 2, 3}, {">3", 4, 3}, {"<3", 2, 3}, {"0", 0, 1}};

START_TEST(count_holds_as_it_says_and_prints_as_it_was)
{
    struct count_cond cond;
    char text[24];

    ck_assert_int_eq(count_parse(counts[_i].text, &cond), 0);
    ck_assert(count_holds(cond, counts[_i].holds));
    ck_assert(!count_holds(cond, counts[_i].fails));
    ck_assert_str_eq(count_print(cond, text, sizeof(text)), counts[_i].text);
}
END_TEST

START_TEST(what_is_no_count_is_refused)
{
    static const char *const none[] = {"",
                                       "-1",
                                       ">",
                                       "=4",
                                       "==4",
                                       "4 ",
                                       " 4",
                                       ">= 1",
                                       ">>1",
                                       "1.5",
                                       "x",
                                       "0x1",
                                       "99999999999999999999"};
    struct count_cond cond;

    for (int i = 0; i < COUNT(none); i++)
        ck_assert_msg(count_parse(none[i], &cond) == -EINVAL, "%s", none[i]);
}
END_TEST

START_TEST(replay_line_is_one_word_to_a_shell)
{
    struct buf out = {0};

    shell_quote(&out, "runs/latest:7");
    ck_assert_str_eq(out.data, "runs/latest:7");
    buf_clear(&out);
    shell_quote(&out, "it's $HOME:7");
    ck_assert_str_eq(out.data, "'it'\\''s $HOME:7'");
    buf_free(&out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("support");
    TCase *tc = tcase_create("support");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tc, duration_is_read_or_refused, 0, COUNT(durations));
    tcase_add_test(tc, duration_is_printed_in_its_largest_exact_unit);
    tcase_add_test(tc, every_printed_duration_is_read_back_to_itself);
    tcase_add_test(tc, duration_for_people_is_rounded);
    tcase_add_test(tc, same_seed_gives_the_same_numbers_on_every_machine);
    tcase_add_test(tc, streams_of_other_seeds_names_and_numbers_differ);
    tcase_add_test(tc, numbers_below_a_limit_stay_below_and_reach_each);
    tcase_add_test(tc, unit_numbers_are_in_zero_to_one);
    tcase_add_test(tc, buffer_grows_and_stays_terminated);
    tcase_add_test(tc, buffer_holds_nul_bytes);
    tcase_add_test(tc, empty_buffer_gives_away_an_empty_text);
    tcase_add_test(tc, first_error_message_stays);
    tcase_add_loop_test(tc, every_signal_is_named_and_read_back, 1, 65);
    tcase_add_test(tc, signal_is_known_by_its_long_name_too);
    tcase_add_test(tc, what_is_no_signal_is_zero);
    tcase_add_loop_test(tc, count_holds_as_it_says_and_prints_as_it_was, 0, COUNT(counts));
    tcase_add_test(tc, what_is_no_count_is_refused);
    tcase_add_test(tc, replay_line_is_one_word_to_a_shell);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK); /* pure; a fork a check takes long with ASan */
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
