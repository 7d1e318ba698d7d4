/* test_plan.c - which trials a run has: the product of its sets, limits, times that depend on the
 * seed alone. */
#include "trial_fixture.h"

#include "plan/plan.h"

static struct scenario *scenario_at(const char *name, const char *points)
{
    struct scenario *s = mem_alloc(sizeof(*s));
    struct error err = {0};

    scenario_init(s);
    s->name = mem_strdup(name);
    ck_assert_msg(points_parse(points, &s->interrupts, &s->interrupts_n, &err) == 0, "%s",
                  err.text);
    return s;
}

static void drop(struct scenario *s)
{
    scenario_free(s);
    free(s);
}

static char *trial_text(const struct plan *p, size_t number)
{
    struct buf text = {0};
    size_t n;
    struct interrupt *list = plan_interrupts(p, number, &n);

    points_print(list, n, &text);
    points_free(list, n);
    return buf_take(&text);
}

START_TEST(sets_are_multiplied)
{
    struct scenario *s = scenario_at("a", "INT@between:0s..1s*3,TERM@after:5ms,"
                                          "INT@between:1s..2s*4");
    struct plan p = {.seed = 1};
    char *seen[12];

    ck_assert_int_eq(plan_add(&p, s, NULL, NULL), 0);
    ck_assert_uint_eq(p.trials, 12);
    for (size_t i = 0; i < 12; i++) {
        seen[i] = trial_text(&p, i + 1);
        must_hold(seen[i], "TERM@after:5ms");
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(seen[i], seen[k]);
    }
    for (size_t i = 0; i < 12; i++)
        free(seen[i]);
    plan_free(&p);
    drop(s);
}
END_TEST

START_TEST(limit_leaves_points_out_and_says_how_many)
{
    struct scenario *s = scenario_at("a", "INT@between:0s..1s*100,INT@between:0s..1s*3");
    struct plan p = {.seed = 1};

    s->interrupts[0].limit = 10;
    ck_assert_int_eq(plan_add(&p, s, NULL, NULL), 0);
    ck_assert_uint_eq(p.trials, 30);
    ck_assert_uint_eq(p.parts[0].sampled_out, 270);
    plan_free(&p);
    drop(s);
}
END_TEST

START_TEST(times_depend_on_seed_and_name_alone)
{
    struct scenario *a = scenario_at("a", "INT@between:0s..1s*20");
    struct scenario *b = scenario_at("b", "INT@between:0s..1s*20");
    struct plan one = {.seed = 5}, two = {.seed = 5}, other = {.seed = 6};

    ck_assert_int_eq(plan_add(&one, a, NULL, NULL), 0);
    ck_assert_int_eq(plan_add(&two, b, NULL, NULL), 0); /* another one before it */
    ck_assert_int_eq(plan_add(&two, a, NULL, NULL), 0);
    ck_assert_int_eq(plan_add(&other, a, NULL, NULL), 0);
    for (size_t i = 20; i >= 1; i--) { /* in any order */
        char *x = trial_text(&one, i), *y = trial_text(&two, i + 20), *z = trial_text(&other, i);
        char *w = trial_text(&two, i);
        ck_assert_str_eq(x, y);
        ck_assert_str_ne(x, z);
        ck_assert_str_ne(x, w);
        free(x);
        free(y);
        free(z);
        free(w);
    }
    plan_free(&one);
    plan_free(&two);
    plan_free(&other);
    drop(a);
    drop(b);
}
END_TEST

START_TEST(octaves_stay_in_bounds_and_reach_short_times)
{
    struct scenario *s = scenario_at("a", "INT@between:1us..1s*1000~octaves");
    struct plan p = {.seed = 9};
    unsigned below_1ms = 0;

    ck_assert_int_eq(plan_add(&p, s, NULL, NULL), 0);
    for (size_t i = 1; i <= 1000; i++) {
        size_t n;
        struct interrupt *list = plan_interrupts(&p, i, &n);
        ck_assert_int_eq(list[0].when.kind, POINT_AFTER);
        ck_assert_int_ge(list[0].when.from_ns, 1000);
        ck_assert_int_le(list[0].when.from_ns, 1000 * MS);
        ck_assert_int_eq(list[0].when.from_ns % 1000, 0);
        below_1ms += list[0].when.from_ns < MS;
        points_free(list, n);
    }
    ck_assert_uint_gt(below_1ms, 400); /* ten of twenty octaves; uniform would give one */
    ck_assert_uint_lt(below_1ms, 600);
    plan_free(&p);
    drop(s);
}
END_TEST

START_TEST(every_trial_belongs_to_its_part_and_skipped_ones_have_none)
{
    struct scenario *s = scenario_at("a", "INT@between:0s..1s*3"),
                    *one = scenario_at("b", "INT@start");
    struct plan p = {.seed = 1};
    static const size_t part_of[] = {1, 1, 1, 3, 5, 5, 5};

    ck_assert_int_eq(plan_add(&p, s, "no tool", NULL), 0);
    ck_assert_int_eq(plan_add(&p, s, NULL, NULL), 0);
    ck_assert_int_eq(plan_add(&p, s, "no tool", NULL), 0);
    ck_assert_int_eq(plan_add(&p, one, NULL, NULL), 0);
    ck_assert_int_eq(plan_add(&p, s, "no tool", NULL), 0);
    ck_assert_int_eq(plan_add(&p, s, NULL, NULL), 0);
    ck_assert_int_eq(plan_add(&p, s, "no tool", NULL), 0);
    ck_assert_uint_eq(p.trials, 7);
    ck_assert_str_eq(p.parts[0].skip, "no tool");
    for (size_t i = 1; i <= 7; i++)
        ck_assert_uint_eq((size_t)(plan_part_of(&p, i) - p.parts), part_of[i - 1]);
    plan_free(&p);
    drop(s);
    drop(one);
}
END_TEST

START_TEST(plan_that_is_too_large_is_refused)
{
    struct scenario *s = scenario_at("a", "INT@between:0s..1s*1000000,INT@between:0s..1s*1000");
    struct plan p = {.seed = 1};
    struct error err = {0};

    ck_assert_int_eq(plan_add(&p, s, NULL, &err), -E2BIG);
    must_hold(err.text, "add a limit");
    plan_free(&p);
    drop(s);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        sets_are_multiplied,
        limit_leaves_points_out_and_says_how_many,
        times_depend_on_seed_and_name_alone,
        octaves_stay_in_bounds_and_reach_short_times,
        every_trial_belongs_to_its_part_and_skipped_ones_have_none,
        plan_that_is_too_large_is_refused,
    };

    return run_checks("plan", tests, sizeof(tests) / sizeof(tests[0]));
}
