/* probe.h - report events to sigsweep from C or C++: copy this file, or install it. No library.
 *
 *     sigsweep_probe_init();          first thing in main, before any handler is installed
 *     sigsweep_slots(4);
 *     sigsweep_task_queue(7);
 *
 * The harness hands on a descriptor number in $SIGSWEEP_EVENTS. Without it nothing is written, and
 * a report costs one comparison. A report is one line and one write(2); docs/reference/events.md
 * says what each means.
 *
 * Every function but sigsweep_probe_init is async-signal-safe, once that one has run: getenv isn't.
 * A report made before it calls it, so that a program without handlers needs no set-up. errno is
 * kept; EINTR is tried again; other failures are ignored: a report never changes what the program
 * does. Safe in any thread, and in a child after fork. Each C file that includes this header finds
 * the descriptor for itself: call sigsweep_probe_init in each that reports from a handler.
 *
 * Names may hold any byte but spaces and control characters, which are written as '_'; they are cut
 * after 400 bytes. Task ids are numbers >= 0 that the program chooses; SIGSWEEP_NO_TASK stands for
 * "no task": a cleanup that belongs to the whole process. */
#ifndef SIGSWEEP_PROBE_H
#define SIGSWEEP_PROBE_H

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define SIGSWEEP_NO_TASK (-1L)

enum { SIGSWEEP_LINE_MAX_ = 512, SIGSWEEP_NAME_MAX_ = 400 };

/* -2: not looked up yet; -1: there is no harness. */
static volatile int sigsweep_fd_ = -2;

/* Finds the descriptor. Not async-signal-safe (getenv, see signal-safety(7)). Calling it again is
 * harmless. */
static inline void sigsweep_probe_init(void)
{
    const char *text = getenv("SIGSWEEP_EVENTS");
    int fd = 0;

    if (text == NULL || *text == '\0') {
        sigsweep_fd_ = -1;
        return;
    }
    for (; *text >= '0' && *text <= '9' && fd < 1000000; text++)
        fd = fd * 10 + (*text - '0');
    sigsweep_fd_ = *text == '\0' ? fd : -1;
}

/* ---- how a line is put together; not for use outside this file ---- */

struct sigsweep_line_ {
    char text[SIGSWEEP_LINE_MAX_];
    size_t len;
};

static inline int sigsweep_on_(void)
{
    if (sigsweep_fd_ == -2)
        sigsweep_probe_init();
    return sigsweep_fd_ >= 0;
}

static inline void sigsweep_put_(struct sigsweep_line_ *line, const char *text)
{
    /* The last byte is kept for the newline. */
    while (*text != '\0' && line->len < SIGSWEEP_LINE_MAX_ - 1)
        line->text[line->len++] = *text++;
}

static inline void sigsweep_put_name_(struct sigsweep_line_ *line, const char *key,
                                      const char *name)
{
    size_t i;

    sigsweep_put_(line, key);
    for (i = 0; name[i] != '\0' && i < SIGSWEEP_NAME_MAX_; i++) {
        unsigned char c = (unsigned char)name[i];

        line->text[line->len++] = c <= ' ' || c == 127 ? '_' : name[i];
    }
    if (i == 0)
        line->text[line->len++] = '_';
}

static inline void sigsweep_put_number_(struct sigsweep_line_ *line, const char *key, long value)
{
    char digits[24];
    size_t at = sizeof(digits) - 1;
    /* Negated as unsigned: -LONG_MIN doesn't fit into a long. */
    unsigned long rest = value < 0 ? 0UL - (unsigned long)value : (unsigned long)value;

    sigsweep_put_(line, key);
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (value < 0)
        digits[--at] = '-';
    sigsweep_put_(line, digits + at);
}

static inline void sigsweep_send_(struct sigsweep_line_ *line)
{
    int kept = errno;

    line->text[line->len++] = '\n';
    while (write(sigsweep_fd_, line->text, line->len) < 0 && errno == EINTR)
        continue;
    errno = kept;
}

