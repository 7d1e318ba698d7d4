/* formats.h - the text reports: a digest goes in, the text is appended to *out. */
#ifndef SIGSWEEP_FORMATS_H
#define SIGSWEEP_FORMATS_H

#include "digest.h"
#include "support/buf.h"

void report_junit(const struct digest *d, struct buf *out);    /* JUnit XML, as Jenkins reads it */
void report_json(const struct digest *d, struct buf *out);     /* the machine-readable summary */
void report_markdown(const struct digest *d, struct buf *out); /* for a CI step summary */

#endif
