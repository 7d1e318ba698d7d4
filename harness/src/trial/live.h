/* live.h - the state of the one trial that is running. Private to trial/: every part of the engine
 * works on it, and each owns the fields under its heading. */
#ifndef SIGSWEEP_LIVE_H
#define SIGSWEEP_LIVE_H

#include "support/buf.h"
#include "trial/arch.h"
#include "trial/bounds.h"
#include "trial/breakpoint.h"
#include "trial/channels.h"
#include "trial/client.h"
#include "trial/dialogue.h"
#include "trial/room.h"
#include "trial/screen.h"
#include "trial/survey.h"
#include "trial/undo.h"

#include <regex.h>
#include <sys/resource.h>
#include <termios.h>

/* Where a thread stands with its points at instructions counted: the innermost handler last. */
#define STANDS 8
struct footing {
    struct {
        uint64_t pc, sp;
    } on[STANDS];  /* the instruction there was passed as a point, and has not run yet */
    unsigned n;    /* of `on` */
    bool stepping; /* it is in a function whose every instruction is a point */
    bool stepped;  /* it was resumed for one instruction */
    bool back;     /* it may have come back from a handler to where it stood */
    bool fresh;    /* a copy that has not run yet, of a thread that is stepping */
    bool running;  /* it was resumed, and not into a system call */
};

/* One traced thread. */
struct task {
    pid_t tid;
    pid_t tgid;
    bool exiting; /* its PTRACE_EVENT_EXIT was seen */

    /* calls.c */
    unsigned process, thread; /* ordinals in order of creation, from 1 */
    unsigned calls;           /* system calls it has entered since it began, but getrandom */
    unsigned randoms;         /* its calls of getrandom: see decision 15 */
    unsigned nth;             /* the count that `call` has in one of the two; 0: none yet */
    bool in_call;             /* between the stops at entry and exit */
    struct arch_call call;    /* the call it is in, or made last */
    bool hit;                 /* it is in the call that the armed interrupt is for */
    bool backing;             /* the call was cancelled at its entry, to fire before it */
    bool again;               /* `call` is still to be made: it was backed out of */
    bool late;                /* a signal before the surveyed ones came in this call */
    uint64_t switches;        /* voluntary context switches at the entry */
    int held;                 /* a signal that came at a moment when it could not be passed on */

    /* duplicate.c */
    int copy_fd;         /* the number that was made a copy of the events descriptor */
    unsigned copy_calls; /* how many calls more the thread stops at to see it used; 0: no copy */

    /* stepping.c, functions.c */
    struct space *space; /* NULL: no breakpoints are used in this trial */
    struct footing foot;
};

/* A stop or end that was reported while another one was waited for. */
struct stop {
    pid_t pid;
    int status;
    struct rusage usage;
};

/* A process of the trial, for the ordinals of its threads. */
struct family {
    pid_t tgid, parent; /* parent: 0: not known */
    unsigned threads;   /* that it ever had */
    char comm[16];      /* its name when it ended; "": it has not, or nobody saw */
};

/* A survey in progress. */
struct surveying {
    struct survey *out; /* NULL: no survey is made */
    bool open, closed;  /* `from` and `to` were passed */
    unsigned from_seen, to_seen;
    unsigned events_seen[EVENT_VERBS];
    regex_t match;
    bool has_match;
    int status_fd; /* /proc/TID/status of the thread below */
    pid_t status_tid;
};

/* What came out of the program so far, as its events tell it (observe.c). */
struct counts {
    long value[COUNT_KEYS];
    long slots;       /* -1: not reported */
    bool ready;       /* `ready` was reported */
    int64_t *open;    /* ids of tasks queued or started and not done: their state below */
    char *open_state; /* 'q' queued, 'r' running */
    size_t open_n, open_room;
};

struct live {
    struct room *room;
    const struct trial_plan *plan;
    struct record *r;
    struct error *err;

    /* launch.c */
    pid_t pid;  /* the program; its session and process group too */
    int pid_fd; /* pidfd of it */
    int out_fd; /* read ends; -1: closed or not used */
    int err_fd;
    int event_fd;
    int event_write_fd; /* kept to compare with: the inode that events go to */
    uint64_t event_inode;
    int notify_fd;
    int pty_fd; /* master */
    char *notify_path;
    bool filtered; /* the events filter is loaded */
    char *lsan;    /* what is preloaded to look for lost memory; NULL */
    bool lets_go;  /* the program is traced until the last interrupt was sent */
    bool traced;

