/* check.h - what the checks of the judge share. Each check reads the same view of one trial and
 * appends findings; none knows of another, but for what the view says. */
#ifndef SIGSWEEP_CHECK_H
#define SIGSWEEP_CHECK_H

#include "judge/judge.h"
#include "support/buf.h"

/* What the events say of the work. */
struct work {
    size_t tasks;        /* queued or started */
    bool all_done;       /* at least one task, and each one's last outcome is done */
    bool cancelled;      /* a cancel was reported */
    int64_t last_end_ns; /* -1: none */
};

struct view {
    const struct scenario *s;
    const struct record *baseline; /* or NULL */
    const struct record *r;
    const struct delivery *landed; /* the first that was sent while the program was at work */
    bool against_signal;           /* judge what it did about the signal: one was sent, or none was
                                    * planned at all */
    bool hard_stop; /* ended at once by design: a planned KILL, or the third signal */
    struct findings *out;
};

void check_ended(const struct view *v);    /* ended.c: crash hang slow-exit exit-status swallowed */
void check_cleanups(const struct view *v); /* cleanups.c: cleanup-* */
void check_tasks(const struct view *v);    /* tasks.c: task-unaccounted and its neighbours */
void check_left(const struct view *v);     /* left.c: process-left file-left lock-left fd-leak
                                            * thread-left */
void check_output(const struct view *v);   /* output.c: output */
/* The same of another stream, and kind. */
void check_stream(const struct view *v, enum finding_kind kind, const struct output_expect *e,
                  const struct stream *s, const char *name);

/* ended.c: true when success after the signal may be the normal end, and only a baseline can tell.
 */
bool ended_wants_baseline(const struct view *v);
/* left.c */
bool left_wants_baseline(const struct view *v);
/* terminal.c, ipc.c */
void check_terminal(const struct view *v);
bool terminal_wants_baseline(const struct view *v);
void check_ipc(const struct view *v);
bool ipc_wants_baseline(const struct view *v);
/* memory.c: crash and memory-leak, from what sanitizers and valgrind reported */
bool check_reports(const struct view *v); /* true: an error was found */
void check_memory(const struct view *v);
bool memory_wants_baseline(const struct view *v);
/* client.c, alive.c */
void check_client(const struct view *v);
void check_alive(const struct view *v); /* hang: it is there, and does not answer */
/* recovery.c */
void check_recovery(const struct view *v);
bool recovery_wants_baseline(const struct view *v);
/* files.c: file-torn */
void check_torn(const struct view *v);
bool files_want_baseline(const struct view *v);
/* Whether an uninterrupted run decides about it: not of what must be absent, or is not judged. */
bool file_needs_baseline(const struct scenario *s, const char *path);
int files_rule(const struct scenario *s, const char *path); /* enum file_rule, or NOT_GIVEN */

/* work.c */
void work_sum_up(const struct record *r, struct work *work);
/* Indexes of the events that carry a task's id, or are cleanups, by (id, place). The caller frees.
 */
size_t *work_by_task(const struct record *r, size_t *n);

/* tally.c: hits of one kind, gathered by subject, so that twelve tasks with one fault make one
 * finding. Zero-initialise; end with tally_report or free nothing. */
struct tally {
    enum finding_kind kind;
    struct tally_entry *list;
    size_t n;
    uint64_t others; /* hits with subjects beyond TALLY_SUBJECTS */
};
void tally_add(struct tally *t, const char *subject, int64_t id, size_t place);
/* One finding a subject: `format` is the message, with the subject and who as two %s, in this
 * order; who is "of task 3" or "of 12 tasks" and the list stands at the end. Frees the tally. */
void tally_report(struct tally *t, struct findings *out, const char *format, const char *expected);

/* text.c: untrusted bytes for people to read: control characters and what is not UTF-8 become
 * '?', and what is longer than `most` bytes is cut with "...". The caller frees. */
char *text_safe(const char *text, size_t most);
/* "death by SIGINT", "exit code 130 (128+SIGINT, a plain exit)". */
void text_ended(struct buf *b, bool by_signal, int value);
/* Appends "; it said: ..." with the last line that is not empty. */
void text_last_line(struct buf *b, const struct stream *s);
/* Appends what the threads of a program that was ended were doing (ended.c). */
void text_stuck(struct buf *b, const struct record *r);
/* "step 2 of 3 of the dialogue waited for ..."; nothing when all was said (alive.c). */
void text_dialogue(struct buf *b, const struct view *v);
/* What expect.ended allows: "death by SIGINT, or exit code 0". */
void text_allowed(struct buf *b, const struct expect *e);

#endif
