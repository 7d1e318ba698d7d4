/* rejudge.h - judges the stored records of a run again: nothing is run. The facts in each line stay
 * as they are; findings, outcome and verdicts are made anew. */
#ifndef SIGSWEEP_REJUDGE_H
#define SIGSWEEP_REJUDGE_H

#include "run/run.h"

#include <jansson.h>

struct rejudged { /* one scenario of the run */
    const char *name;
    struct scenario scenario; /* as its file says it now */
    bool loaded;              /* false: skipped in the run; it has no records */
    struct record baseline;   /* the run's uninterrupted trial */
    bool has_baseline;
    char *was;      /* the verdict so far; NULL: none */
    const char *is; /* the verdict now; NULL: none */
    size_t changed; /* trials with other findings than before */
};

struct rejudge {
    char *dir;
    json_t *root; /* run.json */
    struct rejudged *list;
    size_t n;
    struct run run; /* plan (parts only), tallies, groups, folder */
    struct plan plan;
    size_t trials, changed;
    bool cut; /* the log's last line is not whole: its run was killed */
};

/* Reads run.json and the scenarios' files. 0, or -errno with messages: the run is not of a format
 * that can be judged here, it is not finished (unless `unfinished`), a scenario's file is gone or
 * has mistakes, or its program is another one now. All such are told in one go. */
int rejudge_open(struct rejudge *j, const char *dir, bool unfinished, struct buf *messages);
/* Judges every line. 0 or -errno with a message. With `write`, the new log, findings.json and
 * run.json each take the place of the old by a rename; the old ones are kept in before/N. */
int rejudge_all(struct rejudge *j, bool write, struct error *err);
void rejudge_close(struct rejudge *j);

#endif
