/* scenario.h - a scenario as the rest of the harness sees it: what to run, when to interrupt it,
 * what is expected. Made by scenario/load (YAML) or by the command line; never changed afterwards.
 *
 * Times are nanoseconds. Every pointer in here is owned by the scenario and freed by scenario_free.
 * String lists end with NULL; a list that was not given is NULL. */
#ifndef SIGSWEEP_SCENARIO_H
#define SIGSWEEP_SCENARIO_H

#include "scenario/kind.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOT_GIVEN (-1)

/* A condition on a count: "4", ">=1", "<3". */
struct count_cond {
    enum { COUNT_EQ, COUNT_GE, COUNT_LE, COUNT_GT, COUNT_LT } op;
    long n;
};
bool count_holds(struct count_cond cond, long value);
int count_parse(const char *text, struct count_cond *cond); /* 0 or -EINVAL */
char *count_print(struct count_cond cond, char *out, size_t room);

/* The task counts that a state point is a condition on. */
enum count_key {
    COUNT_QUEUED,   /* queued, not started, not done */
    COUNT_RUNNING,  /* started, not done (cleaning ones too: they hold their slot) */
    COUNT_CLEANING, /* cleanups begun and not ended */
    COUNT_DONE,     /* tasks whose fini was reported */
    COUNT_STARTED,  /* tasks that ever started */
    COUNT_LEVEL,    /* highest cancel level reported; 0 before the first */
    COUNT_KEYS,
};
const char *count_key_name(enum count_key key); /* "queued" */
int count_key_parse(const char *name);          /* the key, or -1 */

enum point_kind {
    POINT_START,    /* at exec, before the program's first instruction */
    POINT_AFTER,    /* from_ns after the previous interrupt, or after ready for the first */
    POINT_BETWEEN,  /* a set: `trials` seeded times in [from_ns, to_ns] */
    POINT_EVENT,    /* the nth report of event `text` */
    POINT_STATE,    /* the first moment that the condition holds */
    POINT_OUTPUT,   /* the nth match of the extended regex `text` in stdout or stderr */
    POINT_NOTIFY,   /* the nth sd_notify message that has `text` as one of its lines */
    POINT_SYSCALL,  /* a side of the nth call of `text`; with a thread: of that thread's nth call */
    POINT_FUNCTION, /* the nth entry of function `text`, or hit of the USDT probe provider:probe */
    POINT_INSTRUCTION, /* before the nth execution of the instruction at `text` + offset */
    POINT_EACH,        /* a set: every one that a survey finds */
};

/* Where a system call is interrupted (docs/reference/points.md). */
enum side {
    SIDE_AFTER,  /* its effect is done; the next instruction has not run */
    SIDE_BEFORE, /* the thread stands on the instruction, not yet in the kernel */
    SIDE_INSIDE, /* it is blocked in the call */
    SIDE_ALL,    /* sets only: after each; before each that can wait; inside each that did wait */
};
const char *side_name(enum side side); /* "after" "before" "inside" "all" */
int side_parse(const char *name);      /* or -1 */

/* What a set enumerates. */
enum each { EACH_SYSCALL, EACH_EVENT, EACH_FUNCTION, EACH_INSTRUCTION, EACH_KINDS };
const char *each_name(enum each each); /* "syscall" */
int each_parse(const char *name);      /* or -1 */

/* The named states; STATE_COUNTS is a map of conditions. */
enum state_name {
    STATE_BEFORE_START, /* ready or a task queued, and none ever started */
    STATE_SLOTS_FULL,   /* running = slots, and at least one queued */
    STATE_QUEUED_ONLY,  /* at least one queued, none running */
    STATE_CLEANING,     /* at least one cleanup begun and not ended */
    STATE_DRAINING,     /* cancelled, and at least one task not done */
    STATE_COUNTS,
};
const char *state_name(enum state_name state); /* "slots-full"; NULL for STATE_COUNTS */
int state_parse(const char *name);             /* or -1 */

struct state_cond {
    enum state_name name;
    bool given[COUNT_KEYS]; /* STATE_COUNTS: which conditions are part of it */
    struct count_cond counts[COUNT_KEYS];
};

