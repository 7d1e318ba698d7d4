/* The terminal's switches, as a program's output sets them. */
#include "trial/screen.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* The same whole and byte by byte. */
static unsigned after(const char *text)
{
    struct screen whole = {0}, pieces = {0};
    size_t len = strlen(text);

    screen_feed(&whole, text, len);
    for (size_t i = 0; i < len; i++)
        screen_feed(&pieces, text + i, 1);
    ck_assert_uint_eq(whole.on, pieces.on);
    return whole.on;
}

#define BIT(s) (1U << SCREEN_##s)

START_TEST(plain_text_switches_nothing)
{
    ck_assert_uint_eq(after("hello [?25l \\033[?25l world\n"), 0);
}
END_TEST

START_TEST(modes_are_set_and_taken_back)
{
    ck_assert_uint_eq(after("\033[?1049h\033[?25l"), BIT(ALTERNATE) | BIT(NO_CURSOR));
    ck_assert_uint_eq(after("\033[?1049;25h"), BIT(ALTERNATE));
    ck_assert_uint_eq(after("\033[?1049h\033[?25l\033[?25h\033[?1049l"), 0);
    ck_assert_uint_eq(after("\033[?2004h\033[?1004h"), BIT(PASTE) | BIT(FOCUS));
    ck_assert_uint_eq(after("\033[?7l\033[4h"), BIT(NO_WRAP) | BIT(INSERT));
    ck_assert_uint_eq(after("\033[?1h\033="), BIT(CURSOR_KEYS) | BIT(KEYPAD));
    ck_assert_uint_eq(after("\033=\033>"), 0);
}
END_TEST

START_TEST(mouse_is_off_when_each_of_its_ways_is)
{
    ck_assert_uint_eq(after("\033[?1000h\033[?1003h\033[?1000l"), BIT(MOUSE));
    ck_assert_uint_eq(after("\033[?1000h\033[?1003h\033[?1000l\033[?1003l"), 0);
}
END_TEST

START_TEST(region_keys_and_characters)
{
    ck_assert_uint_eq(after("\033[1;23r"), BIT(REGION)); /* apt's progress bar */
    ck_assert_uint_eq(after("\033[1;23r\033[1;24r"), 0);
    ck_assert_uint_eq(after("\033[1;23r\033[r"), 0);
    ck_assert_uint_eq(after("\033[>1u"), BIT(KITTY_KEYS));
    ck_assert_uint_eq(after("\033[>1u\033[>5u\033[<u"), BIT(KITTY_KEYS));
    ck_assert_uint_eq(after("\033[>1u\033[>5u\033[<2u"), 0);
    ck_assert_uint_eq(after("\033(0"), BIT(CHARSET));
    ck_assert_uint_eq(after("\033(0lqk\033(B"), 0);
}
END_TEST

START_TEST(text_attributes)
{
    ck_assert_uint_eq(after("\033[31mred"), BIT(COLOURS));
    ck_assert_uint_eq(after("\033[1;31mred\033[0m"), 0);
    ck_assert_uint_eq(after("\033[1;31mred\033[m"), 0);
    ck_assert_uint_eq(after("\033[1;31mred\033[22;39m"), 0);
    ck_assert_uint_eq(after("\033[1;31mred\033[39m"), BIT(COLOURS));
    ck_assert_uint_eq(after("\033[38;5;1mred\033[39m"), 0); /* that 1 is no bold */
    ck_assert_uint_eq(after("\033[38;2;1;4;7mrgb\033[39m"), 0);
    ck_assert_uint_eq(after("\033[38;2;1;4;7;1mrgb\033[39m"), BIT(COLOURS));
    ck_assert_uint_eq(after("\033[>4;2m"), 0); /* keyboard, not text */
}
END_TEST

START_TEST(resets_switch_off)
{
    ck_assert_uint_eq(after("\033[?1049h\033[?25l\033[31m\033c"), 0);
    ck_assert_uint_eq(after("\033[?1049h\033[?25l\033[31m\033[!p"), BIT(ALTERNATE));
}
END_TEST

START_TEST(strings_are_skipped)
{
    ck_assert_uint_eq(after("\033]0;a title [?25l\a"), 0);
    ck_assert_uint_eq(after("\033]8;;http://x\033\\link\033]8;;\033\\\033[?25l"), BIT(NO_CURSOR));
    ck_assert_uint_eq(after("\033Pq data \033\\\033[?25l"), BIT(NO_CURSOR));
}
END_TEST

START_TEST(endless_parameters_do_no_harm)
{
    struct screen s = {0};

    screen_feed(&s, "\033[", 2);
    for (int i = 0; i < 1000; i++)
        screen_feed(&s, "1;", 2);
    screen_feed(&s, "m\033[?25l", 7);
    ck_assert_uint_ne(s.on & BIT(NO_CURSOR), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("screen");
    TCase *tc = tcase_create("screen");
    SRunner *runner;
    int failed;

    tcase_add_test(tc, plain_text_switches_nothing);
    tcase_add_test(tc, modes_are_set_and_taken_back);
    tcase_add_test(tc, mouse_is_off_when_each_of_its_ways_is);
    tcase_add_test(tc, region_keys_and_characters);
    tcase_add_test(tc, text_attributes);
    tcase_add_test(tc, resets_switch_off);
    tcase_add_test(tc, strings_are_skipped);
    tcase_add_test(tc, endless_parameters_do_no_harm);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
