/* points_read.h - what the readers of points' text share; only for plan/points*.c.
 *
 * `at` is where a word began in the whole text. Words are copies that the readers may cut up. */
#ifndef SIGSWEEP_POINTS_READ_H
#define SIGSWEEP_POINTS_READ_H

#include "scenario/scenario.h"
#include "scenario/suggest.h"
#include "support/buf.h"
#include "support/error.h"

struct reading {
    const char *text; /* all of it */
    struct error *err;
};

/* Fails with the place: "at character 5 of `INT@aftr:50ms`: ...". */
int points_wrong(const struct reading *r, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Fails because of an unknown word, with the nearest known one. */
int points_unknown(const struct reading *r, size_t at, const char *what, struct suggestion near);
int points_number(const struct reading *r, size_t at, const char *word, unsigned max, unsigned *n);
/* Cuts an #NTH off the end, if there is one. */
int points_cut_nth(const struct reading *r, size_t at, char *arg, struct point *p);
/* KIND[:ARG] of a definite point. */
int points_read_point(const struct reading *r, size_t at, char *spec, struct point *p);
/* Takes the backslashes away that stand before one of `special`, in place. */
void points_unescape(char *text, const char *special);

/* points_sites.c: the ARG of a system call, a function, an instruction. */
int points_read_syscall(const struct reading *r, size_t at, char *arg, struct point *p);
int points_read_site(const struct reading *r, size_t at, char *arg, struct point *p);
int points_read_side(const struct reading *r, size_t at, const char *word, bool set,
                     enum side *side);
/* points_each.c: the ARG of a set, with its backslashes. */
int points_read_each(const struct reading *r, size_t at, char *arg, struct point *p);

#endif
