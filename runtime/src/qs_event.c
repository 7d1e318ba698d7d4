/* qs_event.c - the event that tasks wait for. (What is reported to a listener is in event.c.) */
#include "schedule.h"

void qs_event_init(struct qs_event *event)
{
    event->set = false;
    list_init(&event->waiters);
}

void qs_event_set(struct qs_event *event)
{
    event->set = true;
    while (!list_empty(&event->waiters))
        sched_wake(CONTAINER(event->waiters.next, struct task, link)->fiber, 0);
}

void qs_event_reset(struct qs_event *event)
{
    event->set = false;
}

bool qs_event_is_set(const struct qs_event *event)
{
    return event->set;
}

int qs_event_wait(struct qs_event *event, int64_t deadline)
{
    struct fiber *fiber;
    int rc = wait_begin(&fiber);

    if (rc || event->set)
        return rc;
    return sched_park_in(fiber, &event->waiters, WAIT_EVENT, deadline);
}
