/* digest_finding.h - findings of one signature are one: groups them while the trials stream by. */
#ifndef SIGSWEEP_DIGEST_FINDING_H
#define SIGSWEEP_DIGEST_FINDING_H

#include "digest.h"

#define DIGEST_FINDINGS_MAX 2000 /* signatures kept; the rest is counted */

void digest_add_findings(struct digest *d, size_t scenario, const struct runlog_trial *t);
/* Unwanted ones, warnings, wanted ones; otherwise as they came. */
void digest_order_findings(struct digest *d);
/* The kinds of a scenario's unwanted findings, "hang, file-left"; the caller frees. */
char *digest_kinds(const struct digest *d, size_t scenario);
/* The command line that replays the trial, or, where the folder goes with the run, its point; the
 * caller frees. */
char *digest_replay_line(const struct digest *d, int64_t trial, const char *at);
void digest_free_findings(struct digest *d);

#endif
