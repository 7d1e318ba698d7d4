/* point.h - what a point may be, whoever wrote it: the YAML loader and the points grammar of the
 * command line hold to the same rules. */
#ifndef SIGSWEEP_POINT_H
#define SIGSWEEP_POINT_H

#include "scenario/scenario.h"
#include "support/error.h"

#define POINT_KINDS    (POINT_EACH + 1)
#define TRIALS_DEFAULT 100 /* times that `between` draws */
#define TRIALS_MAX     1000000
#define NTH_MAX        1000000
#define TIMES_MAX      100000 /* deliveries of one interrupt */

const char *point_kind_name(enum point_kind kind); /* "between" */
int point_kind_parse(const char *name);            /* or -1 */
void point_init(struct point *p, enum point_kind kind);
bool point_is_set(enum point_kind kind); /* stands for many points */
/* Checks kind and text of an EVENT, OUTPUT or NOTIFY point. 0, or -EINVAL with the reason. On an
 * unknown event, *instead is the one that was probably meant, or NULL. */
int point_text_check(enum point_kind kind, const char *text, const char **instead,
                     struct error *err);
/* The signals that a control character on a terminal sends. */
bool terminal_sends(int signal);

#endif
