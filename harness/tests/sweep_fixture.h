/* sweep_fixture.h - a program of the tests is surveyed and swept; each point's outcome is kept. */
#ifndef SWEEP_FIXTURE_H
#define SWEEP_FIXTURE_H

#include "trial_fixture.h"

#include "trial/survey.h"

struct surveyed {
    struct point set;
    struct survey s;
};

static __attribute__((unused)) void survey_from(struct stage *t, struct surveyed *v, enum each each,
                                                enum side side, struct point *from)
{
    struct trial_plan plan = {.scenario = &t->s, .seed = 1, .survey = &v->s};

    v->set = (struct point){.kind = POINT_EACH, .each = each, .side = side, .from = from};
    survey_init(&v->s, &v->set);
    stage_open(t);
    record_free(&t->r);
    record_init(&t->r);
    ck_assert_msg(trial_run(t->room, &plan, &t->r, &t->err) == 0, "%s", t->err.text);
}

static __attribute__((unused)) void survey_run(struct stage *t, struct surveyed *v, enum each each,
                                               enum side side)
{
    survey_from(t, v, each, side, NULL);
}

struct outcome {
    size_t index;
    bool copied;
    enum ended_how how;
    int value;
    size_t files;
    bool at_once;
    char why[100];
    char *left; /* the files, as text; NULL: it was not copied */
};

struct outcomes {
    struct outcome list[2000];
    size_t n;
};

/* What a trial left: paths, and what they are. The caller frees. */
static __attribute__((unused)) char *files_text(const struct record *r)
{
    struct buf b = {0};

    for (size_t i = 0; i < r->files_n; i++) {
        const struct left_file *f = &r->files[i];
        buf_addf(&b, "%s %d %c %04o", f->path, (int)f->state, f->type, f->mode);
        if (f->type == 'f')
            buf_addf(&b, " %llu %llx", (unsigned long long)f->size, (unsigned long long)f->hash);
        buf_adds(&b, "; ");
    }
    return buf_take(&b);
}

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
        one->at_once = r->at_once;
        one->left = files_text(r);
    } else {
        snprintf(one->why, sizeof(one->why), "%s", why);
    }
    return 0;
}

static __attribute__((unused)) struct outcomes *sweep_run(struct stage *t, const struct surveyed *v)
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

static __attribute__((unused)) void outcomes_free(struct outcomes *o)
{
    for (size_t i = 0; i < o->n; i++)
        free(o->list[i].left);
    free(o);
}

static __attribute__((unused)) struct record *replay(struct stage *t, const struct point *p)
{
    struct interrupt in = {.signal = SIGINT, .to = TO_PROCESS, .when = *p, .times = 1};
    struct trial_plan plan = {.scenario = &t->s, .interrupts = &in, .interrupts_n = 1, .seed = 1};

    stage_open(t);
    record_free(&t->r);
    record_init(&t->r);
    ck_assert_msg(trial_run(t->room, &plan, &t->r, &t->err) == 0, "%s", t->err.text);
    return &t->r;
}

#endif