    /* tracer.c */
    struct task *tasks;
    size_t tasks_n, tasks_room;
    bool begun;               /* exec was seen (untraced: the launch succeeded) */
    bool leaving;             /* the program is on its way out: nothing is fired any more */
    bool ended;               /* reaped */
    int status;               /* wait status once ended */
    bool no_children;         /* wait said ECHILD: the tree is empty */
    int last_signal;          /* of the last signal-delivery-stop of the program; 0: none */
    bool last_from_us;        /* it came from the harness, or from the terminal */
    bool flooded;             /* more processes than a trial may have */
    bool watched_from_signal; /* a blocked one: calls are looked at from it to the end */
    pid_t resumed;            /* the thread that was resumed last */
    struct family *families;
    size_t families_n, families_room;
    int64_t last_stop_ns;    /* absolute: when a thread was last seen to do something */
    struct symbols *symbols; /* of the program; NULL until something is asked */
    struct stop *stops;      /* reported, and to be dealt with before any other */
    size_t stops_n, stops_at, stops_room;

    /* calls.c */
    bool calls_on;    /* threads stop at system calls */
    pid_t inside_tid; /* has entered the armed call, and is waited for to block in it; 0 */
    struct surveying survey;

    /* functions.c */
    bool functions_on; /* some point at a function or instruction is still wanted */
    struct functions *functions;

    /* snapshot.c */
    const struct sweep *sweep;    /* NULL: no sweep */
    size_t sweep_at;              /* the next point */
    int64_t copies_ns;            /* time that copies took: not the original's */
    int sweep_rc;                 /* what `take` said to end it */
    struct record files;          /* holds only what the last scan of the scratch found */
    bool files_known;             /* ... and it is still so */
    bool ipc_known;               /* the same for the IPC objects in it */
    uint64_t handled;             /* signals that the original ignores or has a handler for */
    bool handled_known;           /* ... and it is still so */
    const char *unsound;          /* from now on no copy is sound: why; NULL */
    const struct sweep *sweep_of; /* a copy's: the sweep that it belongs to */
    bool copy;                    /* this is a copy: its group and session are the original's */

    /* channels.c */
    struct channels channels; /* of the original; a copy has the same list, and does not own it */

    /* undo.c */
    struct undo *undo; /* of a sweep; its copies have the same */

    /* cue.c: which delivery comes next */
    size_t next;        /* index of the interrupt that is armed; = n: all done */
    unsigned repeats;   /* deliveries of it already made */
    size_t next_record; /* index into r->deliveries */
    unsigned seen;      /* occurrences since it was armed */
    int64_t due_ns;     /* absolute; -1: no point in time is armed */
    regex_t regex;      /* of the armed output point */
    bool has_regex;
    regex_t ready_regex;
    bool has_ready_regex;
    unsigned ready_seen;
    int64_t previous_ns; /* absolute: when the previous interrupt was sent; -1 */

    struct dialogue dialogue;
    struct client *client; /* NULL: there is none, or it was not started yet */

    /* terminal.c */
    int tty_fd; /* the slave, kept open for its settings; -1 */
    struct termios tty_start;
    struct screen screen;
    bool tty_taken; /* at its exit another group had the foreground */

    /* observe.c */
    struct counts counts;
    struct buf event_line;         /* an unfinished line from the pipe */
    struct buf out_text, err_text; /* window for output points */

    /* watchdog */
    struct bounds bounds;
    int64_t start_ns; /* absolute CLOCK_MONOTONIC at exec */
    bool killed;      /* the harness sent SIGKILL to the tree */
    bool stopping;    /* stop_fd said so */
};

/* launch.c: starts the program; on return it has execed, or r->how is ENDED_NOT_BEGUN. 0/-errno */
int launch(struct live *l);
void launch_close(struct live *l);

/* tracer.c */
/* Of every tracee; with PTRACE_O_TRACESECCOMP when the program has the events filter. */
#define TRACER_OPTIONS                                                                             \
    (PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |        \
     PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT)
int tracer_attach(struct live *l);
/* Handles every pending stop and exit; returns when wait has no more. */
void tracer_drain(struct live *l);
/* As above for a launch: blocks until the program has execed or is gone. */
void tracer_await_exec(struct live *l);

struct task *task_find(struct live *l, pid_t tid);
/* Waits for a report of tid, and keeps what others report for later. -ECHILD: there is none. */
int tracer_await(struct live *l, pid_t tid, struct stop *out);
/* Keeps it for later. */
void tracer_keep(struct live *l, const struct stop *stop);
void tracer_resume(struct live *l, pid_t tid, int signal);
/* Sleeps until a child has something to report; false: not soon, look at the rest. t: the thread
 * that was resumed last; NULL: it is gone. */
