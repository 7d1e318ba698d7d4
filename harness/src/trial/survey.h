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
};

void survey_init(struct survey *s, const struct point *set);
void survey_free(struct survey *s);
/* The stored copy of a name; the same pointer for the same text. */
char *survey_name(struct survey *s, const char *name);
/* The index of a site; takes its strings. */
uint32_t survey_site(struct survey *s, struct site *site);
void survey_add(struct survey *s, const struct point *p, uint32_t site);

#endif
