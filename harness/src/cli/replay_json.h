/* replay_json.h - the verdict on one replayed trial as one JSON object. */
#ifndef SIGSWEEP_REPLAY_JSON_H
#define SIGSWEEP_REPLAY_JSON_H

#include "judge/judge.h"
#include "support/error.h"

struct replay_verdict {
    const struct scenario *scenario;
    const struct interrupt *interrupts;
    size_t interrupts_n;
    const struct record *record;
    const struct findings *findings;
    const char *again; /* the command line that replays it */
};

/* Writes it to the file, or to stdout for "-". 0, or -errno with a message. */
int replay_json_write(const struct replay_verdict *v, const char *file, struct error *err);

#endif
