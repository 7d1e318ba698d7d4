/* The survey lists what a program does; a sweep interrupts it there, by copies and by replays. */
#include "sweep_fixture.h"

#include <sys/syscall.h>

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
    outcomes_free(o);
    survey_free(&v.s);
    stage_free(t);
}
END_TEST

/* Every surveyed point is reached again, and the signal is sent there. */
static void check_all_reached(struct stage *t)
{
    struct surveyed v;

    survey_run(t, &v, EACH_SYSCALL, SIDE_AFTER);
    ck_assert(v.s.reached);
    ck_assert_uint_gt(v.s.n, 10);
    for (size_t i = 0; i < v.s.n; i++) {
        const struct point *p = &v.s.points[i].point;
        struct record *r = replay(t, p);
        ck_assert_msg(r->deliveries[0].state != DELIVERY_UNREACHED, "%u.%u.%u %s: %s", p->process,
                      p->thread, p->nth, p->text,
                      r->diverged != NULL ? r->diverged : "not reached");
        ck_assert_int_ne(r->how, ENDED_DEADLINE);
        ck_assert_uint_eq(r->processes_n, 0);
    }
    survey_free(&v.s);
    stage_free(t);
}

START_TEST(points_of_threads_are_reached_again)
{
    check_all_reached(STAGE("act", "thread", "say:one", "end", "join", "say:two"));
}
END_TEST

START_TEST(points_of_a_child_are_reached_again)
{
    check_all_reached(STAGE("act", "child", "say:one", "end", "reap", "say:two"));
}
END_TEST

START_TEST(points_after_an_exec_are_reached_again)
{
    check_all_reached(STAGE("act", "say:one", "exec", "say:two"));
}
END_TEST

START_TEST(points_of_a_filtered_program_are_reached_again)
{
    check_all_reached(STAGE("act", "filter", "say:one"));
}
END_TEST

/* The call in which the first signal comes has no point for the second: it was entered before. */
START_TEST(points_after_a_first_signal_are_reached_again)
{
    struct stage *t = STAGE("act", "handle:INT", "event:mark name=a", "say:one", "say:two");
    struct interrupt pair[2] = {
        {.signal = SIGINT, .times = 1, .when = {.kind = POINT_EVENT, .nth = 1}}};
    struct trial_plan plan = {.scenario = &t->s, .interrupts = pair, .interrupts_n = 1, .seed = 1};
    struct surveyed v;

    pair[0].when.text = (char *)"mark";
    v.set = (struct point){.kind = POINT_EACH, .each = EACH_SYSCALL, .side = SIDE_ALL};
    survey_init(&v.s, &v.set);
    plan.survey = &v.s;
    stage_open(t);
    ck_assert_msg(trial_run(t->room, &plan, &t->r, &t->err) == 0, "%s", t->err.text);
    ck_assert(v.s.reached);
    ck_assert_uint_gt(v.s.n, 3);
    plan.survey = NULL;
    plan.interrupts_n = 2;
    for (size_t i = 0; i < v.s.n; i++) {
        const struct point *p = &v.s.points[i].point;

        pair[1] = (struct interrupt){.signal = SIGINT, .times = 1, .when = *p};
        record_free(&t->r);
        record_init(&t->r);
        ck_assert_msg(trial_run(t->room, &plan, &t->r, &t->err) == 0, "%s", t->err.text);
        ck_assert_msg(t->r.deliveries[1].state != DELIVERY_UNREACHED, "%u.%u.%u %s", p->process,
                      p->thread, p->nth, p->text);
    }
    survey_free(&v.s);
    stage_free(t);
}
END_TEST

START_TEST(threads_and_children_are_told_apart)
{
    struct stage *t =
        STAGE("act", "child", "say:one", "end", "reap", "thread", "say:two", "end", "join");
    unsigned processes = 0, threads = 0;
    struct surveyed v;

    survey_run(t, &v, EACH_SYSCALL, SIDE_AFTER);
    for (size_t i = 0; i < v.s.n; i++) {
        const struct point *p = &v.s.points[i].point;
        processes = p->process > processes ? p->process : processes;
        if (p->process == 1)
            threads = p->thread > threads ? p->thread : threads;
    }
    ck_assert_uint_eq(processes, 2);
    ck_assert_uint_eq(threads, 2);
    ck_assert(v.s.sharing);
    survey_free(&v.s);
    stage_free(t);
}
END_TEST