bool tracer_near(const struct live *l, const struct task *t);
/* The last interrupt was sent: where the program must not be traced to its end, it is let go. */
void tracer_let_go(struct live *l);

/* observer.c: the folder to put on PYTHONPATH; NULL: it was not found. The caller frees. */
char *observer_folder(void);

/* duplicate.c: a call with the events descriptor made a copy of it; false: it was another call. */
bool duplicate_made(struct task *t, const struct arch_call *call);
/* A thread with a copy stands at the entry or exit of a system call; resumes it. */
void duplicate_stop(struct live *l, struct task *t);

/* calls.c: a thread stands at the entry or exit of a system call; resumes it. */
void calls_stop(struct live *l, struct task *t);
/* Whether threads have to stop at system calls from here on. */
bool calls_wanted(const struct live *l);
/* The call stands for the point: the same thread, count and kind of count; the name may differ. */
bool call_counts_as(const struct task *t, const struct point *p);
bool call_is_random(const struct point *p);         /* it is counted among the calls of getrandom */
const char *call_name(struct live *l, long number); /* "openat"; owned by the room */
bool call_can_wait(long number);                    /* for something to read, or for another */
/* Whether the armed thread is blocked in its call by now, and fires when it is. */
void calls_look_inside(struct live *l);
/* True when no thread will do anything again by itself, as far as its call tells. */
bool calls_idle(const struct live *l);

/* stepping.c: a thread has stopped with SIGTRAP: true when that was for a breakpoint or a step; it
 * was resumed then. */
bool stepping_trap(struct live *l, struct task *t);
/* Resumes a thread: past the breakpoint that it stands on, by one instruction, or to its next stop.
 */
void stepping_resume(struct live *l, struct task *t, int signal);
/* It has entered, left a system call. */
void stepping_entered(struct task *t, const struct arch_call *call);
void stepping_left(struct live *l, struct task *t);

/* functions.c: which addresses are points, and what happens there. */
bool functions_wanted(const struct live *l);
void functions_close(struct live *l);
void functions_exec(struct live *l, struct task *t);
/* After a mapping was made or changed. */
void functions_mapped(struct live *l, struct task *t);
/* `child` was made by `parent`, and has its memory, or a copy of it. */
void functions_child(struct live *l, const struct task *parent, struct task *child, bool forked);
/* The thread is about to execute the instruction at pc. */
void functions_pass(struct live *l, pid_t tid, uint64_t pc);

/* surveying.c */
int surveying_open(struct live *l);
void surveying_close(struct live *l);
void surveying_born(struct live *l, const struct task *maker, const struct task *made);
void surveying_event(struct live *l, const struct event *ev, pid_t tid);
void surveying_call(struct live *l, struct task *t, enum side side);
/* A function or instruction; listed: it belongs to the set, and site names it. */
void surveying_place(struct live *l, const struct point *here, bool listed, uint32_t site);

/* snapshot.c: the thread stands at this side of its call. Makes copies for the wanted points. */
bool snapshot_wants(const struct live *l, const struct task *t, enum side side);
void snapshot_at(struct live *l, struct task *t);
/* The same at a function or instruction. */
void snapshot_place(struct live *l, struct task *t, const struct point *here);
/* disposition.c: a signal is pending for the original, and blocked. */
bool disposition_pending(const struct live *l, const struct task *t);
/* A copy that gets this signal dies of it before it executes anything. */
bool disposition_kills(struct live *l, const struct task *t, int signal);
/* The original is about to make a call: it may change that. */
void disposition_call(struct live *l, const struct arch_call *call);
/* sound.c: why the call that the copy is about to make could be seen by others; NULL: it can't. */
struct copied;
const char *copy_call_unsound(struct copied *c, const struct arch_call *call);
/* False when the call leaves every file, pipe and process as it is. */
bool changes_files(const struct arch_call *call);
/* By default a signal that comes when all is done is not swallowed. Whether all was done, the calls
 * after it tell, also of one that was sent at some time. Those of other threads and processes,
 * which run on, would be missed: then this is false. */
bool effects_matter(const struct live *l);
/* Effects are counted from the first call that is entered after a signal was sent. */
void effects_begin(struct live *l);
/* A call has ended: whether it did something that others can see. One that failed did nothing, such
 * as a kill() of those that are gone already. */
void note_effect(struct live *l, pid_t tgid, const struct arch_call *call, long result);
/* Notes what the original's call means for later copies. */
void original_call(struct live *l, const struct arch_call *call);

/* steps.c: commands before and after the program, in the same scratch */
int steps_setup(struct live *l); /* 1: one failed, and the record says so */
int steps_after(struct live *l); /* expect.recover and expect.rerun */
/* The program's surroundings and another command, on plain channels; it borrows all. */
struct program program_plain(const struct program *p, char **command);

