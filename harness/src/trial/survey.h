/* survey.h - the points that one execution passed, in order: what a set (`each:`) stands for. Made
 * by trial_run for a plan with a survey. */
#ifndef SIGSWEEP_SURVEY_H
#define SIGSWEEP_SURVEY_H

#include "scenario/scenario.h"
#include "symbol/symbol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct survey_point {
    struct point point; /* definite; its text is borrowed from the survey's names */
    uint32_t site;      /* index into sites */
};

/* A thread of the swept program. */
struct survey_thread {
    unsigned process, thread;
    size_t maker; /* index of the thread that made it; itself: not known */
    size_t after; /* so many points of its maker came before */
    size_t n;     /* points of its own */
};

struct survey {
    const struct point *set; /* in: POINT_EACH; borrowed */
    size_t most;             /* in: keep at most so many points, the rest is counted */

    bool reached;   /* the plan's interrupts were all sent, and `from` was passed */
    bool idle;      /* the program did not end by itself: the points are those until it was idle */
    bool sharing;   /* the program had more than one thread or process: copies are not sound */
    int64_t run_ns; /* from exec to the end, or to idleness */
    struct survey_point *points;
    size_t n;
    uint64_t more; /* points past `most` */
    char **names;  /* owned; each name once */
    size_t names_n;
    struct site *sites; /* owned; each site once. The first stands for `unknown` */
    size_t sites_n;
    struct survey_thread *threads; /* owned; those that made others or have points */
    size_t threads_n;
};

void survey_init(struct survey *s, const struct point *set);
void survey_free(struct survey *s);
/* The stored copy of a name; the same pointer for the same text. */
char *survey_name(struct survey *s, const char *name);
/* The index of a site; takes its strings. */
uint32_t survey_site(struct survey *s, struct site *site);
void survey_add(struct survey *s, const struct point *p, uint32_t site);
/* The index of the thread that a point is of; it is made. */
size_t survey_thread(struct survey *s, const struct point *p);
/* A thread made another one, of its process or the first of a new one. */
void survey_born(struct survey *s, const struct point *maker, const struct point *made);
/* Puts the points of each thread where its maker made it: which of several threads went first is
 * up to the machine, and the same program is to have the same list each time. */
void survey_arrange(struct survey *s);

#endif
