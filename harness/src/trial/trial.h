/* trial.h - one execution with a definite list of interrupts: launch, fire, observe, end.
 * The only door into this folder for the run; nothing here judges. */
#ifndef SIGSWEEP_TRIAL_H
#define SIGSWEEP_TRIAL_H

#include "scenario/scenario.h"
#include "support/error.h"
#include "trial/record.h"

struct room;
struct survey;

/* What a worker needs to know to set up its room. */
struct room_config {
    const char *scratch_base; /* folder for scratch directories; NULL: TMPDIR, else /tmp */
    const char
        *programs_dir; /* where commands without a slash are looked up before PATH; or NULL */
    const char *here;  /* a folder that the program runs in, as it is; NULL: in a scratch */
    int worker;        /* 0-based; chooses the CPU that tracer and traced share */
    int cpu;           /* 1 + that of worker 0; 0: the one that room_open runs on */
    uint64_t disk;     /* bytes that a scratch may hold; 0: half of what is free, at most 4 GiB */
    int stop_fd;       /* hung up: end the trial at once, whole tree; -1: none */
    bool keep_environment; /* the program gets the caller's environment, HOME and TMPDIR apart */
    bool keep_scratch;     /* do not remove the last scratch (replay --keep) */
};

/* A room is what one worker process keeps between its trials: a scratch area, the event filter,
 * a timer. It makes the calling process a subreaper and blocks SIGCHLD. One room a process. */
int room_open(const struct room_config *config, struct room **out, struct error *err);
void room_close(struct room *room);
/* Time spent so far on the census: descriptors and threads at exit, files, IPC, the terminal. */
int64_t room_census_ns(const struct room *room);
/* The scratch of the last trial, for a person to look at; owned by the room. */
const char *room_scratch(const struct room *room);

struct trial_plan {
    const struct scenario *scenario;
    const struct interrupt *interrupts; /* concrete: no sets */
    size_t interrupts_n;                /* 0: the baseline */
    uint64_t seed;
    bool
        aged; /* the files that it starts with are made a day older: for what is told apart by it */
    struct survey *survey; /* filled with the points after the last interrupt; NULL: none wanted */
};

/* Runs one trial and fills *r (record_init'd; the caller ends it with record_free). Always leaves
 * no process of the trial behind. 0; -ECANCELED: stopped through stop_fd, the record is of no
 * use; -EPERM: the machine does not allow what the trial needs (message in err); another -errno:
 * the harness itself failed. A program that can't be started is a record, not an error. */
int trial_run(struct room *room, const struct trial_plan *plan, struct record *r,
              struct error *err);

/* The snapshot engine: one execution, with the plan's interrupts fired in it; then, at each of the
 * points, a copy that gets the signal and runs to its end. */
struct sweep {
    struct trial_plan plan;         /* without survey */
    const struct interrupt *points; /* the interrupt of each trial, in the order of the survey */
    size_t n;
    /* Called once for each point, in order. r: the record of the copy (the deliveries are those of
     * the plan's interrupts and then the point's), valid during the call; NULL: a copy at this
     * point would not be sound, for the reason `why`: it has to be replayed. Anything but 0 ends
     * the sweep and is returned. */
    int (*take)(void *arg, size_t index, struct record *r, const char *why);
    void *arg;
};
/* A reason why: another execution may come to the point. Compared by address. */
extern const char sweep_diverged[];
/* 0, or as trial_run. When the original can't go on, the points that are left are given as not
 * sound. Leaves no process behind. */
int trial_sweep(struct room *room, const struct sweep *sweep, struct error *err);

/* Puts away the scratch folders of workers that were killed, and ends programs of theirs that still
 * run (by the TMPDIR in their environment). `parent` as in room_config. */
void scratch_sweep(const char *parent);

/* Ends every process that this one has inherited as a subreaper: all descendants but the n children
 * in keep and what is below them. */
void orphans_end(const pid_t *keep, size_t n);

/* Looks a command up as the launcher does: as given when it has a slash, else in programs_dir, then
 * PATH. The path (caller frees), or NULL. */
char *program_find(const char *command, const char *programs_dir);

/* What this machine allows, each 0 or -errno. */
struct capabilities {
    int ptrace;    /* PTRACE_SEIZE of a child */
    int seccomp;   /* a filter that returns TRACE, seen by the tracer */
    int pidfd;     /* pidfd_open, pidfd_send_signal */
    int subreaper; /* PR_SET_CHILD_SUBREAPER */
    int vm_read;   /* process_vm_readv of a traced child */
    int pty;       /* posix_openpt */
    int fd_census; /* /proc/PID/fd of a traced child */
};
void capabilities_probe(struct capabilities *c);
/* What looks for lost memory: 0, or -ENOENT. */
void memory_tools(int *lsan, int *valgrind);
/* True when the points of the plan need a tracer (start, event, state). */
bool plan_needs_tracer(const struct interrupt *list, size_t n);

#endif
