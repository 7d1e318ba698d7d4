/* record.h - everything observed in one trial: facts only, no opinion. Filled by trial/, read by
 * judge/ and run/. Times are nanoseconds since the program's exec; -1: did not happen. */
#ifndef SIGSWEEP_RECORD_H
#define SIGSWEEP_RECORD_H

#include "scenario/scenario.h"
#include "trial/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum ended_how {
    ENDED_EXITED,    /* value: exit code */
    ENDED_SIGNALED,  /* value: signal */
    ENDED_DEADLINE,  /* still alive at the deadline; the harness ended it */
    ENDED_FLOOD,     /* more of something than a trial may have (`flood`); the harness ended it */
    ENDED_ALIVE,     /* it was there to the end, as it should; the harness ended it */
    ENDED_NOT_BEGUN, /* it could not be started; `trouble` says why */
};

enum delivery_state {
    DELIVERY_UNREACHED, /* the point did not occur; nothing was sent */
    DELIVERY_FIRED,     /* sent; and, when traced, seen to be taken */
    DELIVERY_MASKED,    /* sent, and still blocked by the program when it ended */
    DELIVERY_LATE,      /* sent, but the program was already on its way out */
};

/* One planned delivery and what came of it. */
struct delivery {
    unsigned interrupt; /* index into the plan's interrupts */
    unsigned repeat;    /* 0 .. times-1 */
    int signal;
    enum target to;
    enum delivery_state state;
    int64_t planned_ns; /* for points in time; -1 otherwise */
    int64_t sent_ns;
    int64_t taken_ns; /* first signal-delivery-stop; -1: not seen (untraced, masked) */
    bool exact;       /* fired while the program was stopped at the point */
    bool blocked; /* the program had it blocked at the point: it was delivered later, or never */
};

/* Head and tail of a stream; what lies between is counted and hashed. */
struct stream {
    char *head;
    size_t head_len;
    char *tail;
    size_t tail_len;
    uint64_t bytes; /* in all */
    uint64_t hash;  /* FNV-1a of all bytes */
};

struct open_fd {
    int fd;
    char *target; /* "pipe:[123]", "/path", "socket:[...]" */
    char *what;   /* "file /path", "socket, tcp ... to ..."; NULL: nobody asked */
};

struct left_process {
    pid_t pid, ppid;
    char state;    /* as in /proc/PID/stat */
    char *command; /* argv joined by spaces, or [comm] */
    char *holds;   /* "tcp 127.0.0.1:8080, flock on /x": ports, sockets, locks; NULL: nothing */
    bool session;  /* it left the program's session */
    bool detached; /* its stdin, stdout, stderr are not the program's any more */
    int64_t age_ns;
    int64_t started_ns; /* since the program's exec; INT64_MIN: not known */
    char *chain;        /* "sh (ended) < the program": who started it; NULL: not known */
};

/* A thread that was alive at the program's exit. */
struct left_thread {
    pid_t tid;
    char *comm;
    char *where; /* "waiting in read of descriptor 3 (pipe:[5])"; NULL: not seen */
};

/* Against what the program started with. */
enum file_state { FILE_NEW, FILE_CHANGED, FILE_REMOVED };

struct left_file {
    char *path; /* "work/a.tmp", "tmp/x", "home/.y" */
    enum file_state state;
    char type;               /* f file, d directory, l symlink, p fifo, s socket, o other */
    unsigned mode, was_mode; /* was_mode: of FILE_CHANGED, at the start */
    uint64_t size;
    uint64_t hash; /* FNV-1a of the contents; of large files, of samples of them */
    bool hashed;   /* regular files that could be read */
    bool unstable; /* baseline: two runs of the program gave different contents */
    bool steady;   /* baseline, of unstable ones: the size was the same in both */
    /* For the scans themselves. */
    uint64_t inode;
    int64_t mtime_ns, ctime_ns, seen_ns;
    bool there;
};

/* What stays until someone removes it (svipc(7), shm_overview(7), mq_overview(7)). */
enum ipc_kind {
    IPC_SYSV_SHM,
    IPC_SYSV_SEM,
    IPC_SYSV_MSG,
    IPC_POSIX_SHM,
    IPC_POSIX_SEM,
    IPC_POSIX_MQ,
};
const char *ipc_kind_name(enum ipc_kind kind); /* "POSIX semaphore" */
struct left_ipc {
    enum ipc_kind kind;
    char *name; /* "/name", "key 0x1234", "private" */
    int id;     /* System V */
};

