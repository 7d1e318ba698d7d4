/* expand.h - from a set (`each:`) to its points: parts of a plan are expanded interrupt by
 * interrupt. A survey is asked for each row; what it found becomes the row's options, and, when
 * there are more interrupts, rows of their own. The result depends on the surveys and the seed
 * alone. */
#ifndef SIGSWEEP_EXPAND_H
#define SIGSWEEP_EXPAND_H

#include "plan/plan.h"
#include "support/buf.h"
#include "trial/survey.h"

#define PART_TRIALS_MAX 100000 /* past it a sample of the last set is taken */
#define PART_ROWS_MAX   10000  /* and of the rows that a survey is needed for */

/* Takes the part on to its next set. True: expand_take is wanted for each of its rows; false: it is
 * expanded to the end. */
bool expand_on(struct plan *p, struct plan_part *part);
/* The set that the row's survey is of. */
const struct interrupt *expand_set(const struct plan_part *part, const struct plan_row *row);
/* Packs a survey for expand_take: a sample of it, when the set's limit asks for one. */
void expand_pack(const struct plan *p, const struct plan_part *part, const struct plan_row *row,
                 const struct survey *s, struct buf *out);
/* Gives a row what its survey found. False: the survey did not reach its set. */
bool expand_take(struct plan *p, struct plan_part *part, struct plan_row *row, const void *packed,
                 size_t len);
/* After the last level: samples past PART_TRIALS_MAX, and says why a part is empty. */
void expand_end(struct plan *p, struct plan_part *part);

#endif
