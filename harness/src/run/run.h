/* run.h - the coordinator: hands the plan's trials to workers, appends what comes back to the run
 * folder, keeps the tallies. It tells a listener what happens; it prints nothing itself. */
#ifndef SIGSWEEP_RUN_H
#define SIGSWEEP_RUN_H

#include "plan/plan.h"
#include "run/folder.h"
#include "run/worker.h"
#include "trial/trial.h"

struct run_listener {
    void *arg;
    /* A trial came back. `line` is its log line. */
    void (*trial)(void *arg, const struct report_head *head, const char *line);
    /* All trials of a part are done. Parts are told in the order of the plan. */
    void (*part)(void *arg, size_t index);
    /* At least ten times a second, while anything runs. */
    void (*tick)(void *arg);
    /* Something that a person should know, e.g. a worker that was killed. */
    void (*note)(void *arg, const char *text);
};

struct run {
    const struct plan *plan;
    struct tally *tallies; /* one a part; made by run_all, freed by run_free */
    struct folder folder;  /* opened by the caller */
    struct room_config room;
    int jobs;
    size_t done;     /* trials that came back */
    int interrupted; /* the signal that ended the run early; 0: none */
    bool refused;    /* a trial needed what the machine does not allow */
};

/* Runs everything. 0, or -errno with a message (the log could not be written, no worker could be
 * started). On INT, TERM or HUP it ends the programs, and returns 0 with r->interrupted set; a
 * second such signal ends the process at once (the workers then end their programs). */
int run_all(struct run *r, const struct run_listener *listener, struct error *err);
void run_free(struct run *r);

#endif