START_TEST(another_call_than_the_surveyed_one_is_unreached)
{
    struct stage *t = STAGE("/bin/true");
    struct point p = {
        .kind = POINT_SYSCALL, .process = 1, .thread = 1, .nth = 5, .text = (char *)"reboot"};
    struct record *r = replay(t, &p);

    ck_assert_int_eq(r->deliveries[0].state, DELIVERY_UNREACHED);
    ck_assert_ptr_nonnull(r->diverged);
    ck_assert_int_eq(r->how, ENDED_EXITED);
    stage_free(t);
}
END_TEST

/* pause() is entered with the signal already handled, or woken by it, or left by it. */
static struct record *at_wait(struct stage *t, enum side side)
{
    struct point p = {.kind = POINT_SYSCALL, .nth = 1, .side = side, .text = (char *)"pause"};

    return replay(t, &p);
}

START_TEST(a_signal_before_a_wait_is_lost_to_it)
{
    struct stage *t = STAGE("lostwake");
    struct record *r;

    t->s.program.deadline_ns = 500 * MS;
    r = at_wait(t, SIDE_BEFORE);
    ck_assert_int_eq(r->deliveries[0].state, DELIVERY_FIRED);
    ck_assert_int_eq(r->how, ENDED_DEADLINE);
    stage_free(t);
}
END_TEST

START_TEST(a_signal_inside_a_wait_ends_it)
{
    struct stage *t = STAGE("lostwake");
    struct record *r = at_wait(t, SIDE_INSIDE);

    ck_assert_int_eq(r->deliveries[0].state, DELIVERY_FIRED);
    ck_assert_int_eq(r->how, ENDED_EXITED);
    stage_free(t);
}
END_TEST

START_TEST(a_program_that_waits_for_ever_is_surveyed_until_it_is_idle)
{
    struct stage *t = STAGE("lostwake");
    struct surveyed v;

    survey_run(t, &v, EACH_SYSCALL, SIDE_ALL);
    ck_assert(v.s.idle);
    ck_assert_str_eq(v.s.points[v.s.n - 1].point.text, "pause");
    ck_assert_int_eq(v.s.points[v.s.n - 1].point.side, SIDE_BEFORE);
    survey_free(&v.s);
    stage_free(t);
}
END_TEST

START_TEST(the_write_that_opens_the_stretch_is_no_wait)
{
    struct stage *t = STAGE("act", "event:ready", "say:one");
    struct point from = {.kind = POINT_EVENT, .text = (char *)"ready", .nth = 1};
    struct surveyed v;

    survey_from(t, &v, EACH_SYSCALL, SIDE_ALL, &from);
    ck_assert_uint_gt(v.s.n, 1);
    ck_assert_str_eq(v.s.points[0].point.text, "write");
    for (size_t i = 0; i < v.s.n; i++)
        ck_assert_int_ne(v.s.points[i].point.side, SIDE_INSIDE);
    survey_free(&v.s);
    stage_free(t);
}
END_TEST

START_TEST(a_blocked_signal_is_said_to_be_blocked)
{
    struct stage *t = STAGE("act", "block:INT", "say:one");
    struct point p = {.kind = POINT_SYSCALL, .nth = 1, .text = (char *)"write"};
    struct record *r = replay(t, &p);

    ck_assert(r->deliveries[0].blocked);
    ck_assert_int_eq(r->deliveries[0].state, DELIVERY_MASKED);
    stage_free(t);
}
END_TEST

START_TEST(copies_leave_the_original_and_its_files_alone)
{
    struct stage *t = STAGE("/bin/sh", "-c", ": >a; : >b; exec rm a b");
    struct surveyed v;
    struct outcomes *o;
    size_t with_files = 0, copied = 0;

    survey_run(t, &v, EACH_SYSCALL, SIDE_AFTER);
    o = sweep_run(t, &v);
    ck_assert_uint_eq(o->n, v.s.n);
    for (size_t i = 0; i < o->n; i++) {
        copied += o->list[i].copied;
        with_files += o->list[i].copied && o->list[i].files == 2;
        ck_assert_msg(strstr(o->list[i].why, "another one") == NULL, "%zu", i);
    }
    ck_assert_uint_gt(copied, 50);
    ck_assert_uint_gt(with_files, 10); /* killed when both were there */
    outcomes_free(o);
    survey_free(&v.s);
    stage_free(t);
}
END_TEST

