/* test_breakpoint.c - points at functions and instructions: each passed once and counted, whatever
 * the threads, children, handlers and switches of stacks; a signal fired there arrives before the
 * instruction; and the program does the same as without. */
#include "trial_fixture.h"

#include "trial/survey.h"

struct surveyed {
    struct point set;
    struct survey s;
};

static void survey_run(struct stage *t, struct surveyed *v, enum each each, const char *match)
{
    struct trial_plan plan = {.scenario = &t->s, .seed = 1, .survey = &v->s};

    v->set = (struct point){.kind = POINT_EACH, .each = each, .match = (char *)match};
    survey_init(&v->s, &v->set);
    stage_open(t);
    record_free(&t->r);
    record_init(&t->r);
    ck_assert_msg(trial_run(t->room, &plan, &t->r, &t->err) == 0, "%s", t->err.text);
}

/* Fires SIGINT there. */
static const struct record *fire_at(struct stage *t, const struct point *p)
{
    struct interrupt in = {.signal = SIGINT, .to = TO_PROCESS, .when = *p, .times = 1};
    struct trial_plan plan = {.scenario = &t->s, .interrupts = &in, .interrupts_n = 1, .seed = 1};

    stage_open(t);
    record_free(&t->r);
    record_init(&t->r);
    ck_assert_msg(trial_run(t->room, &plan, &t->r, &t->err) == 0, "%s", t->err.text);
    return &t->r;
}

static size_t passes(const struct survey *s, const char *name, unsigned process, unsigned thread)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++) {
        const struct point *p = &s->points[i].point;
        if (strcmp(p->text, name) != 0 || (process != 0 && p->process != process) ||
            (thread != 0 && p->thread != thread))
            continue;
        n++;
        if (p->kind == POINT_FUNCTION && process != 0 && thread != 0)
            ck_assert_uint_eq(p->nth, n);
    }
    return n;
}

START_TEST(each_entry_of_a_function_is_a_point)
{
    struct stage *t = STAGE("steps", "loop", "5");
    struct surveyed v;

    survey_run(t, &v, EACH_FUNCTION, "^(leaf|loop)$");
    must_exit(&t->r, 0);
    must_say(&t->r, "sum 5, interrupted 0 times after 0 leaves\n");
    ck_assert_uint_eq(v.s.n, 6);
    ck_assert_uint_eq(passes(&v.s, "leaf", 1, 1), 5);
    ck_assert_str_eq(v.s.points[0].point.text, "loop");
    survey_free(&v.s);
    stage_free(t);
}
END_TEST

START_TEST(recursion_counts_each_entry)
{
    struct stage *t = STAGE("steps", "deep", "4");
    struct surveyed v;

    survey_run(t, &v, EACH_FUNCTION, "^(leaf|deep)$");
    must_say(&t->r, "sum 14, interrupted 0 times after 0 leaves\n");
    ck_assert_uint_eq(passes(&v.s, "leaf", 1, 1), 4);
    ck_assert_uint_eq(passes(&v.s, "deep", 1, 1), 4);
    survey_free(&v.s);
    stage_free(t);
}
END_TEST

START_TEST(no_entry_is_missed_while_other_threads_step_over)
{
    struct stage *t = STAGE("steps", "threads", "200");
    struct surveyed v;

    survey_run(t, &v, EACH_FUNCTION, "^leaf$");
    must_exit(&t->r, 0);
    ck_assert(v.s.sharing);
    for (unsigned i = 2; i <= 5; i++)
        ck_assert_uint_eq(passes(&v.s, "leaf", 1, i), 200);
    ck_assert_uint_eq(v.s.n, 800);
    survey_free(&v.s);
    stage_free(t);
}
END_TEST

START_TEST(a_child_has_counts_of_its_own)
{
    struct stage *t = STAGE("steps", "fork");
    struct surveyed v;

    survey_run(t, &v, EACH_FUNCTION, "^leaf$");
    must_say(&t->r, "sum 2, interrupted 0 times after 0 leaves\n");
    ck_assert_uint_eq(passes(&v.s, "leaf", 1, 1), 2);
    ck_assert_uint_eq(passes(&v.s, "leaf", 2, 1), 3);
    survey_free(&v.s);
    stage_free(t);
}
END_TEST

