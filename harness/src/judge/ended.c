#include "judge/check.h"
#include "support/duration.h"
#include "support/signals.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STUCK_LISTED  8
#define FRAMES_LISTED 8

static bool was_sent(const struct record *r, int signal);

/* Whether expect.ended says something of how it ended. */
static bool says(const struct expect *e)
{
    return e->ended_n != 0 || e->conventional || e->alive;
}

/* The same of success: `try --ended` leaves it to be judged as if nothing were said. */
static bool says_of_success(const struct expect *e)
{
    return says(e) && !e->success_apart;
}

static bool allows(const struct view *v, bool by_signal, int value)
{
    const struct expect *e = &v->s->expect;

    if (e->conventional && was_sent(v->r, by_signal ? value : value - 128))
        return true;
    for (size_t i = 0; i < e->ended_n; i++) {
        if (e->ended[i].by_signal == by_signal && e->ended[i].value == value)
            return true;
    }
    return false;
}

static bool was_sent(const struct record *r, int signal)
{
    for (size_t i = 0; i < r->deliveries_n; i++) {
        if (r->deliveries[i].signal == signal && r->deliveries[i].state != DELIVERY_UNREACHED)
            return true;
    }
    return false;
}

static bool is_crash_signal(int signal)
{
    switch (signal) {
    case SIGSEGV:
    case SIGBUS:
    case SIGABRT:
    case SIGILL:
    case SIGFPE:
    case SIGTRAP:
    case SIGSYS: return true;
    default: return false;
    }
}

/* True when a crash was found. */
static bool check_crash(const struct view *v)
{
    const struct record *r = v->r;
    char subject[32], *message;

    if (check_reports(v)) /* it tells more than the signal that the sanitizer died of */
        return true;
    /* The death that a planned signal asks for is exit-status's business. */
    if (r->how != ENDED_SIGNALED || !is_crash_signal(r->value) || allows(v, true, r->value) ||
        was_sent(r, r->value))
        return false;
    snprintf(subject, sizeof(subject), "SIG%s", signal_label(r->value));
    message = mem_printf("the program crashed: it died by %s", subject);
    findings_add(v->out, KIND_CRASH, subject, message, "no crash",
                 r->core ? "death by this signal, with a core dump" : "death by this signal");
    free(message);
    return true;
}

void text_stuck(struct buf *b, const struct record *r)
{
    for (size_t i = 0; i < r->stuck_n && i < STUCK_LISTED; i++) {
        const struct stuck_thread *t = &r->stuck[i];

        buf_addf(b, "; thread %ld (%s, state %c): %s", (long)t->tid,
                 t->comm != NULL ? t->comm : "?", t->state != '\0' ? t->state : '?',
                 t->where != NULL ? t->where : "unknown");
        for (size_t k = 0; k < t->stack_n && k < FRAMES_LISTED; k++)
            buf_addf(b, "%s%.120s", k == 0 ? ", at " : " < ", t->stack[k]);
    }
    if (r->stuck_n > STUCK_LISTED)
        buf_addf(b, "; and %zu more threads", r->stuck_n - STUCK_LISTED);
}

/* What it used up, as the three texts of a finding; it was ended for that. */
static void report_flood(const struct view *v)
{
    bool disk = v->r->flood == FLOOD_DISK;
    struct buf seen = {0};

    buf_adds(&seen, disk ? "more in its folders than they may hold" : "too many processes");
    text_stuck(&seen, v->r);
    findings_add(v->out, KIND_HANG, flood_name(v->r->flood),
                 disk ? "the program fills the disk: it wrote more than its folders may hold, and "
                        "was ended by the harness"
                      : "the program made more processes than a trial may have, and was ended by "
                        "the harness",
                 disk ? "no more in its folders than `disk` allows"
                      : "a limited number of processes",
                 seen.data);
    buf_free(&seen);
}

static void check_hang(const struct view *v)
{
    const struct record *r = v->r;
    char time[32], *message, *expected;
    struct buf seen = {0};

    if (r->how == ENDED_FLOOD) {
        report_flood(v);
        return;
    }
    duration_human(v->s->program.deadline_ns, time, sizeof(time));
    message = mem_printf("the program did not end within %s, and was ended by the harness", time);
    expected = mem_printf("the end of the program within %s", time);
    buf_adds(&seen, "still alive at the deadline");
    if (r->steps_done < r->steps)
        buf_adds(&seen, "; ");
    text_dialogue(&seen, v);
    text_stuck(&seen, r);
    findings_add(v->out, KIND_HANG, "deadline", message, expected, seen.data);
    free(message);
    free(expected);
    buf_free(&seen);
}

