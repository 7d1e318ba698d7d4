/* phases.h - what run_all does one after the other. Each does nothing when a phase before failed or
 * was interrupted. */
#ifndef SIGSWEEP_PHASES_H
#define SIGSWEEP_PHASES_H

#include "run/batch.h"

void phase_begin(const struct crew *crew, enum run_phase phase);
/* Lists the points of the sets; the plan is complete afterwards. */
void phase_survey(struct crew *crew);
/* Every trial of the plan: into the log, the tallies and the groups. */
void phase_trials(struct crew *crew);
/* Replays the first groups of parts with sets, and then says which parts only copies failed. */
void phase_confirm(struct crew *crew);
/* Tries fewer and more readable interrupts for the groups that were confirmed. */
void phase_shrink(struct crew *crew);

#endif