START_TEST(an_exec_goes_on_counting)
{
    struct stage *t = STAGE("steps", "exec");
    struct surveyed v;

    survey_run(t, &v, EACH_FUNCTION, "^leaf$");
    must_say(&t->r, "sum 2, interrupted 0 times after 0 leaves\n");
    ck_assert_uint_eq(passes(&v.s, "leaf", 1, 1), 3);
    survey_free(&v.s);
    stage_free(t);
}
END_TEST

START_TEST(signal_at_a_function_comes_before_its_first_instruction)
{
    struct stage *t = STAGE("steps", "loop", "5");
    struct point p = {.kind = POINT_FUNCTION, .text = (char *)"leaf", .nth = 3};
    const struct record *r = fire_at(t, &p);

    must_exit(r, 0);
    must_say(r, "sum 5, interrupted 1 times after 2 leaves\n");
    ck_assert_int_eq(r->deliveries[0].state, DELIVERY_FIRED);
    ck_assert(r->deliveries[0].exact);
    p.process = p.thread = 1;
    must_say(fire_at(t, &p), "sum 5, interrupted 1 times after 2 leaves\n");
    p.nth = 6;
    r = fire_at(t, &p);
    must_say(r, "sum 5, interrupted 0 times after 0 leaves\n");
    ck_assert_int_eq(r->deliveries[0].state, DELIVERY_UNREACHED);
    stage_free(t);
}
END_TEST

/* The handler interrupts an instruction that was counted: coming back is no second pass. */
START_TEST(coming_back_from_a_handler_counts_once)
{
    struct stage *t = STAGE("steps", "loop", "5");
    struct interrupt in[] = {
        {.signal = SIGINT,
         .when = {.kind = POINT_FUNCTION, .text = (char *)"leaf", .nth = 2},
         .times = 1},
        {.signal = SIGINT,
         .when = {.kind = POINT_FUNCTION, .text = (char *)"leaf", .nth = 1},
         .times = 1},
        {.signal = SIGINT,
         .when =
             {.kind = POINT_FUNCTION, .text = (char *)"leaf", .nth = 5, .process = 1, .thread = 1},
         .times = 1},
    };
    struct trial_plan plan = {.scenario = &t->s, .interrupts = in, .interrupts_n = 2, .seed = 1};

    stage_open(t);
    ck_assert_int_eq(trial_run(t->room, &plan, &t->r, &t->err), 0);
    must_say(&t->r, "sum 5, interrupted 2 times after 2 leaves\n"); /* before leaves 2 and 3 */
    record_free(&t->r);
    record_init(&t->r);
    plan.interrupts_n = 3;
    ck_assert_int_eq(trial_run(t->room, &plan, &t->r, &t->err), 0);
    must_say(&t->r, "sum 5, interrupted 3 times after 4 leaves\n");
    stage_free(t);
}
END_TEST

START_TEST(jumping_out_of_a_handler_and_coming_again_counts_twice)
{
    struct stage *t = STAGE("steps", "retry", "3");
    struct interrupt in[] = {
        {.signal = SIGINT,
         .when = {.kind = POINT_FUNCTION, .text = (char *)"leaf", .nth = 2},
         .times = 1},
        {.signal = SIGINT,
         .when =
             {.kind = POINT_FUNCTION, .text = (char *)"leaf", .nth = 3, .process = 1, .thread = 1},
         .times = 1},
    };
    struct trial_plan plan = {.scenario = &t->s, .interrupts = in, .interrupts_n = 2, .seed = 1};

    stage_open(t);
    ck_assert_int_eq(trial_run(t->room, &plan, &t->r, &t->err), 0);
    must_say(&t->r, "sum 3, interrupted 2 times after 1 leaves\n");
    stage_free(t);
}
END_TEST

START_TEST(probe_with_a_semaphore_is_a_point)
{
    struct stage *t = STAGE("steps", "probes", "4");
    struct point p = {.kind = POINT_FUNCTION, .text = (char *)"steps:leaf", .nth = 3};

    must_say(fire_at(t, &p), "sum 4, interrupted 1 times after 3 leaves\n");
    p.process = p.thread = 1;
    must_say(fire_at(t, &p), "sum 4, interrupted 1 times after 3 leaves\n");
    stage_free(t);
}
END_TEST