/* A thread that was alive when a hang was ended. */
struct stuck_thread {
    pid_t pid, tid;
    char state;
    char *comm;
    char *where;  /* "waiting in read of descriptor 3 (pipe:[5])", or "running" */
    char **stack; /* innermost first: "main (x.c:12)"; none when it could not be read */
    size_t stack_n;
};

/* What the next step of a dialogue waits for. */
enum dialogue_wait {
    WAIT_NOTHING, /* there is no next step */
    WAIT_OUTPUT,
    WAIT_INTERRUPT, /* that was not sent yet */
    WAIT_READER,    /* its text was not taken */
};
const char *dialogue_wait_name(enum dialogue_wait wait); /* "output" */

/* How a trial was made. */
enum engine {
    ENGINE_REPLAY,   /* the program was started for it */
    ENGINE_SNAPSHOT, /* a copy of a running program, made at the point */
};

/* What a trial used up without end. */
enum flood { FLOOD_PROCESSES, FLOOD_DISK };
const char *flood_name(enum flood flood); /* "disk" */

struct record {
    uint64_t seed;
    enum engine engine;
    bool at_once;   /* a copy that the signal killed before it executed anything */
    long effects;   /* calls after the first signal that others can see (writes, files, processes);
                     * -1:   not counted */
    char *diverged; /* the execution was not the one that was surveyed: how; NULL: it was */
    bool traced;
    bool terminal;
    enum ended_how how;
    int value;
    enum flood flood;
    bool core;     /* WCOREDUMP */
    bool outright; /* traced: died of a delivery itself, by its default action: no handler ran */
    bool outsider; /* died by a SIGKILL that the harness did not send */
    char *trouble; /* what kept the trial from running as planned; NULL: nothing */

    int64_t ready_ns, exit_ns, end_ns; /* end_ns: whole trial, with settling */
    int64_t start_clock_ns;            /* CLOCK_MONOTONIC at exec, that other times count from */
    int64_t user_us, system_us, maxrss_kb;

    struct delivery *deliveries;
    size_t deliveries_n;

    struct event *events; /* in order of arrival */
    size_t events_n;
    uint64_t events_lost; /* over the cap: counted, not kept */
    uint64_t events_bad;  /* lines that are not events */
    char *events_bad_first;
    bool events_exact; /* the events descriptor was traced */

    struct stream out, err; /* a terminal's output is all in out */

    bool fds_known;      /* a census at exit was made */
    struct open_fd *fds; /* open at exit: not 0-2, not the events or notify descriptors */
    size_t fds_n;
    unsigned threads;                 /* alive at exit beside the one that ended the process */
    struct left_thread *left_threads; /* the first of them */
    size_t left_threads_n;

    struct left_process *processes; /* alive after the settle time */
    size_t processes_n;
    struct left_file *files; /* in the scratch afterwards, against what it started with */
    size_t files_n;
    uint64_t files_hidden; /* folders that could not be read */
    uint64_t files_more;   /* over the cap: counted, not listed */

    size_t steps, steps_done; /* of the dialogue on its stdin */
    enum dialogue_wait step_waits;
    int64_t answered_ns;   /* the dialogue's last step was done; -1: not */
    struct record *client; /* the command that ran beside it; NULL: there is none */

    bool terminal_known;   /* its terminal was looked at */
    char **terminal_modes; /* what it was left in, against the start: "-echo", "hidden cursor" */
    size_t terminal_modes_n;

    struct left_ipc *ipc; /* made since the start */
    size_t ipc_n;
    bool ipc_alone; /* nobody else can have made it */

    enum memory memory;  /* how lost memory was looked for */
    bool memory_checked; /* ... and it was, when the program ended */
    char *memory_absent; /* the tool is not there: what, and the remedy; NULL: it is */
    char *memory_text;   /* its reports; NULL: none */
    bool let_go;         /* traced until the last signal was sent, and not from then on */

    struct record *recover; /* the recovery command, run afterwards; NULL: there is none */
    struct record *rerun;   /* the program once more, in what it left; its files are against the
                             * start, too */

    struct stuck_thread *stuck; /* hang only */
    size_t stuck_n;
};

void record_init(struct record *r);
void record_free(struct record *r);
/* The first delivery that was sent, or NULL when none was. */
const struct delivery *record_first_fired(const struct record *r);

#endif
