/* batch.h - steps of one kind, spread over workers that are started for them: they inherit what the
 * steps before have found out. A step that kills its worker is lost; the others are done. */
#ifndef SIGSWEEP_BATCH_H
#define SIGSWEEP_BATCH_H

#include "run/guardian.h"
#include "run/run.h"

#include <signal.h>

#define WORKERS_MAX 256

struct batch {
    enum job_kind kind;
    size_t n;                                              /* steps 1 to n */
    size_t (*chunk)(const struct plan *plan, size_t next); /* steps of the next job; NULL: 1 */
    /* A step came back; text is NULL when its worker was killed. Returns 0 or a failure. */
    int (*take)(void *arg, const struct report_head *head, const char *text, struct error *err);
    void *arg;

    size_t next, done;
    struct job *again; /* given back by workers that are gone */
    size_t again_n;
    uint8_t *seen; /* by step */
};

struct crew {
    struct run *r;
    const struct run_listener *listener;
    struct error *err;
    struct work work;
    struct worker workers[WORKERS_MAX];
    int n;
    int signal_fd;
    struct guardian guardian;
    sigset_t mask;    /* signals as they were before signal_fd took some */
    sigset_t watched; /* INT, TERM and HUP, which are read from signal_fd */
    int cpu;          /* of the first worker: see room_config */
    int rc;           /* the first failure */
};

/* Runs all steps, or until a failure, or a signal (r->interrupted). 0 or -errno (crew->rc). */
int batch_run(struct crew *crew, struct batch *b);
/* Ends what workers left; closes what the crew has. */
void crew_end_orphans(struct crew *crew);
void crew_note(const struct crew *crew, const char *text);

#endif