/* Every point is reached again by its own text, and the signal changes nothing but the handler. */
static void replay_all(struct stage *t, const struct surveyed *v, const char *says)
{
    for (size_t i = 0; i < v->s.n; i++) {
        const struct point *p = &v->s.points[i].point;
        const struct record *r = fire_at(t, p);
        must_exit(r, 0);
        ck_assert_msg(r->deliveries[0].state == DELIVERY_FIRED, "%s+%#lx#%u of %u.%u unreached",
                      p->text, (unsigned long)p->offset, p->nth, p->process, p->thread);
        must_hold(text_of(&r->out), says);
    }
}

START_TEST(each_instruction_of_a_function_is_a_point_that_a_replay_reaches)
{
    struct stage *t = STAGE("steps", "deep", "2");
    struct surveyed v;

    survey_run(t, &v, EACH_INSTRUCTION, "^(leaf|deep)$");
    must_say(&t->r, "sum 5, interrupted 0 times after 0 leaves\n");
    ck_assert_uint_gt(v.s.n, 20);
    ck_assert_str_eq(v.s.points[0].point.text, "deep");
    ck_assert_uint_eq(v.s.points[0].point.offset, 0);
    replay_all(t, &v, "sum 5, interrupted 1 times");
    survey_free(&v.s);
    stage_free(t);
}
END_TEST

/* The caller alone is stepped through: it is gone on with after each call. */
START_TEST(stepping_goes_on_after_a_call)
{
    struct stage *t = STAGE("steps", "loop", "3");
    struct surveyed v;
    unsigned last = 0;

    survey_run(t, &v, EACH_INSTRUCTION, "^loop$");
    must_say(&t->r, "sum 3, interrupted 0 times after 0 leaves\n");
    for (size_t i = 0; i < v.s.n; i++)
        last = v.s.points[i].point.nth > last ? v.s.points[i].point.nth : last;
    ck_assert_uint_ge(last, 3); /* the loop's body */
    replay_all(t, &v, "sum 3, interrupted 1 times");
    survey_free(&v.s);
    stage_free(t);
}
END_TEST

START_TEST(stepping_goes_on_after_a_switch_of_stacks)
{
    struct stage *t = STAGE("steps", "contexts");
    struct surveyed v;
    uint64_t end[2] = {0};

    survey_run(t, &v, EACH_INSTRUCTION, "^(switcher|switched)$");
    must_say(&t->r, "sum 25, interrupted 0 times after 0 leaves\n");
    for (size_t i = 0; i < v.s.n; i++) {
        const struct point *p = &v.s.points[i].point;
        unsigned which = strcmp(p->text, "switcher") == 0;
        ck_assert_uint_eq(p->nth, 1); /* neither has a loop */
        ck_assert_uint_ge(p->offset, end[which]);
        end[which] = p->offset;
    }
    replay_all(t, &v, "sum 25, interrupted 1 times");
    survey_free(&v.s);
    stage_free(t);
}
END_TEST

START_TEST(stepping_passes_a_handler_of_its_own)
{
    struct stage *t = STAGE("steps", "raise");
    struct surveyed v;

    survey_run(t, &v, EACH_INSTRUCTION, "^(raiser|in_handler)$");
    must_say(&t->r, "sum 2, interrupted 0 times after 0 leaves\n");
    ck_assert_uint_gt(passes(&v.s, "in_handler", 0, 0), 1);
    ck_assert_str_eq(v.s.points[v.s.n - 1].point.text, "raiser");
    replay_all(t, &v, "sum 2, interrupted 1 times");
    survey_free(&v.s);
    stage_free(t);
}
END_TEST

START_TEST(traps_of_its_own_reach_the_program)
{
    struct stage *t = STAGE("steps", "trap");
    struct surveyed v;
    struct record *plain = stage_run(t, NULL);
    char *said = mem_strdup(text_of(&plain->out));

    survey_run(t, &v, EACH_INSTRUCTION, "^trapper$");
    must_exit(&t->r, 0);
    must_say(&t->r, said);
    replay_all(t, &v, "sum 2, interrupted 1 times");
    survey_free(&v.s);
    free(said);
    stage_free(t);
}
END_TEST

