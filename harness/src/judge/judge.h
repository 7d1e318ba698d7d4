/* judge.h - a pure function from (scenario, baseline, record) to findings. It opens no file, reads
 * no clock and knows no process: what it says today it says again tomorrow from the stored record.
 */
#ifndef SIGSWEEP_JUDGE_H
#define SIGSWEEP_JUDGE_H

#include "scenario/scenario.h"
#include "trial/record.h"

struct finding {
    enum finding_kind kind;
    char *subject;  /* what it is about: a cleanup's name, a file, a command; owned, never NULL */
    char *message;  /* one sentence: what happened; owned */
    char *expected; /* what should have been seen; owned */
    char *seen;     /* what was seen; owned */
    bool warning;   /* worth a look, and no failure */
};

struct findings {
    struct finding *list;
    size_t n;
    kind_set kinds; /* of the errors in the list */
    kind_set warnings;
    char **untested; /* checks that could not run, each with its reason; owned */
    size_t untested_n;
};

/* Appends to *out (zero-initialised by the caller, ended with findings_free). `baseline` is the
 * uninterrupted trial, or NULL when there is none. Order: by kind, then by place in the record. */
void judge(const struct scenario *s, const struct record *baseline, const struct record *r,
           struct findings *out);
/* True when the record shows something that only a baseline can tell from normal: a file left
 * (the finished program may leave it too), success that may be the normal end. */
bool judge_wants_baseline(const struct scenario *s, const struct record *r);
void findings_free(struct findings *f);

/* For the checks: takes ownership of no argument. */
void findings_add(struct findings *f, enum finding_kind kind, const char *subject,
                  const char *message, const char *expected, const char *seen);
void findings_warn(struct findings *f, enum finding_kind kind, const char *subject,
                   const char *message, const char *expected, const char *seen);
void findings_untested(struct findings *f, const char *reason);

#endif
