/* events.h - the event lines of a stored trial, "TIME VERB key=value ...", as the timeline needs
 * them. */
#ifndef SIGSWEEP_EVENTS_H
#define SIGSWEEP_EVENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_line {
    int64_t t_ns;
    char verb[32];  /* "cleanup.begin" */
    char name[128]; /* "" when not given */
    int64_t id;     /* the task; -1: not given */
    int64_t rc;     /* of cleanup.end; 0 when not given */
};

/* False: not an event line; such lines are left out of the picture, never an error. */
bool events_read(const char *text, struct event_line *out);
/* How many events a trial has, and how many of them are a cleanup.begin at or after since_ns. */
void events_count(const json_t *trial, int64_t since_ns, size_t *events, size_t *cleanups);

#endif