/* Also while one thread steps over a breakpoint, and the others are held for it. */
START_TEST(kill_at_a_function_ends_it_whatever_its_threads_do)
{
    struct stage *t = STAGE("steps", "threads", "50");

    stage_open(t);
    for (unsigned nth = 1; nth < 60; nth += 3) {
        struct interrupt in = {.signal = SIGKILL,
                               .when = {.kind = POINT_FUNCTION, .text = (char *)"leaf", .nth = nth},
                               .times = 1};
        struct trial_plan plan = {
            .scenario = &t->s, .interrupts = &in, .interrupts_n = 1, .seed = 1};
        record_free(&t->r);
        record_init(&t->r);
        ck_assert_int_eq(trial_run(t->room, &plan, &t->r, &t->err), 0);
        must_die(&t->r, SIGKILL);
    }
    stage_free(t);
}
END_TEST

START_TEST(killed_from_outside_while_it_is_stepped_through)
{
    size_t n = 0;

    /* A busy machine may need longer until the first of them. */
    for (int64_t deadline = 100 * MS; n == 0 && deadline < 10000 * MS; deadline *= 2) {
        struct stage *t = STAGE("steps", "threads", "100000000");
        struct surveyed v;

        t->s.program.deadline_ns = deadline; /* then it is killed, wherever it is */
        survey_run(t, &v, EACH_INSTRUCTION, "^(loop|leaf|thread_main)$");
        ck_assert_int_eq(t->r.how, ENDED_DEADLINE);
        n = v.s.n;
        survey_free(&v.s);
        stage_free(t);
    }
    ck_assert_uint_gt(n, 0);
}
END_TEST

struct outcomes {
    size_t n, copied;
};

static int take(void *arg, size_t index, struct record *r, const char *why)
{
    struct outcomes *o = arg;

    ck_assert_uint_eq(index, o->n);
    o->n++;
    o->copied += r != NULL;
    if (r == NULL)
        ck_assert_msg(false, "point %zu: %s", index, why);
    must_exit(r, 0);
    must_hold(text_of(&r->out), "sum 5, interrupted 1 times");
    return 0;
}

START_TEST(copies_are_made_at_instructions_and_carry_no_breakpoints)
{
    struct stage *t = STAGE("steps", "deep", "2");
    struct outcomes o = {0};
    struct surveyed v;
    struct interrupt *points;
    struct sweep sweep = {.plan = {.scenario = &t->s, .seed = 1}, .take = take, .arg = &o};

    survey_run(t, &v, EACH_INSTRUCTION, "^(leaf|deep)$");
    points = mem_alloc(v.s.n * sizeof(*points));
    for (size_t i = 0; i < v.s.n; i++)
        points[i] = (struct interrupt){
            .signal = SIGINT, .to = TO_PROCESS, .when = v.s.points[i].point, .times = 1};
    sweep.points = points;
    sweep.n = v.s.n;
    ck_assert_msg(trial_sweep(t->room, &sweep, &t->err) == 0, "%s", t->err.text);
    ck_assert_uint_eq(o.n, v.s.n);
    ck_assert_uint_eq(o.copied, v.s.n);
    free(points);
    survey_free(&v.s);
    stage_free(t);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        each_entry_of_a_function_is_a_point,
        recursion_counts_each_entry,
        no_entry_is_missed_while_other_threads_step_over,
        a_child_has_counts_of_its_own,
        an_exec_goes_on_counting,
        signal_at_a_function_comes_before_its_first_instruction,
        coming_back_from_a_handler_counts_once,
        jumping_out_of_a_handler_and_coming_again_counts_twice,
        probe_with_a_semaphore_is_a_point,
        each_instruction_of_a_function_is_a_point_that_a_replay_reaches,
        stepping_goes_on_after_a_call,
        stepping_goes_on_after_a_switch_of_stacks,
        stepping_passes_a_handler_of_its_own,
        traps_of_its_own_reach_the_program,
        kill_at_a_function_ends_it_whatever_its_threads_do,
        killed_from_outside_while_it_is_stepped_through,
        copies_are_made_at_instructions_and_carry_no_breakpoints,
    };

    return run_checks("breakpoint", tests, sizeof(tests) / sizeof(*tests));
}
