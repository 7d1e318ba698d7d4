/* The survey lists what a program does; a sweep interrupts it there, by copies and by replays. */
#include "trial_fixture.h"

#include "trial/survey.h"

#include <sys/syscall.h>

struct surveyed {
    struct point set;
    struct survey s;
};

static void survey_run(struct stage *t, struct surveyed *v, enum each each, enum side side)
{
    struct trial_plan plan = {.scenario = &t->s, .seed = 1, .survey = &v->s};

    v->set = (struct point){.kind = POINT_EACH, .each = each, .side = side};
    survey_init(&v->s, &v->set);
    stage_open(t);
    record_free(&t->r);
    record_init(&t->r);
    ck_assert_msg(trial_run(t->room, &plan, &t->r, &t->err) == 0, "%s", t->err.text);
}

struct outcome {
    size_t index;
    bool copied;
    enum ended_how how;
    int value;
    size_t files;
    char why[100];
};

struct outcomes {
    struct outcome list[2000];
    size_t n;
};

static int take(void *arg, size_t index, struct record *r, const char *why)
{
    struct outcomes *o = arg;
    struct outcome *one = &o->list[o->n++];

    one->index = index;
    one->copied = r != NULL;
    if (r != NULL) {
        one->how = r->how;
        one->value = r->value;
        one->files = r->files_n;
    } else {
        snprintf(one->why, sizeof(one->why), "%s", why);
    }
    return 0;
}

static struct outcomes *sweep_run(struct stage *t, const struct surveyed *v)
{
    struct interrupt *points = mem_alloc(v->s.n * sizeof(*points));
    struct outcomes *o = mem_alloc(sizeof(*o));
    struct sweep sweep = {.plan = {.scenario = &t->s, .seed = 1},
                          .points = points,
                          .n = v->s.n,
                          .take = take,
                          .arg = o};

    for (size_t i = 0; i < v->s.n; i++)
        points[i] = (struct interrupt){
            .signal = SIGINT, .to = TO_PROCESS, .when = v->s.points[i].point, .times = 1};
    ck_assert_msg(trial_sweep(t->room, &sweep, &t->err) == 0, "%s", t->err.text);
    free(points);
    return o;
}

static struct record *replay(struct stage *t, const struct point *p)
{
    struct interrupt in = {.signal = SIGINT, .to = TO_PROCESS, .when = *p, .times = 1};
    struct trial_plan plan = {.scenario = &t->s, .interrupts = &in, .interrupts_n = 1, .seed = 1};

    record_free(&t->r);
    record_init(&t->r);
    ck_assert_msg(trial_run(t->room, &plan, &t->r, &t->err) == 0, "%s", t->err.text);
    return &t->r;
}

START_TEST(survey_is_the_same_twice)
{
    struct stage *t = STAGE("/bin/ls", "/");
    struct surveyed one, two;

    survey_run(t, &one, EACH_SYSCALL, SIDE_ALL);
    survey_run(t, &two, EACH_SYSCALL, SIDE_ALL);
    ck_assert_uint_gt(one.s.n, 20);
    ck_assert_uint_eq(one.s.n, two.s.n);
    for (size_t i = 0; i < one.s.n; i++) {
        ck_assert_str_eq(one.s.points[i].point.text, two.s.points[i].point.text);
        ck_assert_uint_eq(one.s.points[i].point.nth, two.s.points[i].point.nth);
    }
    ck_assert(one.s.reached && !one.s.idle && !one.s.sharing);
    survey_free(&one.s);
    survey_free(&two.s);
    stage_free(t);
}
END_TEST

START_TEST(every_point_of_a_program_without_handlers_kills_it_by_copy_and_by_replay)
{
    struct stage *t = STAGE("/bin/true");
    struct surveyed v;
    struct outcomes *o;
    size_t copied = 0;

    survey_run(t, &v, EACH_SYSCALL, SIDE_ALL);
    o = sweep_run(t, &v);
    ck_assert_uint_eq(o->n, v.s.n);
    for (size_t i = 0; i < v.s.n; i++) {
        struct record *r;
        ck_assert_uint_eq(o->list[i].index, i);
        copied += o->list[i].copied;
        if (o->list[i].copied) {
            ck_assert_int_eq(o->list[i].how, ENDED_SIGNALED);
            ck_assert_int_eq(o->list[i].value, SIGINT);
        }
        r = replay(t, &v.s.points[i].point);
        ck_assert_int_eq(r->deliveries[0].state, DELIVERY_FIRED);
        ck_assert_int_eq(r->how, ENDED_SIGNALED);
        ck_assert_int_eq(r->value, SIGINT);
    }
    ck_assert_msg(copied * 10 > v.s.n * 9, "%zu of %zu copied", copied, v.s.n);
    free(o);
    survey_free(&v.s);
    stage_free(t);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("sweep");
    TCase *c = tcase_create("sweep");

    tcase_set_timeout(c, 120);
    tcase_add_test(c, survey_is_the_same_twice);
    tcase_add_test(c, every_point_of_a_program_without_handlers_kills_it_by_copy_and_by_replay);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    SRunner *r = srunner_create(suite());
    int failed;

    srunner_run_all(r, CK_ENV);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
