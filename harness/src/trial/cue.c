/* cue.c - decides when the next planned delivery is due. Interrupts go in order: each is armed when
 * all deliveries of the one before it were sent. Occurrences count from the arming. */
#include "trial/live.h"

#include "support/clock.h"

#include <string.h>
#include <sys/timerfd.h>

static bool compare_state(const struct counts *c, const struct state_cond *s)
{
    const long *v = c->value;

    switch (s->name) {
    case STATE_BEFORE_START: return v[COUNT_STARTED] == 0 && (c->ready || v[COUNT_QUEUED] > 0);
    case STATE_SLOTS_FULL:
        return c->slots > 0 && v[COUNT_RUNNING] == c->slots && v[COUNT_QUEUED] > 0;
    case STATE_QUEUED_ONLY: return v[COUNT_QUEUED] > 0 && v[COUNT_RUNNING] == 0;
    case STATE_CLEANING: return v[COUNT_CLEANING] > 0;
    case STATE_DRAINING: return v[COUNT_LEVEL] > 0 && v[COUNT_QUEUED] + v[COUNT_RUNNING] > 0;
    case STATE_COUNTS: break;
    }
    for (int i = 0; i < COUNT_KEYS; i++) {
        if (s->given[i] && !count_holds(s->counts[i], v[i]))
            return false;
    }
    return true;
}

static const struct interrupt *armed(const struct live *l)
{
    return l->next < l->plan->interrupts_n ? &l->plan->interrupts[l->next] : NULL;
}