enum time_prior {
    PRIOR_UNIFORM,
    PRIOR_OCTAVES, /* by powers of two, so that short delays get as many trials as long ones */
};

struct point {
    enum point_kind kind;
    int64_t from_ns; /* AFTER, BETWEEN */
    int64_t to_ns;   /* BETWEEN */
    unsigned trials; /* BETWEEN: how many times to draw */
    enum time_prior prior;
    unsigned nth; /* EVENT, OUTPUT, NOTIFY, SYSCALL, FUNCTION, INSTRUCTION: 1 is the first */
    /* EVENT: its name; OUTPUT: regex; NOTIFY: a line such as READY=1; SYSCALL: the call's name, or
     * NULL with a thread: any; FUNCTION, INSTRUCTION: a symbol, or provider:probe */
    char *text;
    struct state_cond state;
    /* SYSCALL, FUNCTION, INSTRUCTION: ordinals of process and thread in order of creation, from 1.
     * 0: any, and nth counts from the arming of the interrupt; with a thread nth counts from the
     * thread's start, so that it is the same whatever was fired before. */
    unsigned process, thread;
    enum side side;  /* SYSCALL, EACH syscall */
    uint64_t offset; /* INSTRUCTION: bytes from the symbol */
    enum each each;  /* EACH */
    char *match;     /* EACH: extended regex on the names; INSTRUCTION sets: the functions that are
                      * stepped through; NULL: all */
    char *in;        /* EACH function, instruction: the object file; NULL: the program itself */
    struct point *from, *to; /* EACH: bounds of the stretch, definite points; NULL: none */
};

enum target {
    TO_PROCESS,  /* the program's own process */
    TO_GROUP,    /* its process group */
    TO_THREAD,   /* the thread that reported the event; otherwise the main thread */
    TO_TERMINAL, /* the control character typed on its pty: INT, QUIT or TSTP */
};
const char *target_name(enum target target); /* "process" */
int target_parse(const char *name);          /* or -1 */

struct interrupt {
    int signal;
    enum target to;
    struct point when;
    unsigned times;   /* deliveries, at least 1 */
    int64_t every_ns; /* between them */
    unsigned limit;   /* sample at most this many of the set; 0: all */
};

/* How lost memory is looked for. */
enum memory {
    MEMORY_OFF,
    MEMORY_LSAN,     /* LeakSanitizer, preloaded */
    MEMORY_VALGRIND, /* the program is run by valgrind */
    MEMORY_ASAN,     /* the program is built with AddressSanitizer */
};
#define MEMORY_EXIT 23 /* exit code that a sanitizer gives instead of the program's own */
const char *memory_name(enum memory memory); /* "lsan"; "off" */
int memory_parse(const char *name);          /* or -1 */

/* One step of a dialogue on stdin. */
struct dialogue_step {
    unsigned after; /* only after so many interrupts were sent */
    char *await;    /* extended regex on what came out since the step before; NULL: nothing */
    char *send;     /* NULL: nothing */
    bool close;     /* then its input ends */
};

#define PROGRAM_PORTS_MAX 8

struct program {
    char **command; /* argv */
    char **env;     /* NAME=value, added to the fixed environment */
    enum { STDIN_CLOSED, STDIN_TEXT, STDIN_FILE, STDIN_DIALOGUE } stdin_kind;
    char *stdin_text;               /* STDIN_TEXT: the text; STDIN_FILE: path, absolute */
    struct dialogue_step *dialogue; /* STDIN_DIALOGUE */
    size_t dialogue_n;
    unsigned ports; /* free ports of the loopback that it is given, in SIGSWEEP_PORT and on */
    enum { STDOUT_PIPE, STDOUT_FILE, STDOUT_TERMINAL } stdout_kind;
    char *copy;    /* folder that the scratch starts as a copy of, absolute; or NULL */
    bool terminal; /* its own session on a real pty */
    bool untraced; /* trace: off */
    enum memory memory;
    bool asyncio; /* observe: asyncio: its tasks are reported by a module that Python loads first */
    char **watch; /* folders outside the scratch whose files are judged too, absolute */
    char **needs; /* commands that must be on PATH */
    char ***setup;  /* argv lists, NULL-terminated, run in the scratch before each trial */
    bool has_ready; /* times count from `ready`; without it, from exec */
    struct point ready;
    uint64_t disk;       /* bytes that its folders may hold; 0: not given */
    int64_t deadline_ns; /* bound on the whole trial; default 10 s */
    uint64_t ignore;     /* bit (1 << signal): dispositions set to SIG_IGN before exec */
};

