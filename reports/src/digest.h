/* digest.h - one run, summed up: what every report format says, worked out once. Counts come from
 * the trials themselves, so a run that is still going can be reported; memory grows by the
 * latencies (at most 24 bytes a trial), not by the trials' contents. */
#ifndef SIGSWEEP_DIGEST_H
#define SIGSWEEP_DIGEST_H

#include "runlog.h"
#include "stats.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From the first signal that was sent to ... */
enum metric { METRIC_CANCEL, METRIC_LAST_CLEANUP, METRIC_EXIT, METRICS };

const char *metric_name(enum metric m);  /* "last_cleanup" */
const char *metric_title(enum metric m); /* "last cleanup" */

struct digest_counts {
    int64_t planned;
    int64_t run; /* trials that ended, without baselines */
    int64_t passed, failed, errors;
    int64_t fired;       /* in which a signal was sent and taken */
    int64_t unreached;   /* the point did not occur: tested nothing */
    int64_t masked;      /* a signal was still blocked when the program ended */
    int64_t snapshot;    /* made by copies of a running program; the others by a fresh start */
    int64_t sampled_out; /* points that exist and were left out by `limit` */
};

/* The findings of one signature (scenario, kind, subject). Strings are owned. */
struct digest_finding {
    char *kind, *subject, *message, *expected, *seen;
    char *at;     /* where the signals were fired, in the first such trial */
    char *replay; /* a line to paste */
    bool wanted;  /* the scenario expects to find it */
    bool warning; /* it fails nothing */
    size_t scenario;
    int64_t trials, first_trial;
};

/* A check that could not run, and in how many trials. */
struct digest_untested {
    char *reason;
    int64_t trials;
};

struct digest_scenario {
    const char *name, *file, *points; /* point into the run log */
    const char *verdict; /* passed failed skipped untested error; incomplete: the run did not get
                          * through it */
    char *reason;        /* why not passed, where there is more to say than the findings; or NULL */
    char *kinds;         /* "hang, file-left": of the unwanted findings, once each; never NULL */
    json_t *expected_kinds; /* borrowed; NULL: expects none */
    struct digest_counts counts;
    struct stats latency[METRICS]; /* sorted */
    int64_t elapsed_ns;            /* of all its trials */
    struct digest_untested *untested;
    size_t untested_n;
};

struct digest {
    const struct runlog *log; /* borrowed: must outlive the digest */
    const char *verdict;      /* clean findings untested */
    struct digest_counts counts;
    struct digest_scenario *scenarios;
    size_t scenarios_n;
    struct digest_finding *findings; /* unwanted ones first, then warnings, then wanted ones, in the
                                        order they were first seen */
    size_t findings_n;
    int64_t findings_more; /* signatures over the cap: counted, not listed */
    char **notes;          /* about the run log itself: torn, unfinished, lines missing */
    size_t notes_n;
    json_t *strays;         /* names of scenarios that run.json doesn't list; owned */
    int64_t timeline_trial; /* the trial with most cleanups after a signal; -1: none has events */
};

/* Reads all trials once. 0 (end with digest_free), or -errno with a message. */
int digest_make(const struct runlog *log, struct digest *out, struct error *err);
void digest_free(struct digest *d);
/* How many scenarios have this verdict. */
size_t digest_count(const struct digest *d, const char *verdict);

#endif
