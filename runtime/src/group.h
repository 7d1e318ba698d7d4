/* group.h - groups of tasks. */
#ifndef QS_GROUP_H
#define QS_GROUP_H

#include "event.h"
#include "task.h"

struct qs_group {
    struct qs_sem slots;          /* its permits to run; its queue holds the queued tasks */
    struct qs_link started;       /* fibers of its started tasks */
    struct qs_link open;          /* in its owner's list of open groups */
    struct fiber *owner;          /* who opened it */
    size_t live;                  /* tasks that have not had their fini */
    size_t starting;              /* tasks that have a slot and are in the run queue */
    unsigned shields;             /* how many shields it was opened under; 0: none protects it */
    bool cancelled;               /* none of its tasks will start any more */
    bool timed_out;               /* by its deadline */
    struct timer timer;           /* its deadline */
    struct qs_group_options opts; /* as given */
    struct qs_report report;      /* what became of its tasks so far */
};

/* Counts how a task ended; a failure is reported, and cancels the others if the group says so. */
void group_outcome(struct qs_group *group, const struct task *task, enum outcome outcome, int rc);
/* The same for a cleanup that failed. */
void group_cleanup_failed(struct qs_group *group, const struct task *task, const char *cleanup,
                          int rc);
/* A task has had its fini: gives its slot on, if it had one, and wakes the owner when it was the
 * last. */
void group_leave(struct qs_group *group, bool slot);
/* Cancels and closes the groups a task left open. */
void group_close_all(struct fiber *fiber);

#endif
