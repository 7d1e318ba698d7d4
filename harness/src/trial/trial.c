/* trial.c - the course of one trial: launch, wait for whatever happens next, settle, take stock. */
#include "trial/trial.h"

#include "support/clock.h"
#include "trial/live.h"
#include "trial/lost.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

bool plan_needs_tracer(const struct interrupt *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        enum point_kind kind = list[i].when.kind;
        if (kind == POINT_START || kind == POINT_EVENT || kind == POINT_STATE ||
            kind == POINT_SYSCALL || kind == POINT_FUNCTION || kind == POINT_INSTRUCTION)
            return true;
    }
    return false;
}

static bool survey_wants_events(const struct survey *s)
{
    const struct point *set = s != NULL ? s->set : NULL;

    return set != NULL &&
           (set->each == EACH_EVENT || (set->from != NULL && set->from->kind == POINT_EVENT) ||
            (set->to != NULL && set->to->kind == POINT_EVENT));
}

static bool wants_filter(const struct trial_plan *plan)
{
    if (survey_wants_events(plan->survey))
        return true;
    for (size_t i = 0; i < plan->interrupts_n; i++) {
        enum point_kind kind = plan->interrupts[i].when.kind;
        if (kind == POINT_EVENT || kind == POINT_STATE)
            return true;
    }
    return false;
}

static int choose_tracing(struct live *l)
{
    const struct scenario *s = l->plan->scenario;
    const struct capabilities *can = &l->room->can;
    bool needed = plan_needs_tracer(l->plan->interrupts, l->plan->interrupts_n) ||
                  l->plan->survey != NULL || l->sweep != NULL;
    enum memory memory = s->program.memory;

    l->traced = !s->program.untraced && can->ptrace == 0 && (needed || memory == MEMORY_OFF);
    l->lets_go = l->traced && (memory == MEMORY_LSAN || memory == MEMORY_ASAN) &&
                 l->plan->survey == NULL && l->sweep == NULL;
    l->filtered = l->traced && wants_filter(l->plan);
    l->r->events_exact = l->filtered;
    l->r->traced = l->traced;
    if (needed && s->program.untraced)
        return error_set(l->err, -EINVAL,
                         "%s: an exact point (start, event, state, syscall, function, instruction) "
                         "needs tracing, "
                         "and program.trace is off",
                         s->name);
    if (needed && !l->traced)
        return error_set(l->err, -EPERM,
                         "%s: an exact point needs ptrace, which this machine refuses (%s); "
                         "sigsweep doctor tells the remedy",
                         s->name, strerror(-can->ptrace));
    if (l->filtered && can->seccomp != 0)
        return error_set(
            l->err, -EPERM,
            "%s: an event point needs a seccomp filter, which this machine refuses (%s)", s->name,
            strerror(-can->seccomp));
    return 0;
}

/* ------------------------------------------------------------------------------ the loop */

enum {
    WATCH_CHILD,
    WATCH_TIMER,
    WATCH_STOP,
    WATCH_OUT,
    WATCH_ERR,
    WATCH_EVENTS,
    WATCH_NOTIFY,
    WATCH_STDIN,
    WATCH_CLIENT,
    WATCHES = WATCH_CLIENT + 2
};