/* `verb` with a number under `key`. */
static inline void sigsweep_number_(const char *verb, const char *key, long value)
{
    struct sigsweep_line_ line;

    if (!sigsweep_on_())
        return;
    line.len = 0;
    sigsweep_put_(&line, verb);
    sigsweep_put_number_(&line, key, value);
    sigsweep_send_(&line);
}

/* `verb` with a name; a negative id and a NULL rc are left out. */
static inline void sigsweep_name_(const char *verb, long id, const char *name, const int *rc)
{
    struct sigsweep_line_ line;

    if (!sigsweep_on_())
        return;
    line.len = 0;
    sigsweep_put_(&line, verb);
    if (id >= 0)
        sigsweep_put_number_(&line, " id=", id);
    sigsweep_put_name_(&line, " name=", name);
    if (rc != NULL)
        sigsweep_put_number_(&line, " rc=", *rc);
    sigsweep_send_(&line);
}

/* ---- the reports ---- */

/* The program is set up: its handlers are installed. Times of interrupts count from here. */
static inline void sigsweep_ready(void)
{
    struct sigsweep_line_ line;

    if (!sigsweep_on_())
        return;
    line.len = 0;
    sigsweep_put_(&line, "ready");
    sigsweep_send_(&line);
}

/* At most n tasks run at the same time from here on; n >= 1. */
static inline void sigsweep_slots(long n)
{
    sigsweep_number_("slots", " n=", n);
}

/* A task exists and waits for its turn. */
static inline void sigsweep_task_queue(long id)
{
    sigsweep_number_("task.queue", " id=", id);
}

/* It got a slot and begins. */
static inline void sigsweep_task_start(long id)
{
    sigsweep_number_("task.start", " id=", id);
}

/* Its own code came to an end; outcome: "done", "failed" or "cancelled". Cleanups may follow. */
static inline void sigsweep_task_end(long id, const char *outcome)
{
    struct sigsweep_line_ line;

    if (!sigsweep_on_())
        return;
    line.len = 0;
    sigsweep_put_(&line, "task.end");
    sigsweep_put_number_(&line, " id=", id);
    sigsweep_put_name_(&line, " outcome=", outcome);
    sigsweep_send_(&line);
}

/* It is over: cleanups run, slot given back. Exactly once for each task, started or not. */
static inline void sigsweep_task_fini(long id)
{
    sigsweep_number_("task.fini", " id=", id);
}

/* The program has noticed that it is to stop; 1: politely, 2: cleanups must hurry. */
static inline void sigsweep_cancel(int level)
{
    sigsweep_number_("cancel", " level=", level);
}

/* From here on the cleanup `name` must run, exactly once, before the program ends. */
static inline void sigsweep_cleanup_arm(long id, const char *name)
{
    sigsweep_name_("cleanup.arm", id, name, NULL);
}

/* It was taken back: it need not run any more. */
static inline void sigsweep_cleanup_disarm(long id, const char *name)
{
    sigsweep_name_("cleanup.disarm", id, name, NULL);
}

static inline void sigsweep_cleanup_begin(long id, const char *name)
{
    sigsweep_name_("cleanup.begin", id, name, NULL);
}

/* rc: 0, or what the cleanup failed with. */
static inline void sigsweep_cleanup_end(long id, const char *name, int rc)
{
    sigsweep_name_("cleanup.end", id, name, &rc);
}

/* Something was taken that must be given back before the program ends: a lock, a lease, a file. */
static inline void sigsweep_acquire(const char *name)
{
    sigsweep_name_("acquire", SIGSWEEP_NO_TASK, name, NULL);
}

static inline void sigsweep_release(const char *name)
{
    sigsweep_name_("release", SIGSWEEP_NO_TASK, name, NULL);
}

/* A place in the program that interrupts can be aimed at. */
static inline void sigsweep_mark(const char *name)
{
    sigsweep_name_("mark", SIGSWEEP_NO_TASK, name, NULL);
}

#endif
