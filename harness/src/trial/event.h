/* event.h - one line of the event protocol, `VERB key=value ...`, as facts. */
#ifndef SIGSWEEP_EVENT_H
#define SIGSWEEP_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVENT_LINE_MAX 512 /* bytes with the newline; <= PIPE_BUF, so one write(2) stays whole */

enum event_verb {
    EVENT_READY,
    EVENT_SLOTS,          /* n */
    EVENT_TASK_QUEUE,     /* id */
    EVENT_TASK_START,     /* id */
    EVENT_TASK_END,       /* id outcome */
    EVENT_TASK_FINI,      /* id */
    EVENT_CANCEL,         /* level */
    EVENT_CLEANUP_ARM,    /* id name; the id of a cleanup may be left out: one of the process */
    EVENT_CLEANUP_DISARM, /* id name: armed, taken back, need not run */
    EVENT_CLEANUP_BEGIN,  /* id name */
    EVENT_CLEANUP_END,    /* id name rc */
    EVENT_ACQUIRE,        /* name */
    EVENT_RELEASE,        /* name */
    EVENT_MARK,           /* name */
    EVENT_NOTIFY,         /* name: a line of an sd_notify message; the harness reports it */
    EVENT_VERBS,
};

enum event_outcome { OUTCOME_NONE, OUTCOME_DONE, OUTCOME_FAILED, OUTCOME_CANCELLED };

struct event {
    int64_t t_ns; /* since exec: when the harness saw it, or the program's own t= */
    enum event_verb verb;
    enum event_outcome outcome;
    int64_t id; /* the task; -1: not given */
    long n;     /* slots n=, cancel level=, cleanup.end rc= */
    char *name; /* owned; NULL: not given */
};

const char *event_verb_name(enum event_verb verb); /* "task.start" */
int event_verb_parse(const char *name);            /* the verb, or -1 */
const char *event_outcome_name(enum event_outcome outcome);

/* Parses one line of len bytes (without its newline). t= is returned raw (CLOCK_MONOTONIC ns) in
 * *stamp, or -1; ev->t_ns is set to -1 for the caller to fill in. 0, or -EINVAL: not an event
 * (garbage, an unknown verb, a missing, doubled or bad value, a line over EVENT_LINE_MAX). Keys
 * that the verb has no use for are skipped, so that newer programs can be read. A name may hold any
 * bytes but space, newline and NUL: it is untrusted. On success the caller frees ev->name. */
int event_parse(const char *line, size_t len, struct event *ev, int64_t *stamp);
/* Writes it back, without newline and without t=, and NUL-terminated. What event_parse has read
 * fits into EVENT_LINE_MAX. Returns the length, as snprintf does: >= room means that it was cut. */
int event_print(const struct event *ev, char *out, size_t room);

#endif