struct ended {
    bool by_signal;
    int value; /* the signal, or the exit code */
};

struct event_expect {
    char *name;
    struct count_cond count;
};

/* What a file must be afterwards. */
enum file_rule {
    FILE_ANY,             /* it is not judged */
    FILE_ABSENT,          /* not there, unless the program started with it */
    FILE_UNCHANGED,       /* as the program started with it */
    FILE_WHOLE,           /* as an uninterrupted run leaves it */
    FILE_BEFORE_OR_WHOLE, /* one or the other */
    FILE_RULES,
};
const char *file_rule_name(enum file_rule rule); /* "before-or-whole" */

struct file_expect {
    char *pattern; /* fnmatch(3) on the path in the trial's folder, such as out.txt or home/.cache/x
                    */
    enum file_rule rule;
};

struct output_expect {
    char **contains; /* fixed strings */
    char **matches;  /* extended regexes */
    char **lacks;    /* fixed strings */
};

struct expect {
    struct ended *ended; /* any of these; ended_n 0: not given */
    size_t ended_n;
    bool alive;         /* instead: it does not end; the harness ends it */
    bool conventional;  /* instead: died by a signal that was sent, or exit code 128+n of it */
    bool success_apart; /* `try --ended`: success is judged as if nothing were said of the end */
    int64_t within_ns;  /* first interrupt to exit; NOT_GIVEN */
    kind_set relaxed;   /* kinds of the cleanup invariants that are not judged */
    struct event_expect *events;
    size_t events_n;
    /* How many may be left; NOT_GIVEN: not judged (files and processes then fall back to 0). */
    long fds, threads, processes, files, locks, ipc, terminal;
    long memory; /* bytes that may be lost; NOT_GIVEN: none, where it is looked for */
    struct file_expect *files_as; /* the first whose pattern matches counts */
    size_t files_as_n;
    bool strict;    /* warnings are errors */
    char **recover; /* a command that must end well in what the program left; NULL: none */
    struct ended *recover_ended; /* any of these; none: exit code 0 */
    size_t recover_ended_n;
    struct ended *client_ended; /* of the client, any of these; none: exit code 0 */
    size_t client_ended_n;
    struct output_expect client_out, client_err;
    bool rerun; /* the program once more must succeed, and finish the work */
    struct output_expect out, err;
    bool has_findings; /* a known-bad program: exactly these kinds must be found */
    kind_set findings;
    kind_set sometimes; /* kinds that may be found besides: in some runs, not in others */
};

struct scenario {
    char *name;
    char *about;
    char *file; /* where it was read, as given; NULL when made from the command line */
    char **tags;
    struct program program;
    char **client; /* argv of a command that runs beside the program; NULL: none */
    struct interrupt *interrupts;
    size_t interrupts_n;
    struct expect expect;
    unsigned ways; /* how many scenarios its file holds by `ways`; 0: it has none */
};

/* The kinds whose finding is no failure. */
kind_set expect_wanted(const struct expect *e);

/* The defaults of every field, for the loader and the command line to start from. */
void scenario_init(struct scenario *s);
void scenario_free(struct scenario *s);
void point_free(struct point *p);
struct point point_copy(const struct point *p); /* with texts and bounds of its own */
/* Why lost memory can't be looked for with an interrupt at this point; NULL: it can. */
const char *memory_refuses(enum memory memory, const struct point *p);
bool scenario_has_tag(const struct scenario *s, const char *tag);

#endif