START_TEST(a_copy_ends_as_a_replay_does_whatever_the_signal_is_set_to)
{
    struct stage *t = STAGE("dispositions");
    size_t at_once = 0, died = 0, handled = 0, went_on = 0;
    struct surveyed v;
    struct outcomes *o;

    survey_run(t, &v, EACH_SYSCALL, SIDE_ALL);
    o = sweep_run(t, &v);
    for (size_t i = 0; i < o->n; i++) {
        const struct outcome *c = &o->list[i];
        const struct record *r = replay(t, &v.s.points[i].point);
        ck_assert_msg(c->copied && c->how == r->how && c->value == r->value,
                      "%zu %s: copy %d %d %s, replay %d %d", i, v.s.points[i].point.text, c->how,
                      c->value, c->why, r->how, r->value);
        at_once += c->at_once;
        died += c->how == ENDED_SIGNALED;
        handled += c->how == ENDED_EXITED && c->value == 1;
        went_on += c->how == ENDED_EXITED && c->value == 0;
    }
    ck_assert_uint_gt(at_once, 10);
    ck_assert_uint_gt(died, at_once); /* unblocked: it executed something first */
    ck_assert_uint_gt(handled, 5);
    ck_assert_uint_gt(went_on, 3);
    outcomes_free(o);
    survey_free(&v.s);
    stage_free(t);
}
END_TEST

START_TEST(a_copy_that_makes_a_file_leaves_it_and_the_original_does_not)
{
    struct stage *t = STAGE("handlerfile");
    struct surveyed v;
    struct outcomes *o;
    size_t made = 0, none = 0;

    survey_run(t, &v, EACH_SYSCALL, SIDE_AFTER);
    o = sweep_run(t, &v);
    for (size_t i = 0; i < o->n; i++) {
        const struct outcome *c = &o->list[i];
        bool handled = c->copied && c->how == ENDED_EXITED && !c->at_once;
        made += handled && c->files == 1;
        none += c->copied && c->files == 0;
        ck_assert_msg(!c->copied || c->files <= 1, "%zu: %s", i, c->left);
    }
    ck_assert_uint_gt(made, 15);
    ck_assert_uint_gt(none, 5); /* before the handler is set */
    outcomes_free(o);
    survey_free(&v.s);
    stage_free(t);
}
END_TEST

START_TEST(a_copy_is_told_that_it_is_the_original)
{
    struct stage *t = STAGE("sameself");
    struct surveyed v;
    struct outcomes *o;
    size_t copied = 0;

    survey_run(t, &v, EACH_SYSCALL, SIDE_AFTER);
    o = sweep_run(t, &v);
    for (size_t i = 0; i < o->n; i++) {
        copied += o->list[i].copied;
        if (!o->list[i].copied)
            continue;
        ck_assert_int_eq(o->list[i].how, ENDED_SIGNALED);
        ck_assert_int_eq(o->list[i].value, SIGINT);
    }
    ck_assert_msg(copied * 10 > v.s.n * 9, "%zu of %zu copied", copied, v.s.n);
    outcomes_free(o);
    survey_free(&v.s);
    stage_free(t);
}
END_TEST

START_TEST(what_a_sweep_left_is_not_found_by_the_next_trial)
{
    struct stage *t = STAGE("/bin/sh", "-c", ": >a");
    struct surveyed v;
    struct point p = {.kind = POINT_SYSCALL, .nth = 1, .text = (char *)"brk"};

    survey_run(t, &v, EACH_SYSCALL, SIDE_AFTER);
    outcomes_free(sweep_run(t, &v));
    ck_assert_uint_eq(replay(t, &p)->files_n, 0); /* the first call: nothing is made yet */
    survey_free(&v.s);
    stage_free(t);
}
END_TEST

/* At a call, and at a moment when no call is looked at. */
static const char *const done[] = {"INT@syscall:write", "INT@output:done"};

START_TEST(a_program_that_wakes_itself_and_ends_has_no_effect_on_others)
{
    struct stage *t = STAGE("wakeself");

    must_exit(stage_run(t, done[_i]), 0);
    ck_assert_int_eq(t->r.effects, 0);
    stage_free(t);
}
END_TEST

START_TEST(work_after_a_signal_is_an_effect)
{
    struct stage *t = STAGE("wakeself", "more");

    must_exit(stage_run(t, done[_i]), 0);
    ck_assert_int_gt(t->r.effects, 0);
    stage_free(t);
}
END_TEST

