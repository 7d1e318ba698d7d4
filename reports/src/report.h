/* report.h - from a run folder to reports. Nothing but the run folder is read. */
#ifndef SIGSWEEP_REPORT_H
#define SIGSWEEP_REPORT_H

#include "support/error.h"

#include <stddef.h>
#include <stdint.h>

/* "junit", "json", "markdown", "lcov", "plots", "all", NULL. */
extern const char *const report_formats[];

/* What came of it. Zero-initialise; end with report_written_free. */
struct report_written {
    char **paths; /* files for a person to open: reports and pictures, in the order written */
    size_t paths_n;
    char **notes; /* what is missing and why: "gnuplot is not installed: ..." */
    size_t notes_n;
};
void report_written_free(struct report_written *w);
void report_written_path(struct report_written *w, char *path); /* takes the string */
void report_written_note(struct report_written *w, char *text); /* takes the string */

/* Writes one format, or all of them. `out`: a file, for plots and all a folder, which is made;
 * NULL: plots go to RUN/report/plots, all to RUN/report (junit.xml, summary.json, summary.md,
 * coverage.info where a sweep has any, plots/), the others to stdout. A picture that can't be drawn
 * is a note, not a failure. timeline_trial: the trial to draw; -1: the one with most cleanups after
 * a signal. written may be NULL. 0, or -errno with a message. */
int report_write_to(const char *run_dir, const char *format, const char *out,
                    int64_t timeline_trial, struct report_written *written, struct error *err);
/* The same, with no trial named and nothing told. */
int report_write(const char *run_dir, const char *format, const char *out, struct error *err);

#endif