static void watch(const struct live *l, struct pollfd *w)
{
    const int fds[WATCHES] = {
        [WATCH_CHILD] = l->room->child_fd,
        [WATCH_TIMER] = l->due_ns >= 0 ? l->room->timer_fd : -1,
        [WATCH_STOP] = l->room->config.stop_fd,
        [WATCH_OUT] = l->out_fd,
        [WATCH_ERR] = l->err_fd,
        [WATCH_EVENTS] = l->event_fd,
        [WATCH_NOTIFY] = l->notify_fd,
        [WATCH_STDIN] = l->dialogue.full ? l->dialogue.fd : -1,
    };

    for (int i = 0; i < WATCH_CLIENT; i++)
        w[i] = (struct pollfd){.fd = fds[i], .events = i == WATCH_STOP ? 0 : POLLIN}; /* hang-up */
    w[WATCH_STDIN].events = POLLOUT;
    client_watch(l, &w[WATCH_CLIENT]);
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Waits until something happens, at most until limit_ns, and deals with it. False: the limit. */
bool trial_step(struct live *l, int64_t limit_ns)
{
    struct pollfd w[WATCHES];
    int64_t now = clock_now_ns(), until = sooner(limit_ns, l->bounds.next_ns);
    int64_t left = l->inside_tid != 0 ? 0 : (l->bounds.next_ns != 0 ? until : limit_ns) - now;
    struct timespec wait = clock_timespec(left > 0 ? left : 0);
    char drop[1024];
    int n;

    watch(l, w);
    n = ppoll(w, WATCHES, &wait, NULL);
    if (n < 0 && errno != EINTR)
        return false;
    if (n == 0 && l->inside_tid != 0) {
        calls_look_inside(l);
        return true;
    }
    bounds_look(l);
    if (n == 0)
        return clock_now_ns() < limit_ns;
    if (w[WATCH_STOP].revents != 0)
        l->stopping = true;
    if (w[WATCH_OUT].revents != 0)
        observe_output(l, &l->out_fd, &l->r->out, &l->out_text);
    if (w[WATCH_ERR].revents != 0)
        observe_output(l, &l->err_fd, &l->r->err, &l->err_text);
    if (w[WATCH_EVENTS].revents != 0)
        observe_events(l);
    if (w[WATCH_NOTIFY].revents != 0)
        observe_notify(l);
    if (w[WATCH_TIMER].revents != 0) {
        (void)!read(l->room->timer_fd, drop, 8);
        cue_time(l);
    }
    if (w[WATCH_CLIENT].revents != 0 || w[WATCH_CLIENT + 1].revents != 0)
        client_read(l);
    if (w[WATCH_CHILD].revents != 0) {
        (void)!read(l->room->child_fd, drop, sizeof(drop));
        tracer_drain(l);
    }
    dialogue_go(l);
    client_go(l);
    return true;
}

#define DRAIN_MOST (4 << 20) /* more than pipes hold: what comes later, a descendant writes */

/* What is still in the pipes when the program is gone; never waits for a descendant's end. */
void trial_drain(struct live *l)
{
    uint64_t before, begin = l->r->out.bytes + l->r->err.bytes;

    observe_events(l);
    if (l->notify_fd >= 0)
        observe_notify(l);
    do {
        before = l->r->out.bytes + l->r->err.bytes;
        if (l->out_fd >= 0)
            observe_output(l, &l->out_fd, &l->r->out, &l->out_text);
        if (l->err_fd >= 0)
            observe_output(l, &l->err_fd, &l->r->err, &l->err_text);
    } while (l->r->out.bytes + l->r->err.bytes != before && before - begin < DRAIN_MOST);
}

#define IDLE_NS                                                                                    \
    300000000 /* nothing happened for so long: then it is looked at what it waits for              \
               */

/* Nothing is left to do for the original. */
static bool sweep_done(const struct live *l)
{
    return l->sweep != NULL && (l->sweep_at == l->sweep->n || l->sweep_rc != 0);
}

bool trial_wants_census(const struct sweep *sweep)
{
    const struct expect *e = &sweep->plan.scenario->expect;

    return e->fds != NOT_GIVEN || e->threads != NOT_GIVEN;
}

#define ALIVE_NS 300000000 /* so long it must live on, where no dialogue shows that it does */

/* When a program that is to live on has shown it: absolute; INT64_MAX: something is still to come.
 */
static int64_t alive_since(const struct live *l)
{
    const struct expect *e = &l->plan->scenario->expect;
    const struct dialogue *d = &l->dialogue;
    const struct program *p = &l->plan->scenario->program;
    bool answers = p->dialogue_n != 0 && p->dialogue[p->dialogue_n - 1].await != NULL;
    int64_t last = l->previous_ns > l->start_ns ? l->previous_ns : l->start_ns;

    if (!e->alive || !l->begun || l->sweep != NULL || l->survey.out != NULL || !cue_done(l) ||
        !dialogue_done(l) || client_owing(l) || l->r->ready_ns < 0)
        return INT64_MAX;
    if (d->done_ns >= last)
        return answers ? d->done_ns : d->done_ns + ALIVE_NS;
    return last + ALIVE_NS;
}

/* At the deadline, or earlier when it has shown that it lives on: it is ended here. */
static void end_program(struct live *l)
{
    bool lives = l->plan->scenario->expect.alive && !l->flooded;

    if (!lives || !dialogue_done(l))
        census_stuck(l);
    l->r->how = l->flooded ? ENDED_FLOOD : lives ? ENDED_ALIVE : ENDED_DEADLINE;
    l->leaving = true;
    l->r->exit_ns = -1;
    reap_all(l);
}

static void run_program(struct live *l)
{
    int64_t deadline = l->start_ns + l->plan->scenario->program.deadline_ns;

    if (!l->traced)
        cue_exec(l, 0);
    tracer_drain(l);
    dialogue_go(l);
    client_go(l);
    while (!l->ended && !l->stopping && !l->flooded &&
           clock_now_ns() < sooner(deadline + l->copies_ns, alive_since(l)) && !sweep_done(l)) {
        int64_t limit = sooner(deadline + l->copies_ns, alive_since(l));
        int64_t quiet = l->survey.out != NULL ? l->last_stop_ns + IDLE_NS : limit;
        if (!trial_step(l, quiet < limit ? quiet : limit) && l->survey.out != NULL &&
            clock_now_ns() >= l->last_stop_ns + IDLE_NS && (l->survey.out->idle = calls_idle(l)))
            break;
        if (quiet <= clock_now_ns())
            l->last_stop_ns = clock_now_ns(); /* look again later */
    }
    if (l->survey.out != NULL) {
        l->survey.out->run_ns = clock_now_ns() - l->start_ns;
        l->survey.out->idle |= !l->ended && !l->flooded && !l->stopping;
    }
    if (sweep_done(l) || (l->survey.out != NULL && l->survey.out->idle)) {
        l->r->how = ENDED_DEADLINE;
        l->leaving = true;
        reap_all(l);
        return;
    }
    if (!l->ended && !l->stopping)
        end_program(l);
    while (client_runs(l) && !l->stopping && clock_now_ns() < deadline)
        (void)trial_step(l, deadline);
    client_end(l);
}

void trial_note_ending(struct live *l)
{
    struct record *r = l->r;

    if (r->how == ENDED_DEADLINE || r->how == ENDED_FLOOD || r->how == ENDED_ALIVE || !l->ended)
        return;
    r->core = WCOREDUMP(l->status);
    if (WIFSIGNALED(l->status) && WTERMSIG(l->status) == SIGXFSZ && bounds_asked(l)) {
        r->how = ENDED_FLOOD; /* one file was larger than all may be */
        r->flood = FLOOD_DISK;
        return;
    }
    if (WIFSIGNALED(l->status)) {
        r->how = ENDED_SIGNALED;
        r->value = WTERMSIG(l->status);
        r->outright = l->last_signal == r->value && l->last_from_us;
        r->outsider = r->value == SIGKILL && !l->killed;
        for (size_t i = 0; i < r->deliveries_n; i++)
            r->outsider &= r->deliveries[i].signal != SIGKILL || r->deliveries[i].sent_ns < 0;
    } else {
        r->how = ENDED_EXITED;
        r->value = WEXITSTATUS(l->status);
    }
}

static void read_stdout_file(struct live *l)
{
    char *path = mem_printf("%s/stdout", l->room->scratch.out);
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    while (fd >= 0)
        observe_output(l, &fd, &l->r->out, &l->out_text);
    (void)unlink(path);
    free(path);
}

void trial_course(struct live *l)
{
    run_program(l);
    trial_drain(l);
    trial_note_ending(l);
    settle(l);
    trial_drain(l);
    if (l->plan->scenario->program.stdout_kind == STDOUT_FILE && !l->r->terminal)
        read_stdout_file(l);
}

static int prepare(struct live *l)
{
    const struct program *p = &l->plan->scenario->program;
    struct scratch *scratch = &l->room->scratch;
    bool may_stay = p->copy != NULL && p->setup == NULL && p->watch == NULL && !l->plan->aged;
    int rc = choose_tracing(l);

    if (rc == 0)
        rc = ports_take(&l->room->ports, p->ports, l->err);
    scratch->unchanged &= may_stay;
    if (rc == 0)
        rc = scratch_begin(scratch, p->copy, l->err);
    if (rc == 0 && p->watch != NULL)
        rc = scratch_watch(scratch, p->watch, l->err);
    if (rc == 0 && p->setup != NULL)
        rc = steps_setup(l);
    if (rc == 0 && l->plan->aged)
        scratch_age(scratch);
    if (rc == 0 && !scratch->reused &&
        (p->setup != NULL || p->copy != NULL || p->watch != NULL || l->room->config.here != NULL))
        scratch_mark(scratch);
    if (rc == 0 && may_stay && !scratch->reused)
        scratch_may_stay(scratch, p->copy);
    if (rc == 0)
        ipc_mark(&l->room->ipc, p->setup != NULL);
    return rc;
}

void live_init(struct live *l, struct room *room, const struct trial_plan *plan, struct record *r,
               struct error *err)
{
    *l = (struct live){.room = room,
                       .plan = plan,
                       .r = r,
                       .err = err,
                       .pid_fd = -1,
                       .out_fd = -1,
                       .err_fd = -1,
                       .event_fd = -1,
                       .event_write_fd = -1,
                       .notify_fd = -1,
                       .pty_fd = -1,
                       .tty_fd = -1,
                       .dialogue = {.fd = -1, .done_ns = -1},
                       .counts = {.slots = -1},
                       .due_ns = -1};
}

void live_close(struct live *l)
{
    client_close(l);
    dialogue_close(l);
    cue_close(l);
    surveying_close(l);
    observe_close(l);
    launch_close(l);
    if (l->symbols != NULL)
        symbols_close(l->symbols);
    functions_close(l);
    channels_close(l);
    undo_close(l->undo);
    free(l->lsan);
    free(l->tasks);
    free(l->families);
    free(l->stops);
}

/* Of the trial itself; a step before or after it leaves the scratch to it. */
static void end_trial(struct live *l)
{
    live_close(l);
    ports_release(&l->room->ports);
    if (!l->room->config.keep_scratch)
        scratch_end(&l->room->scratch);
}

static int begin(struct live *l)
{
    int rc;

    l->r->seed = l->plan->seed;
    l->r->terminal = l->plan->scenario->program.terminal;
    rc = prepare(l);
    if (rc == 0)
        rc = surveying_open(l);
    if (rc == 0) {
        cue_open(l);
        rc = launch(l);
    }
    bounds_open(l);
    l->r->start_clock_ns = l->begun ? l->start_ns : -1;
    return rc;
}

/* What is there now that the program and all that it started have ended. */
static void take_stock(struct live *l)
{
    struct room *room = l->room;
    int64_t begin = clock_now_ns();

    lost_collect(l);
    scratch_scan(&room->scratch, l->r, NULL);
    ipc_scan(&room->ipc, l->r);
    terminal_left(l);
    room->census_ns += clock_now_ns() - begin;
}

int trial_run(struct room *room, const struct trial_plan *plan, struct record *r, struct error *err)
{
    const struct expect *e = &plan->scenario->expect;
    bool after = e->recover != NULL || e->rerun;
    struct live l;
    int rc;

    live_init(&l, room, plan, r, err);
    rc = begin(&l);
    if (rc == 0 && l.begun) {
        trial_course(&l);
        take_stock(&l);
        if (!l.stopping)
            rc = steps_after(&l);
        ipc_clear(&room->ipc, after ? NULL : r);
        r->end_ns = clock_now_ns() - l.start_ns;
    } else if (l.pid > 0) {
        reap_all(&l);
    }
    end_trial(&l);
    if (l.stopping)
        return -ECANCELED;
    return rc > 0 ? 0 : rc;
}

int trial_sweep(struct room *room, const struct sweep *sweep, struct error *err)
{
    struct live l;
    struct record r;
    int rc;

    record_init(&r);
    live_init(&l, room, &sweep->plan, &r, err);
    l.sweep = sweep;
    l.undo = undo_open(&room->scratch);
    rc = begin(&l);
    if (rc == 0 && l.begun) {
        run_program(&l);
    }
    if (l.pid > 0)
        reap_all(&l);
    while (rc >= 0 && !l.stopping && !sweep_done(&l))
        l.sweep_rc = sweep->take(sweep->arg, l.sweep_at++, NULL, sweep_diverged);
    if (l.begun) {
        record_free(&l.files);
        scratch_scan(&room->scratch, &l.files,
                     NULL); /* so that what is there is seen to be there */
        ipc_clear(&room->ipc, NULL);
    }
    end_trial(&l);
    record_free(&l.files);
    record_free(&r);
    if (l.stopping)
        return -ECANCELED;
    return rc < 0 ? rc : l.sweep_rc;
}
