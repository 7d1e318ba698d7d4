/* dialogue.h - what a program's stdin is told, step by step: each step waits for something in the
 * program's output, and then sends its text or ends the input. */
#ifndef SIGSWEEP_DIALOGUE_H
#define SIGSWEEP_DIALOGUE_H

#include "support/buf.h"

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>

struct live;

struct dialogue {
    int fd;        /* the writing end of its stdin, or its terminal; -1: there is none any more */
    size_t at;     /* the step that is next; = n: all are done */
    bool matched;  /* what that step awaits has come */
    size_t sent;   /* bytes of its text that are written */
    bool full;     /* the program does not take more now */
    regex_t regex; /* of that step */
    bool has_regex;
    struct buf window[2]; /* of stdout and stderr: what no step has matched yet */
    int64_t done_ns;      /* absolute: when the last step was done; -1 */
};

/* Takes fd over. */
void dialogue_open(struct live *l, int fd);
void dialogue_output(struct live *l, bool is_stderr, const char *data, size_t len);
/* Goes on as far as it can. */
void dialogue_go(struct live *l);
bool dialogue_done(const struct live *l); /* also when there is none */
/* Notes in the record how far it came. */
void dialogue_close(struct live *l);

#endif