static void timer_set(struct live *l, int64_t due_ns)
{
    struct itimerspec when = {.it_value = clock_timespec(due_ns > 0 ? due_ns : 1)};

    l->due_ns = due_ns;
    l->r->deliveries[l->next_record].planned_ns = due_ns - l->start_ns;
    (void)timerfd_settime(l->room->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void fire(struct live *l, pid_t tid);

bool cue_done(const struct live *l)
{
    return l->next == l->plan->interrupts_n;
}

static void arm(struct live *l, pid_t tid)
{
    const struct interrupt *in = armed(l);
    const struct point *p;

    l->seen = 0;
    l->repeats = 0;
    if (l->has_regex)
        regfree(&l->regex);
    l->has_regex = false;
    if (in == NULL)
        return;
    p = &in->when;
    switch (p->kind) {
    case POINT_AFTER:
        if (l->previous_ns < 0)
            break; /* the first one: cue_ready starts it */
        if (p->from_ns == 0)
            fire(l, tid);
        else
            timer_set(l, l->previous_ns + p->from_ns);
        break;
    case POINT_OUTPUT:
        l->has_regex = regcomp(&l->regex, p->text, REG_EXTENDED | REG_NEWLINE) == 0;
        break;
    case POINT_STATE:
        if (compare_state(&l->counts, &p->state) && l->begun)
            fire(l, tid);
        break;
    default: break;
    }
}

/* Sends the armed interrupt's next delivery and sets up what comes after it. */
static void fire(struct live *l, pid_t tid)
{
    const struct interrupt *in = armed(l);

    l->due_ns = -1;
    deliver(l, &l->r->deliveries[l->next_record], tid);
    l->previous_ns = clock_now_ns();
    l->next_record++;
    l->repeats++;
    while (l->repeats < in->times && in->every_ns == 0) {
        deliver(l, &l->r->deliveries[l->next_record++], tid);
        l->repeats++;
    }
    if (l->repeats < in->times) {
        timer_set(l, l->previous_ns + in->every_ns);
        return;
    }
    l->next++;
    arm(l, tid);
    l->functions_on = functions_wanted(l);
    l->calls_on = calls_wanted(l);
    tracer_let_go(l);
}

void cue_fire(struct live *l, pid_t tid)
{
    if (armed(l) != NULL)
        fire(l, tid);
}

enum side cue_side(const struct live *l)
{
    return armed(l) != NULL ? armed(l)->when.side : SIDE_AFTER;
}

bool cue_call(struct live *l, const struct task *t)
{
    const struct interrupt *in = armed(l);
    const struct point *p = in != NULL ? &in->when : NULL;
    const char *name;

    if (p == NULL || p->kind != POINT_SYSCALL || l->repeats != 0)
        return false;
    name = call_name(l, t->call.number);
    if (p->process == 0)
        return strcmp(name, p->text) == 0 && ++l->seen == p->nth;
    if (!call_counts_as(t, p))
        return false;
    if (p->text == NULL || strcmp(name, p->text) == 0)
        return true;
    if (l->r->diverged == NULL)
        l->r->diverged = mem_printf("system call %u of thread %u.%u was %s, not %s", t->nth,
                                    t->process, t->thread, name, p->text);
    return false;
}

bool cue_place(struct live *l, const struct point *here)
{
    const struct interrupt *in = armed(l);
    const struct point *p = in != NULL ? &in->when : NULL;

    if (p == NULL || p->kind != here->kind || l->repeats != 0 || p->offset != here->offset ||
        strcmp(p->text, here->text) != 0)
        return false;
    if (p->process == 0)
        return ++l->seen == p->nth;
    return p->process == here->process && p->thread == here->thread && p->nth == here->nth;
}

static void ready_now(struct live *l, pid_t tid)
{
    const struct interrupt *in = armed(l);

    if (l->r->ready_ns >= 0)
        return;
    l->r->ready_ns = clock_now_ns() - l->start_ns;
    if (in == NULL || l->previous_ns >= 0 || in->when.kind != POINT_AFTER)
        return;
    if (in->when.from_ns == 0)
        fire(l, tid);
    else
        timer_set(l, l->start_ns + l->r->ready_ns + in->when.from_ns);
}

void cue_open(struct live *l)
{
    const struct program *p = &l->plan->scenario->program;
    struct record *r = l->r;
    struct itimerspec off = {0};
    size_t n = 0;

    for (size_t i = 0; i < l->plan->interrupts_n; i++)
        n += l->plan->interrupts[i].times;
    r->deliveries = mem_alloc(n * sizeof(*r->deliveries));
    for (size_t i = 0; i < l->plan->interrupts_n; i++) {
        for (unsigned k = 0; k < l->plan->interrupts[i].times; k++) {
            r->deliveries[r->deliveries_n++] = (struct delivery){
                .interrupt = (unsigned)i,
                .repeat = k,
                .signal = l->plan->interrupts[i].signal,
                .to = l->plan->interrupts[i].to,
                .planned_ns = -1,
                .sent_ns = -1,
                .taken_ns = -1,
            };
        }
    }
    l->due_ns = l->previous_ns = -1;
    l->functions_on = functions_wanted(l);
    l->calls_on = calls_wanted(l);
    (void)timerfd_settime(l->room->timer_fd, 0, &off, NULL);
    if (p->has_ready && p->ready.kind == POINT_OUTPUT)
        l->has_ready_regex =
            regcomp(&l->ready_regex, p->ready.text, REG_EXTENDED | REG_NEWLINE) == 0;
    arm(l, 0);
}

void cue_close(struct live *l)
{
    if (l->has_regex)
        regfree(&l->regex);
    if (l->has_ready_regex)
        regfree(&l->ready_regex);
    l->has_regex = l->has_ready_regex = false;
}

void cue_exec(struct live *l, pid_t tid)
{
    const struct interrupt *in = armed(l);

    if (in != NULL && in->when.kind == POINT_START)
        fire(l, tid);
    if (!l->plan->scenario->program.has_ready)
        ready_now(l, tid);
}

void cue_event(struct live *l, const struct event *ev, pid_t tid)
{
    const struct program *p = l->copy ? NULL : &l->plan->scenario->program;
    const struct interrupt *in = armed(l);
    const char *name = event_verb_name(ev->verb);

    if (p == NULL)
        return; /* a copy has nothing to wait for */

    surveying_event(l, ev, tid);
    if (p->has_ready && p->ready.kind == POINT_EVENT && strcmp(p->ready.text, name) == 0 &&
        ++l->ready_seen == p->ready.nth)
        ready_now(l, tid);
    if (in == NULL || in != armed(l) || l->repeats != 0)
        return;
    if (in->when.kind == POINT_EVENT && strcmp(in->when.text, name) == 0 &&
        ++l->seen == in->when.nth)
        fire(l, tid);
    else if (in->when.kind == POINT_STATE && compare_state(&l->counts, &in->when.state))
        fire(l, tid);
}

/* Counts matches in the window and keeps what may still become one. */
static unsigned count_matches(const regex_t *regex, struct buf *window)
{
    size_t at = 0;
    unsigned n = 0;
    regmatch_t m;

    while (at < window->len &&
           regexec(regex, window->data + at, 1, &m, at != 0 ? REG_NOTBOL : 0) == 0) {
        n++;
        at += (size_t)(m.rm_eo > 0 ? m.rm_eo : 1);
    }
    if (at > window->len)
        at = window->len;
    memmove(window->data, window->data + at, window->len - at + 1);
    window->len -= at;
    return n;
}

void cue_output(struct live *l, struct buf *window)
{
    const struct program *p = &l->plan->scenario->program;
    const struct interrupt *in = armed(l);

    if (l->has_ready_regex && l->r->ready_ns < 0) {
        l->ready_seen += count_matches(&l->ready_regex, window);
        if (l->ready_seen >= p->ready.nth)
            ready_now(l, 0);
        return;
    }
    if (in == NULL || in->when.kind != POINT_OUTPUT || !l->has_regex || l->repeats != 0)
        return;
    l->seen += count_matches(&l->regex, window);
    if (l->seen >= in->when.nth)
        fire(l, 0);
}

static bool has_line(const char *message, const char *line)
{
    size_t len = strlen(line);

    for (const char *at = message; at != NULL; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (strncmp(at, line, len) == 0 && (at[len] == '\n' || at[len] == '\0'))
            return true;
    }
    return false;
}

void cue_notify(struct live *l, const char *message)
{
    const struct program *p = &l->plan->scenario->program;
    const struct interrupt *in = armed(l);

    if (p->has_ready && p->ready.kind == POINT_NOTIFY && has_line(message, p->ready.text) &&
        ++l->ready_seen == p->ready.nth)
        ready_now(l, 0);
    if (in != NULL && in == armed(l) && l->repeats == 0 && in->when.kind == POINT_NOTIFY &&
        has_line(message, in->when.text) && ++l->seen == in->when.nth)
        fire(l, 0);
}

void cue_time(struct live *l)
{
    if (l->due_ns >= 0 && clock_now_ns() >= l->due_ns && armed(l) != NULL)
        fire(l, 0);
}