static void check_slow_exit(const struct view *v)
{
    bool lives = v->r->how == ENDED_ALIVE;
    int64_t within = v->s->expect.within_ns, took;
    int64_t done = lives ? v->r->answered_ns : v->r->exit_ns;
    char limit[32], time[32], subject[32], *message;

    if (within < 0 || v->landed == NULL || v->landed->sent_ns < 0 || done < 0)
        return;
    took = done - v->landed->sent_ns;
    if (took <= within)
        return;
    duration_human(within, limit, sizeof(limit));
    duration_human(took, time, sizeof(time));
    snprintf(subject, sizeof(subject), "SIG%s", signal_label(v->landed->signal));
    message = mem_printf("the program took %s to %s after %s, more than %s", time,
                         lives ? "answer" : "end", subject, limit);
    findings_add(v->out, KIND_SLOW_EXIT, subject, message, limit, time);
    free(message);
}

/* Signals whose default action ends nothing can't be swallowed; nor can one that the scenario
 * itself had ignored from the start. */
static bool can_be_swallowed(const struct view *v, const struct delivery *d)
{
    switch (d->signal) {
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGCONT:
    case SIGWINCH:
    case SIGCHLD:
    case SIGURG: return false;
    default: break;
    }
    if (d->signal < 64 && (v->s->program.ignore >> d->signal & 1) != 0)
        return false;
    if (d->state == DELIVERY_MASKED)
        return true;
    return d->state == DELIVERY_FIRED && (d->taken_ns >= 0 || !v->r->traced || v->r->let_go);
}

/* The delivery that may have been swallowed, or NULL: success isn't allowed, yet it succeeded. */
static const struct delivery *suspect(const struct view *v)
{
    if (v->r->how != ENDED_EXITED || v->r->value != 0 || allows(v, false, 0) || v->s->expect.alive)
        return NULL;
    for (size_t i = 0; i < v->r->deliveries_n; i++) {
        if (can_be_swallowed(v, &v->r->deliveries[i]))
            return &v->r->deliveries[i];
    }
    return NULL;
}

static int by_path(const void *a, const void *b)
{
    return strcmp((*(const struct left_file *const *)a)->path,
                  (*(const struct left_file *const *)b)->path);
}

static const struct left_file **sorted_files(const struct record *r)
{
    const struct left_file **list = mem_alloc((r->files_n + 1) * sizeof(*list));

    for (size_t i = 0; i < r->files_n; i++)
        list[i] = &r->files[i];
    qsort(list, r->files_n, sizeof(*list), by_path);
    return list;
}

static bool same_files(const struct record *a, const struct record *b)
{
    const struct left_file **x, **y;
    bool same = true;

    if (a->files_n != b->files_n || a->files_more != b->files_more)
        return false;
    x = sorted_files(a);
    y = sorted_files(b);
    for (size_t i = 0; i < a->files_n && same; i++)
        same = strcmp(x[i]->path, y[i]->path) == 0 && x[i]->type == y[i]->type &&
               x[i]->size == y[i]->size && x[i]->state == y[i]->state;
    free(x);
    free(y);
    return same;
}

/* What shows that the program went on to its normal end; the caller frees it. NULL: nothing. */
static char *evidence(const struct view *v, const struct work *work)
{
    const struct record *r = v->r, *b = v->baseline;

    if (r->events_lost == 0 && work->tasks > 0) {
        return work->all_done && !work->cancelled
                   ? mem_printf("exit code 0; all %zu tasks ended done, and no cancel was reported",
                                work->tasks)
                   : NULL;
    }
    if (b == NULL || b->how != ENDED_EXITED || b->value != 0)
        return NULL;
    if (r->out.bytes > 0 && r->out.bytes == b->out.bytes && r->out.hash == b->out.hash)
        return mem_printf("exit code 0, and the same %llu bytes of output as without the signal",
                          (unsigned long long)r->out.bytes);
    if (r->out.bytes == 0 && b->out.bytes == 0 && r->files_n > 0 && same_files(r, b))
        return mem_printf("exit code 0, and the same %zu files as without the signal", r->files_n);
    return NULL;
}