/* At a moment: a blocked signal stops nobody, yet what is done after it is seen. */
START_TEST(a_blocked_signal_that_comes_when_all_is_done_has_no_effect)
{
    struct stage *t = STAGE("act", "block:INT", "say:done", "pending:INT", "exit:0");

    must_exit(stage_run(t, "INT@output:done"), 0);
    ck_assert_int_eq(t->r.deliveries[0].state, DELIVERY_MASKED);
    ck_assert_int_eq(t->r.effects, 0);
    stage_free(t);
}
END_TEST

START_TEST(work_after_a_blocked_signal_is_an_effect)
{
    struct stage *t = STAGE("act", "block:INT", "say:done", "pending:INT", "say:more", "exit:0");

    must_exit(stage_run(t, "INT@output:done"), 0);
    ck_assert_int_eq(t->r.deliveries[0].state, DELIVERY_MASKED);
    ck_assert_int_gt(t->r.effects, 0);
    stage_free(t);
}
END_TEST

START_TEST(files_of_an_aged_start_are_older)
{
    struct stage *t = STAGE("/bin/sh", "-c", "stat -c %Y in sub/in");
    struct trial_plan plan = {.scenario = &t->s, .seed = 1, .aged = true};
    long now, in, sub;

    t->s.program.setup = mem_alloc(2 * sizeof(*t->s.program.setup));
    t->s.program.setup[0] = LIST("/bin/sh", "-c", "mkdir sub; : > in; : > sub/in");
    must_exit(stage_run(t, NULL), 0);
    ck_assert_int_eq(sscanf(text_of(&t->r.out), "%ld", &now), 1);
    record_free(&t->r);
    record_init(&t->r);
    ck_assert_int_eq(trial_run(t->room, &plan, &t->r, &t->err), 0);
    ck_assert_int_eq(sscanf(text_of(&t->r.out), "%ld %ld", &in, &sub), 2);
    ck_assert_int_lt(in, now - 80000);
    ck_assert_int_lt(sub, now - 80000);
    ck_assert_uint_eq(t->r.files_n, 0); /* that is no change of the program's */
    stage_free(t);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("sweep");
    TCase *c = tcase_create("sweep");

    tcase_set_timeout(c, 120);
    tcase_add_test(c, what_a_sweep_left_is_not_found_by_the_next_trial);
    tcase_add_test(c, survey_is_the_same_twice);
    tcase_add_test(c, every_point_of_a_program_without_handlers_kills_it_by_copy_and_by_replay);
    tcase_add_test(c, points_of_threads_are_reached_again);
    tcase_add_test(c, points_of_a_child_are_reached_again);
    tcase_add_test(c, points_after_an_exec_are_reached_again);
    tcase_add_test(c, points_of_a_filtered_program_are_reached_again);
    tcase_add_test(c, points_after_a_first_signal_are_reached_again);
    tcase_add_test(c, threads_and_children_are_told_apart);
    tcase_add_test(c, another_call_than_the_surveyed_one_is_unreached);
    tcase_add_test(c, a_signal_before_a_wait_is_lost_to_it);
    tcase_add_test(c, a_signal_inside_a_wait_ends_it);
    tcase_add_test(c, a_program_that_waits_for_ever_is_surveyed_until_it_is_idle);
    tcase_add_test(c, the_write_that_opens_the_stretch_is_no_wait);
    tcase_add_test(c, a_blocked_signal_is_said_to_be_blocked);
    tcase_add_test(c, copies_leave_the_original_and_its_files_alone);
    tcase_add_test(c, a_copy_ends_as_a_replay_does_whatever_the_signal_is_set_to);
    tcase_add_test(c, a_copy_that_makes_a_file_leaves_it_and_the_original_does_not);
    tcase_add_test(c, a_copy_is_told_that_it_is_the_original);
    tcase_add_loop_test(c, a_program_that_wakes_itself_and_ends_has_no_effect_on_others, 0, 2);
    tcase_add_loop_test(c, work_after_a_signal_is_an_effect, 0, 2);
    tcase_add_test(c, a_blocked_signal_that_comes_when_all_is_done_has_no_effect);
    tcase_add_test(c, work_after_a_blocked_signal_is_an_effect);
    tcase_add_test(c, files_of_an_aged_start_are_older);
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
