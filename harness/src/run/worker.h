/* worker.h - the worker processes. A worker owns a room, runs trials that the coordinator hands it
 * job by job, judges them, and sends each back as a finished log line. Coordinator and
 * worker guard each other: when one dies, the other ends the program and all that it started. */
#ifndef SIGSWEEP_WORKER_H
#define SIGSWEEP_WORKER_H

#include "plan/plan.h"
#include "run/record_json.h"
#include "support/buf.h"
#include "trial/trial.h"

#include <stdint.h>
#include <sys/types.h>

/* What precedes each line on its way from the worker. */
struct report_head {
    uint32_t size;    /* of the text that follows: a log line, or an error message */
    uint32_t number;  /* of the trial, or the step; 0: a baseline */
    uint32_t outcome; /* enum trial_outcome */
    kind_set kinds;
    uint8_t fired, masked;
    uint8_t fatal;      /* the worker can't go on: the text is a message, `code` its -errno */
    uint32_t warnings;  /* kinds that were found as warnings */
    uint8_t unexpected; /* there are findings that the scenario does not want */
    uint8_t engine;     /* enum engine */
    uint8_t how;        /* enum ended_how, and its value: for the strip of outcomes */
    int16_t value;
    uint32_t site; /* of the last interrupt: number in sites.jsonl; 0: not known */
    int32_t code;
    uint8_t kind;      /* enum job_kind */
    uint8_t checked;   /* a snapshot trial that was replayed too */
    uint8_t disagreed; /* with another ending or other findings: the replay's are told */
};

enum job_kind { JOB_END, JOB_SURVEY, JOB_TRIALS, JOB_REPLAY };

/* Steps `first` to first + n - 1 of a kind: trials of the plan, or places in the lists below, from
 * 1. The trials of one job that are not single are of one row of the plan. */
struct job {
    uint32_t kind, first, n;
};

struct survey_step {
    size_t part, row;
};

/* A fresh start with interrupts of its own: to confirm a finding, or to make it shorter. */
struct replay_step {
    const struct scenario *scenario;
    const char *at;
    size_t group; /* whose finding it is to show again */
    size_t trial;
};

/* What a worker inherits when it is started. */
struct work {
    const struct plan *plan;
    const struct survey_step *surveys;
    const struct replay_step *replays;
};

/* So many jobs are handed ahead, as long as they are small: a worker never waits for the
 * coordinator. */
#define WORKER_QUEUE 4

struct given {
    struct job job;
    size_t left; /* steps that it has not reported */
};

struct worker {
    pid_t pid;
    int fd;                           /* stream socket: jobs out (JOB_END ends it), reports in */
    struct given given[WORKER_QUEUE]; /* oldest first */
    size_t given_n;
    struct buf in; /* bytes of reports that are not whole yet */
};

/* Forks a worker. It inherits the work as it is now. 0 or -errno. */
int worker_start(struct worker *w, const struct work *work, const struct room_config *config);
int worker_give(struct worker *w, struct job job);
/* Steps that it was given and has not reported. */
size_t worker_owes(const struct worker *w);
/* Reads what is there; calls `take` for each whole report; its text ends with a NUL. 0; -EPIPE: the
 * worker is gone. */
int worker_read(struct worker *w,
                void (*take)(void *arg, struct worker *w, const struct report_head *head,
                             const char *text),
                void *arg);
/* Asks it to end at once (its program too) and waits for it. */
void worker_stop(struct worker *w);

#endif
