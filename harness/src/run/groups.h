/* groups.h - findings of one cause, collected from log lines; the lowest trial number stands for
 * each group, so that the order in which trials come back makes no difference. */
#ifndef SIGSWEEP_GROUPS_H
#define SIGSWEEP_GROUPS_H

#include "run/run.h"

#define GROUPS_MAX 2000 /* signatures; the others are counted */

/* Adds the findings of a trial's log line; the wanted ones only if they are to be confirmed. */
void groups_see(struct run *r, size_t part, const struct report_head *head, const char *line);
/* By first trial. */
void groups_sort(struct run *r);
/* A part whose findings only copies showed, and no replay did, has not failed: it is marked so.
 * True: there is one. */
bool groups_doubt(struct run *r);
/* True when the log line has the group's finding. */
bool line_shows(const char *line, size_t len, const struct group *g);
/* Writes findings.json. A failure is not told: the log has all. */
void groups_write(const struct run *r);
void groups_free(struct run *r);

#endif
