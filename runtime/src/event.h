/* event.h - tells a listener what happens: see "Events" in quiesce.h. Costs one comparison when
 * nobody listens. */
#ifndef QS_EVENT_H
#define QS_EVENT_H

#include "runtime.h"

enum outcome { OUTCOME_DONE, OUTCOME_FAILED, OUTCOME_CANCELLED };

/* The descriptor number in $SIGSWEEP_EVENTS, if it is one that is open; else -1. */
int event_descriptor(void);

void event_text(struct runtime *rt, const char *text);
void event_number(struct runtime *rt, const char *text, int64_t number);
void event_name(struct runtime *rt, const char *text, const char *name); /* name: one word */
void event_task(struct runtime *rt, const char *verb, uint64_t id);      /* not for the main task */
void event_task_end(struct runtime *rt, uint64_t id, enum outcome outcome);
void event_cleanup(struct runtime *rt, const char *verb, uint64_t id, const char *name);
void event_cleanup_end(struct runtime *rt, uint64_t id, const char *name, int rc);

#endif
