/* record_read.h - a line of trials.jsonl back into the record that it was written from: all that
 * the judge looks at. The other direction is record_json.h. */
#ifndef SIGSWEEP_RECORD_READ_H
#define SIGSWEEP_RECORD_READ_H

#include "support/error.h"
#include "trial/record.h"

#include <jansson.h>

/* Parses one line of a log; NULL: it is no JSON object. A NUL that a program wrote is part of its
 * text. The caller drops the reference. */
json_t *line_parse(const char *text, size_t len);

/* Fills *r (record_init'd; the caller ends it with record_free) from a line of a trial of s. What
 * is missing in the line is empty in the record. 0; -EINVAL with a message: the line is not of this
 * format. */
int record_read(json_t *line, const struct scenario *s, struct record *r, struct error *err);

#endif