/* trial.c */
/* The course of a program that has begun, to the end of its last process. */
void trial_course(struct live *l);
/* Waits until something happens, at most until limit_ns, and deals with it. False: the limit. */
bool trial_step(struct live *l, int64_t limit_ns);
void trial_drain(struct live *l); /* what is in the pipes now */
void trial_note_ending(struct live *l);
bool trial_wants_census(const struct sweep *sweep); /* descriptors and threads are judged */
void live_close(struct live *l);                    /* all but the scratch */
void live_init(struct live *l, struct room *room, const struct trial_plan *plan, struct record *r,
               struct error *err);

/* cue.c: each is told what just happened and fires what was waiting for it. `tid`: the thread that
 * is stopped there, or 0 when the program is running. */
void cue_open(struct live *l);
void cue_close(struct live *l);
void cue_exec(struct live *l, pid_t tid);
void cue_event(struct live *l, const struct event *ev, pid_t tid);
void cue_output(struct live *l, struct buf *window);
void cue_notify(struct live *l, const char *message);
void cue_time(struct live *l);
/* A thread entered a system call: true when the armed interrupt is for this one. */
bool cue_call(struct live *l, const struct task *t);
/* A thread is at a function or instruction: true when the armed interrupt is for this one. */
bool cue_place(struct live *l, const struct point *here);
enum side cue_side(const struct live *l); /* of the armed system call */
/* Sends the armed interrupt's next delivery now. */
void cue_fire(struct live *l, pid_t tid);
/* All planned interrupts were sent. */
bool cue_done(const struct live *l);

/* deliver.c: sends one signal and notes it in d. */
void deliver(struct live *l, struct delivery *d, pid_t tid);
/* A signal-delivery-stop of the program's own process. */
void deliver_taken(struct live *l, int signal);
/* At the program's exit: what was sent and never taken was masked, or came late. */
void deliver_settle(struct live *l);
/* Some signal that was sent has not been seen to be taken. */
bool deliver_open(const struct live *l);

/* observe.c */
void observe_event_line(struct live *l, const char *line, size_t len, pid_t tid);
void observe_events(struct live *l); /* from the pipe */
/* The thread stands at the entry of a write. When it goes to the events pipe, it is read there. */
void observe_written(struct live *l, pid_t tid, const struct arch_call *call);
void observe_output(struct live *l, int *fd, struct stream *to, struct buf *window);
void observe_notify(struct live *l);
void observe_close(struct live *l);

/* terminal.c */
void terminal_start(struct live *l, int slave);
void terminal_exit(struct live *l); /* the program stands at its exit */
void terminal_left(struct live *l);

/* sockets.c: false: it is none of a family that is known. */
struct socket_seen {
    char text[320]; /* "tcp 127.0.0.1:80", "tcp 127.0.0.1:4000 to 127.0.0.1:80", "unix @name" */
    bool reachable; /* others can connect or send to it there */
};
bool socket_look(pid_t pid, uint64_t inode, struct socket_seen *out);
/* descriptor.c: "file /etc/passwd", "socket, tcp ...", "epoll, watching 3"; the caller frees. */
char *descriptor_text(pid_t pid, int fd, const char *target);

/* holds.c: what a process listens on and has locked, as a list; NULL: nothing; caller frees */
char *holds_of(pid_t pid);

/* census.c */
void census_exit(struct live *l, pid_t tid); /* the program stands at its exit */
void census_undo(struct live *l);            /* ... and did not exit: it execs in another thread */
void census_left(struct live *l);            /* descendants that still live */
int64_t process_age_ns(pid_t pid);           /* 0: it is gone */
/* Another thread of the program stands at its end: what it was in. */
void census_thread(struct live *l, const struct task *t);
/* stuck.c: "waiting in read of descriptor 3 (pipe:[5])"; first: its first argument */
char *waits_text(struct live *l, pid_t pid, long number, uint64_t first);
/* settle.c: gives what the program started time to end; what is then left is noted and ended. */
void settle(struct live *l);
/* calls.c: it ends only by something from outside, and has no limit in time. */
bool waits_for_ever(const struct arch_call *c);
/* stuck.c: the threads of a hang, with their stacks; they are stopped, to be killed next */
void census_stuck(struct live *l);

/* reap.c: ends every process of the trial. */
void reap_all(struct live *l);
/* The descendants of this process, direct and indirect, but for the child `not` (the zygote; 0:
 * none). The caller frees *pids. */
size_t descendants(pid_t **pids, pid_t not );
size_t children(pid_t **pids, pid_t not ); /* the direct ones only */

#endif
