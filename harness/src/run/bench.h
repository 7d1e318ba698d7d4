/* bench.h - a worker's workplace: does the jobs that it is handed, in its room. Reports are sent in
 * batches. */
#ifndef SIGSWEEP_BENCH_H
#define SIGSWEEP_BENCH_H

#include "run/worker.h"
#include "support/buf.h"

struct bench {
    const struct work *work;
    struct room *room;
    int fd;
    const struct scenario *based; /* whose baseline is kept */
    struct record baseline;
    bool has_baseline;
    struct buf out; /* reports that are not sent yet */
    int64_t sent_ns;
};

/* 0; -ECANCELED, -EPIPE: the coordinator wants an end; another -errno: this worker can't go on, and
 * has told so. */
int bench_do(struct bench *b, const struct job *job, struct error *err);
/* Says that a step could not be done; number 0: that the worker can't go on. */
void bench_fatal(struct bench *b, enum job_kind kind, size_t number, int code,
                 const struct error *err);
void bench_close(struct bench *b);

#endif
