/* formats.h - the text reports: a digest goes in, the text is appended to *out. */
#ifndef SIGSWEEP_FORMATS_H
#define SIGSWEEP_FORMATS_H

#include "digest.h"
#include "support/buf.h"

void report_junit(const struct digest *d, struct buf *out);    /* JUnit XML, as Jenkins reads it */
void report_json(const struct digest *d, struct buf *out);     /* the machine-readable summary */
void report_markdown(const struct digest *d, struct buf *out); /* for a CI step summary */

/* Where signals landed, by function and line, as an lcov tracefile. *unplaced: signals that landed
 * where no source line is known; *out stays empty when no place has one. 0 or -errno, a message. */
int report_lcov(const struct digest *d, struct buf *out, int64_t *unplaced, struct error *err);

/* Findings that the run has grouped and replayed; NULL: it has none on record. The caller owns. */
json_t *json_confirmed_findings(const struct digest *d);

#endif
