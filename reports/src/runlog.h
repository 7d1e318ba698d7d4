/* runlog.h - reads a run folder (docs/reference/run-folder.md). Trials are streamed: one is in
 * memory at a time, however long the run was. A run that is still going, or was killed, can be
 * read. */
#ifndef SIGSWEEP_RUNLOG_H
#define SIGSWEEP_RUNLOG_H

#include "support/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RUNLOG_FORMAT 1 /* the newest `format` of run.json that this reader knows */

/* One entry of run.json's `scenarios`. Strings point into struct runlog's json. */
struct runlog_scenario {
    const char *name;
    const char *file;       /* "" when there is none, as for a command-line sweep */
    const char *points;     /* "" when not said */
    const char *verdict;    /* NULL while running */
    const char *reason;     /* NULL: none */
    const char *replay;     /* NULL: none */
    json_t *expected_kinds; /* NULL: the scenario expects no finding */
    json_t *found_kinds;    /* NULL while running */
    int64_t planned;
    int64_t run; /* as run.json says it; -1: it doesn't say */
    int64_t sampled_out;
};

struct runlog {
    char *dir;    /* as the caller gave it, without trailing slashes; owned */
    json_t *root; /* run.json; owned */
    const char *name, *state, *started, *host, *version, *seed;
    int64_t elapsed_ns; /* -1: not known */
    struct runlog_scenario *scenarios;
    size_t scenarios_n;
};

enum trial_outcome { TRIAL_PASSED, TRIAL_FAILED, TRIAL_UNREACHED, TRIAL_ERROR };

/* What the reports need of one line of trials.jsonl. Valid only during the callback. */
struct runlog_trial {
    json_t *root;
    int64_t number;
    const char *scenario;
    const char *at;      /* "" when not said */
    const char *trouble; /* NULL: none */
    bool baseline;       /* or a finding that was replayed: no trial of the plan */
    bool snapshot;       /* made by a copy of a running program */
    enum trial_outcome outcome;
    bool cut_off; /* the harness ended it (deadline, flood): its exit is not the program's own */
    bool fired;   /* at least one signal was sent, and neither masked nor late */
    bool masked;  /* at least one signal was still blocked at the end */
    /* Nanoseconds since exec; -1: did not occur. */
    int64_t signal_ns, cancel_ns, last_cleanup_ns, exit_ns, end_ns;
};

/* What the end of trials.jsonl looked like. */
struct runlog_end {
    bool torn;    /* the last line was cut off; it was left out */
    bool missing; /* there is no trials.jsonl (yet) */
    size_t lines;
};

/* 0 and *log filled (end with runlog_close), or -errno with a message: no such folder, not a run
 * folder, a format newer than RUNLOG_FORMAT, broken JSON (with its line). */
int runlog_open(const char *dir, struct runlog *log, struct error *err);
void runlog_close(struct runlog *log);

/* Returns 0 to go on; anything else stops the reading and is returned by runlog_trials. */
typedef int runlog_trial_fn(const struct runlog_trial *trial, void *ctx);
/* Calls fn for each trial, baselines too, in the order of the file. A cut-off last line is left out
 * and noted in *end; any other line that is not a trial is an error FILE:LINE. */
int runlog_trials(const struct runlog *log, runlog_trial_fn *fn, void *ctx, struct runlog_end *end,
                  struct error *err);

#endif
