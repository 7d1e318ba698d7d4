/* The order of a survey's points. */
#include "trial/survey.h"

#include "support/buf.h"

#include <check.h>
#include <stdlib.h>

static struct point call(unsigned process, unsigned thread, uint64_t nth)
{
    return (struct point){.kind = POINT_SYSCALL, .process = process, .thread = thread, .nth = nth};
}

static void pass(struct survey *s, unsigned process, unsigned thread, uint64_t nth)
{
    struct point p = call(process, thread, nth);

    survey_add(s, &p, 0);
}

static void make(struct survey *s, unsigned process, unsigned thread, unsigned made,
                 unsigned made_thread)
{
    struct point by = call(process, thread, 0), it = call(made, made_thread, 0);

    survey_born(s, &by, &it);
}

static void order_must_be(struct survey *s, const char *expected)
{
    struct buf text = {0};

    survey_arrange(s);
    for (size_t i = 0; i < s->n; i++)
        buf_addf(&text, "%s%u.%u.%u", i == 0 ? "" : " ", s->points[i].point.process,
                 s->points[i].point.thread, (unsigned)s->points[i].point.nth);
    ck_assert_str_eq(text.data, expected);
    buf_free(&text);
    survey_free(s);
}

START_TEST(points_of_a_child_stand_where_it_was_made)
{
    struct survey s;

    /* the same program twice; the child is quick, then slow */
    for (int slow = 0; slow < 2; slow++) {
        survey_init(&s, NULL);
        pass(&s, 1, 1, 1);
        make(&s, 1, 1, 2, 1);
        if (!slow)
            pass(&s, 2, 1, 1);
        pass(&s, 1, 1, 2);
        pass(&s, 1, 1, 3);
        if (slow)
            pass(&s, 2, 1, 1);
        pass(&s, 2, 1, 2);
        pass(&s, 1, 1, 4);
        order_must_be(&s, "1.1.1 2.1.1 2.1.2 1.1.2 1.1.3 1.1.4");
    }
}
END_TEST

START_TEST(children_of_children_and_threads_are_placed_too)
{
    struct survey s;

    survey_init(&s, NULL);
    pass(&s, 1, 1, 1);
    make(&s, 1, 1, 1, 2);
    make(&s, 1, 1, 2, 1);
    pass(&s, 2, 1, 1);
    pass(&s, 1, 1, 2);
    make(&s, 2, 1, 3, 1);
    pass(&s, 3, 1, 1);
    pass(&s, 1, 2, 1);
    pass(&s, 2, 1, 2);
    make(&s, 1, 1, 4, 1); /* without a point */
    pass(&s, 1, 1, 3);
    order_must_be(&s, "1.1.1 1.2.1 2.1.1 3.1.1 2.1.2 1.1.2 1.1.3");
}
END_TEST

START_TEST(threads_whose_maker_is_not_known_come_in_the_order_of_their_numbers)
{
    struct survey s;

    survey_init(&s, NULL);
    pass(&s, 3, 1, 1);
    pass(&s, 1, 1, 1);
    pass(&s, 2, 2, 1);
    pass(&s, 2, 1, 1);
    pass(&s, 1, 1, 2);
    order_must_be(&s, "1.1.1 1.1.2 2.1.1 2.2.1 3.1.1");
}
END_TEST

START_TEST(a_single_thread_keeps_its_order)
{
    struct survey s;

    survey_init(&s, NULL);
    for (uint64_t i = 1; i <= 3; i++)
        pass(&s, 1, 1, i);
    order_must_be(&s, "1.1.1 1.1.2 1.1.3");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("survey");
    TCase *tcase = tcase_create("survey");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, points_of_a_child_stand_where_it_was_made);
    tcase_add_test(tcase, children_of_children_and_threads_are_placed_too);
    tcase_add_test(tcase, threads_whose_maker_is_not_known_come_in_the_order_of_their_numbers);
    tcase_add_test(tcase, a_single_thread_keeps_its_order);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
