/* run.h - the coordinator: hands the plan's trials to workers, appends what comes back to the run
 * folder, keeps the tallies. It tells a listener what happens; it prints nothing itself. */
#ifndef SIGSWEEP_RUN_H
#define SIGSWEEP_RUN_H

#include "plan/plan.h"
#include "run/folder.h"
#include "run/worker.h"
#include "trial/trial.h"

/* What a run is doing. Phases come in this order; a run without sets begins with PHASE_TRIALS. */
enum run_phase {
    PHASE_SURVEY,  /* baselines list the points of the sets */
    PHASE_TRIALS,  /* every trial of the plan */
    PHASE_CONFIRM, /* findings are replayed */
    PHASE_SHRINK,  /* and made shorter */
};

/* Findings of one cause: one signature (scenario, kind, subject, site). */
struct group {
    size_t part;
    enum finding_kind kind;
    char *subject, *message, *expected, *seen; /* of the first trial; owned */
    char *where;  /* call site of the last interrupt in the first trial; "" when not known; owned */
    char *at;     /* its interrupts as points text; owned */
    char *shrunk; /* fewer interrupts, or points that are easier to read; NULL: as found; owned */
    size_t trial; /* the first trial that shows it (the lowest number) */
    size_t trials;             /* how many do */
    uint32_t site;             /* the number of `where` */
    bool warning;              /* no error: it does not fail the run */
    bool wanted;               /* of a kind that the scenario expects: the same */
    bool replayed;             /* a trial that was no copy shows it too */
    unsigned confirmed, tried; /* replays that showed it again, of so many; tried 0: not replayed */
};

/* What became of the points, over all parts with sets and the other trials. */
struct account {
    size_t points; /* planned trials, and those left out */
    size_t fired, masked, unreached;
    size_t sampled_out;        /* left out by a limit */
    size_t snapshot, replayed; /* trials by engine */
    size_t checked,
        disagreed; /* snapshot trials that were replayed as a check; with other findings */
};

struct run_listener {
    void *arg;
    /* A phase begins; r->phase_all says how many steps it has, where that is known. */
    void (*phase)(void *arg, enum run_phase phase);
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
    struct plan *plan;     /* its sets are expanded by run_all */
    struct tally *tallies; /* one a part; made by run_all, freed by run_free */
    struct folder folder;  /* opened by the caller */
    struct room_config room;
    int jobs;
    size_t done;     /* trials that came back */
    int interrupted; /* the signal that ended the run early; 0: none */
    bool refused;    /* a trial needed what the machine does not allow */
    enum run_phase phase;
    size_t phase_done, phase_all; /* steps of the phase, for a progress bar */
    struct account account;
    bool confirm_wanted;  /* wanted findings are grouped, replayed and made shorter, too */
    struct group *groups; /* by first trial; owned */
    size_t groups_n;
    size_t warnings_n;  /* of the groups: those that fail nothing */
    size_t groups_more; /* signatures past the cap: counted, not kept */
};

/* Runs everything. 0, or -errno with a message (the log could not be written, no worker could be
 * started). On INT, TERM or HUP it ends the programs, and returns 0 with r->interrupted set; a
 * second such signal ends the process at once (the workers then end their programs). */
int run_all(struct run *r, const struct run_listener *listener, struct error *err);
void run_free(struct run *r);

#endif
