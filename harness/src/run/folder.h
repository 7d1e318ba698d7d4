/* folder.h - writes a run folder: run.json, trials.jsonl, artifacts (docs/reference/run-folder.md).
 */
#ifndef SIGSWEEP_FOLDER_H
#define SIGSWEEP_FOLDER_H

#include "plan/plan.h"
#include "support/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RUN_FORMAT 1

/* What is known of a scenario's trials so far. */
struct tally {
    size_t run, passed, failed, unreached, masked, errors, fired;
    kind_set found;            /* kinds in all its trials */
    size_t first_bad;          /* its first trial with an unexpected finding; 0: none */
    size_t snapshot, replayed; /* trials by engine */
    size_t checked, disagreed; /* snapshot trials that were replayed too; with other findings */
    bool doubted;              /* only copies showed its findings: no replay did */
    char *error;               /* first trouble of a trial that could not be started; owned */
};

enum scenario_verdict {
    VERDICT_PASSED,
    VERDICT_FAILED,
    VERDICT_SKIPPED,
    VERDICT_UNTESTED,
    VERDICT_ERROR
};
const char *verdict_name(enum scenario_verdict verdict);
/* The verdict of a part whose trials all ran: failed on unexpected findings, on a wanted kind that
 * was not found, untested when nothing was fired, error when a trial could not be started. */
enum scenario_verdict verdict_of(const struct plan_part *part, const struct tally *t);

struct folder {
    char *path; /* as people see it, e.g. runs/2026-11-23T21-30-00 */
    int trials_fd;
    uint64_t good;      /* bytes of whole lines in trials.jsonl */
    unsigned artifacts; /* trials that have a folder there */
    int jobs;
    bool confirm_wanted; /* told, so that a later judgement makes the same groups */
    int argc;
    char **argv;
    /* Set when the folder goes with the run: how a point is tried again, without it. The command
     * line up to --at, and the command. */
    const char *again, *again_command;
    int64_t started_s; /* CLOCK_REALTIME */
    int64_t elapsed_ns;
    const char *state; /* "running" "finished" "interrupted" */
};

/* Writes sites.jsonl: one call site a line. A failure is not told: each trial has its text. */
void folder_write_sites(const struct folder *f, const struct plan *plan);
/* Makes the folder: `path`, or runs/TIME when NULL. A folder that is there already is -EEXIST. */
int folder_open(struct folder *f, const char *path, struct error *err);
/* Appends one line. When the disk is full the part that was written is cut off again, so that the
 * file stays readable; -ENOSPC or another -errno, with a message. */
int folder_append(struct folder *f, const char *line, size_t len, struct error *err);
/* Writes artifacts/NUMBER/ of a trial with unexpected findings, out of its log line: stdout,
 * stderr, events, stuck, each where there is anything. Past a thousand trials nothing is written:
 * the log has all. A failure is not told: the log has all. */
void folder_keep_artifacts(struct folder *f, size_t number, const char *line, size_t len);
/* Writes run.json anew (atomically: by rename). */
int folder_describe(struct folder *f, const struct plan *plan, const struct tally *tallies,
                    struct error *err);
/* Sets a scenario's verdict and counts in its entry of run.json, o. */
void folder_set_counts(const struct folder *f, json_t *o, const struct plan_part *part,
                       const struct tally *t);
void folder_close(struct folder *f);

#endif
