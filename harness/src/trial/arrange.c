/* arrange.c - the order of a survey's points when several threads had some. */
#include "support/buf.h"
#include "trial/survey.h"

#include <stdlib.h>
#include <string.h>

/* A thread, as its maker sees it. */
struct child {
    size_t maker; /* SIZE_MAX: not known */
    size_t after;
    unsigned process, thread;
    size_t index;
};

static int compare(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int by_birth(const void *left, const void *right)
{
    const struct child *a = left, *b = right;
    int by = compare(a->maker, b->maker);

    if (by == 0)
        by = compare(a->after, b->after);
    if (by == 0)
        by = compare(a->process, b->process);
    return by != 0 ? by : compare(a->thread, b->thread);
}

/* What is still to be placed of a thread. */
struct rest {
    size_t point, points_end; /* in the list of points by thread */
    size_t points;            /* of it that are placed */
    size_t child, child_end;  /* in the list of children by maker */
};

static struct child *children_of(const struct survey *s)
{
    struct child *list = mem_alloc(s->threads_n * sizeof(*list));

    for (size_t i = 0; i < s->threads_n; i++) {
        const struct survey_thread *t = &s->threads[i];
        list[i] =
            (struct child){t->maker != i ? t->maker : SIZE_MAX, t->after, t->process, t->thread, i};
    }
    qsort(list, s->threads_n, sizeof(*list), by_birth);
    return list;
}

static struct rest *rest_of(const struct survey *s, const struct child *children)
{
    struct rest *rest = mem_alloc(s->threads_n * sizeof(*rest));
    size_t point = 0;

    for (size_t i = 0; i < s->threads_n; i++) {
        rest[i].point = point;
        rest[i].points_end = point += s->threads[i].n;
    }
    for (size_t i = 0; i < s->threads_n; i++) {
        size_t maker = children[i].maker;
        if (maker == SIZE_MAX)
            continue;
        if (i == 0 || children[i - 1].maker != maker)
            rest[maker].child = i;
        rest[maker].child_end = i + 1;
    }
    return rest;
}

/* The points, those of one thread together. */
static struct survey_point *by_thread(struct survey *s, const struct rest *rest)
{
    struct survey_point *list = mem_alloc(s->n * sizeof(*list));
    size_t *at = mem_alloc(s->threads_n * sizeof(*at));

    for (size_t i = 0; i < s->n; i++) {
        size_t t = survey_thread(s, &s->points[i].point);
        list[rest[t].point + at[t]++] = s->points[i];
    }
    free(at);
    return list;
}

void survey_arrange(struct survey *s)
{
    struct survey_point *list;
    struct child *children;
    struct rest *rest;
    size_t *makers, n = 0;

    if (s->threads_n < 2 || s->n == 0)
        return;
    children = children_of(s);
    rest = rest_of(s, children);
    list = by_thread(s, rest);
    makers = mem_alloc(s->threads_n * sizeof(*makers));
    for (size_t i = 0; i < s->threads_n; i++) {
        size_t depth = 0;

        if (children[i].maker != SIZE_MAX)
            continue;
        makers[depth++] = children[i].index;
        while (depth > 0) {
            struct rest *top = &rest[makers[depth - 1]];
            if (top->child < top->child_end && children[top->child].after <= top->points) {
                makers[depth++] = children[top->child++].index;
            } else if (top->point < top->points_end) {
                s->points[n++] = list[top->point++];
                top->points++;
            } else {
                depth--;
            }
        }
    }
    free(makers);
    free(list);
    free(rest);
    free(children);
}
