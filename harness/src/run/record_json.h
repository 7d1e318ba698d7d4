/* record_json.h - a record and its findings as one line of trials.jsonl
 * (docs/reference/run-folder.md). */
#ifndef SIGSWEEP_RECORD_JSON_H
#define SIGSWEEP_RECORD_JSON_H

#include "judge/judge.h"
#include "support/buf.h"
#include "trial/record.h"

#include <jansson.h>
#include <stddef.h>

enum trial_outcome { OUTCOME_PASSED, OUTCOME_FOUND, OUTCOME_UNREACHED, OUTCOME_ERROR };

/* The outcome of a judged trial. Wanted kinds (expect.findings) are part of passing. A trial in
 * which an interrupt was not sent is unreached, unless it shows a finding all the same. */
enum trial_outcome outcome_of(const struct scenario *s, const struct record *r,
                              const struct findings *f);
const char *outcome_name(enum trial_outcome outcome); /* "passed" "failed" "unreached" "error" */

const char *delivery_state_name(enum delivery_state state); /* "fired" */
const char *file_state_name(enum file_state state);         /* "changed" */

/* The list under `findings`; a new reference. */
json_t *findings_print(const struct scenario *s, const struct findings *f);

struct trial_line {
    size_t number; /* 0: a baseline */
    const struct scenario *scenario;
    const char *at; /* the plan, as points text */
    const struct record *record;
    const struct findings *findings;
    enum trial_outcome outcome;
    const char *role;  /* "trial", "confirm"; NULL: by the number */
    uint32_t site;     /* of the last interrupt: number in sites.jsonl; 0: not known */
    const char *where; /* the same as text, or NULL */
    bool disagreed;    /* a snapshot of the same trial showed something else */
};

/* Appends the line, with its newline, to out. 0 or -errno. A snapshot trial without findings gets a
 * short line: what is empty is left out, and output of more than 4 KiB is told by its length. */
int trial_line_print(const struct trial_line *line, struct buf *out);

#endif
