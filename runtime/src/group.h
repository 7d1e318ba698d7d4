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
    struct qs_block *block;       /* its owner's innermost block when it was opened, or NULL */
    struct fiber *spared;         /* its task that goes on although it is cancelled, or NULL */
    struct qs_link doom;          /* in the list of groups that are about to be cancelled */
    bool doomed;                  /* is in that list */
    unsigned depth;               /* how many cleanups of its owner ran when it was opened */
    bool cancelled;               /* none of its tasks will start any more */
    bool timed_out;               /* by its deadline */
    bool allocated;               /* from qs_group_open(): to be freed */
    struct timer timer;           /* its deadline */
    struct qs_group_options opts; /* as given */
    struct qs_report report;      /* what became of its tasks so far */
};

/* Opens one in memory that the caller has, which may be a frame of the task's. Cannot fail. */
void group_begin(struct fiber *fiber, struct qs_group *group,
                 const struct qs_group_options *options);
/* Joins its tasks; the memory is the caller's again. Returns what qs_group_close() does. */
int group_end(struct fiber *fiber, struct qs_group *group, struct qs_report *report);

/* qs_spawn(); with a handle, which may be NULL. */
int group_spawn(struct qs_group *group, struct qs_task *handle, const char *name, qs_task_fn *fn,
                void *arg, qs_fini_fn *fini);

/* Counts how a task ended; a failure is reported, and cancels the others if the group says so. */
void group_outcome(struct qs_group *group, const struct task *task, enum outcome outcome, int rc);
/* The same for a cleanup that failed, or took longer than its limit. */
void group_cleanup_failed(struct qs_group *group, const struct task *task, const char *cleanup,
                          int rc, bool overrun);
/* A task has had its fini: gives its slot on, if it had one, and wakes the owner when it was the
 * last. */
void group_leave(struct qs_group *group, bool slot);

/* Cancels and closes the groups that the task has left open since depth cleanups ran inside each
 * other. Returns rc, or the first error of theirs when rc is none. */
int group_close_left(struct fiber *fiber, unsigned depth, int rc);

#endif