/* True when nothing more is to be said of the exit status. */
static bool check_swallowed(const struct view *v)
{
    const struct delivery *d = suspect(v);
    struct work work;
    struct buf expected = {0};
    char subject[32], *seen, *message;
    int64_t when;

    if (d == NULL)
        return false;
    /* It came after all that others could see was done: there was nothing left to give up. */
    if (!says_of_success(&v->s->expect) && v->r->effects == 0)
        return true;
    /* It was let go as the signal came: whether there was anything left to give up, nobody saw. */
    if (!says_of_success(&v->s->expect) && v->r->let_go) {
        findings_untested(v->out, "swallowed: the program is not traced after the signal, so that "
                                  "its memory can be looked at");
        return true;
    }
    work_sum_up(v->r, &work);
    when = d->taken_ns >= 0 ? d->taken_ns : d->sent_ns;
    if (v->r->events_lost == 0 && work.all_done && when >= work.last_end_ns) {
        findings_untested(v->out, "exit status: the signal came after the last task had ended");
        return true;
    }
    seen = evidence(v, &work);
    if (seen == NULL)
        return false;
    snprintf(subject, sizeof(subject), "SIG%s", signal_label(d->signal));
    message = d->state == DELIVERY_MASKED
                  ? mem_printf("%s was sent, but the program kept it blocked to the end and "
                               "finished as if nothing had come",
                               subject)
                  : mem_printf("%s was delivered, but the program went on to its normal end "
                               "and reported success",
                               subject);
    text_allowed(&expected, &v->s->expect);
    findings_add(v->out, KIND_SWALLOWED, subject, message,
                 expected.len > 0 ? expected.data : "an end because of the signal", seen);
    buf_free(&expected);
    free(message);
    free(seen);
    return true;
}

static void check_exit_status(const struct view *v)
{
    const struct record *r = v->r;
    bool by_signal = r->how == ENDED_SIGNALED;
    struct buf expected = {0}, seen = {0};
    char subject[32], *message;

    if (!says(&v->s->expect) || allows(v, by_signal, r->value))
        return;
    /* In a sweep the signal also comes before the handler is set, and after all was done. */
    if (v->s->expect.success_apart && (r->outright || (!by_signal && r->value == 0)))
        return;
    if (!by_signal && r->value == MEMORY_EXIT && memory_wants_baseline(v)) {
        findings_untested(v->out, "exit status: the sanitizer put its own in its place, since "
                                  "memory was lost");
        return;
    }
    if (by_signal)
        snprintf(subject, sizeof(subject), "SIG%s", signal_label(r->value));
    else
        snprintf(subject, sizeof(subject), "exit code %d", r->value);
    text_allowed(&expected, &v->s->expect);
    text_ended(&seen, by_signal, r->value);
    if (r->outsider)
        buf_adds(&seen, ", sent by something other than the harness (out of memory?)");
    message = mem_printf("the program ended by %s instead of %s", seen.data, expected.data);
    findings_add(v->out, KIND_EXIT_STATUS, subject, message, expected.data, seen.data);
    buf_free(&expected);
    buf_free(&seen);
    free(message);
}

void check_ended(const struct view *v)
{
    bool crashed = check_crash(v), judged;

    if (v->r->how == ENDED_DEADLINE || v->r->how == ENDED_FLOOD) {
        check_hang(v);
        return;
    }
    check_slow_exit(v);
    if (v->r->how == ENDED_ALIVE) {
        check_alive(v);
        return;
    }
    /* With no interrupt planned at all, the exit status is still worth a check. */
    judged = v->landed != NULL || v->s->interrupts_n == 0;
    if (!judged || check_swallowed(v))
        return;
    /* One cause, one finding: after a crash the exit status says nothing new. */
    if (!crashed)
        check_exit_status(v);
}

bool ended_wants_baseline(const struct view *v)
{
    struct work work;

    if (suspect(v) == NULL)
        return false;
    work_sum_up(v->r, &work);
    return v->r->events_lost > 0 || work.tasks == 0;
}
