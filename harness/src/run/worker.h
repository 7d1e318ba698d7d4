/* worker.h - the worker processes. A worker owns a room, runs trials that the coordinator hands it
 * one number at a time, judges them, and sends each back as a finished log line. Coordinator and
 * worker guard each other: when one dies, the other ends the program and all that it started. */
#ifndef SIGSWEEP_WORKER_H
#define SIGSWEEP_WORKER_H

#include "plan/plan.h"
#include "run/record_json.h"
#include "trial/trial.h"

#include <stdint.h>
#include <sys/types.h>

/* What precedes each line on its way from the worker. */
struct report_head {
    uint32_t size;    /* of the text that follows: a log line, or an error message */
    uint32_t number;  /* of the trial; 0: a baseline */
    uint32_t outcome; /* enum trial_outcome */
    kind_set kinds;
    uint8_t fired, masked;
    uint8_t fatal;      /* the worker can't go on: the text is a message, `code` its -errno */
    uint8_t unexpected; /* there are findings that the scenario does not want */
    uint8_t engine;     /* enum engine */
    uint8_t how;        /* enum ended_how, and its value: for the strip of outcomes */
    int16_t value;
    uint32_t site; /* of the last interrupt: number in sites.jsonl; 0: not known */
    int32_t code;
};

/* So many trials are handed ahead, so that a worker never waits for the coordinator. */
#define WORKER_QUEUE 4

struct worker {
    pid_t pid;
    int fd;                     /* stream socket: numbers (uint32_t, 0 ends it) out, reports in */
    size_t given[WORKER_QUEUE]; /* trials it was handed and has not reported, oldest first */
    size_t given_n;
    struct buf in; /* bytes of reports that are not whole yet */
};

/* Forks a worker. It inherits the plan. 0 or -errno. */
int worker_start(struct worker *w, const struct plan *plan, const struct room_config *config);
int worker_give(struct worker *w, size_t number);
/* Reads what is there; calls `take` for each whole report. 0; -EPIPE: the worker is gone. */
int worker_read(struct worker *w,
                void (*take)(void *arg, struct worker *w, const struct report_head *head,
                             const char *text),
                void *arg);
/* Asks it to end at once (its program too) and waits for it. */
void worker_stop(struct worker *w);

#endif
