/* snapshot.c - the snapshot engine: one execution; at each wanted point a copy of the program gets
 * the signal and runs to its end, while the original stands still. What comes before the point is
 * paid for once. Where a copy would not be sound, the point is given back to be replayed. */
#include "trial/copied.h"

#include "support/clock.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

const char sweep_diverged[] = "the execution is another one than the survey's";

/* -------------------------------------------------------------------------- which point is it */

static const struct point *next_point(const struct live *l)
{
    if (l->sweep == NULL || l->sweep_rc != 0 || l->sweep_at == l->sweep->n || !cue_done(l))
        return NULL;
    return &l->sweep->points[l->sweep_at].when;
}

static void give_back(struct live *l, const char *why)
{
    l->sweep_rc = l->sweep->take(l->sweep->arg, l->sweep_at++, NULL, why);
}

/* The first point from here on that is counted among the calls but getrandom; NULL. */
static const struct point *next_counted(const struct live *l)
{
    for (size_t i = l->sweep_at; i < l->sweep->n; i++) {
        const struct point *p = &l->sweep->points[i].when;
        if (p->kind == POINT_SYSCALL && !call_is_random(p))
            return p;
    }
    return NULL;
}

/* The thread, in its call, is beyond the point. Of getrandom, which may not be called as often as
 * in the survey, that is known by the point after it. */
static bool is_passed(const struct live *l, const struct task *t, const struct point *p)
{
    bool random = t->call.number == SYS_getrandom;

    if (!call_is_random(p))
        return p->nth < t->calls || (random && p->nth == t->calls);
    if (p->nth < t->randoms)
        return true;
    p = next_counted(l);
    return !random && p != NULL && p->nth <= t->calls;
}

/* Points of calls that were passed by, whatever the reason: the execution is another one. */
static void skip_passed(struct live *l, const struct task *t)
{
    const struct point *p;

    while ((p = next_point(l)) != NULL && p->kind == POINT_SYSCALL && is_passed(l, t, p))
        give_back(l, sweep_diverged);
}

bool snapshot_wants(const struct live *l, const struct task *t, enum side side)
{
    const struct point *p;

    if (l->sweep == NULL)
        return false;
    skip_passed((struct live *)l, t);
    p = next_point(l);
    return p != NULL && p->kind == POINT_SYSCALL && call_counts_as(t, p) && p->side == side &&
           (p->text == NULL || strcmp(p->text, call_name((struct live *)l, t->call.number)) == 0);
}

/* ------------------------------------------------------------------------------ is it sound */

static const char *why_not(const struct live *l, const struct task *t)
{
    const struct interrupt *in = &l->sweep->points[l->sweep_at];

    if (l->unsound != NULL)
        return l->unsound;
    if (l->tasks_n != 1 || l->families_n != 1 || l->families[0].threads != 1)
        return "it has more than one thread or process";
    if (t->call.number == SYS_execve || t->call.number == SYS_execveat)
        return "it has just become another program";
    if (in->when.side == SIDE_INSIDE)
        return "it is blocked in a call";
    if (in->to == TO_TERMINAL || l->pty_fd >= 0)
        return "a terminal would be shared";
    if (in->times != 1)
        return "several signals in time";
    if (disposition_pending(l, t))
        return "a signal is pending";
    return NULL;
}

static void files_look(struct live *l)
{
    struct record earlier = l->files;

    record_init(&l->files);
    scratch_scan(&l->room->scratch, &l->files, &earlier);
    l->files.ipc = earlier.ipc;
    l->files.ipc_n = earlier.ipc_n;
    l->files.ipc_alone = earlier.ipc_alone;
    earlier.ipc = NULL;
    earlier.ipc_n = 0;
    record_free(&earlier);
    l->files_known = true;
}

static void ipc_look(struct live *l)
{
    for (size_t i = 0; i < l->files.ipc_n; i++)
        free(l->files.ipc[i].name);
    free(l->files.ipc);
    l->files.ipc = NULL;
    l->files.ipc_n = 0;
    ipc_scan(&l->room->ipc, &l->files);
    l->ipc_known = true;
}

/* What the original has made so far: the copy changed no file. */
static void scan_as_before(struct live *l, struct record *r)
{
    if (!l->files_known)
        files_look(l);
    r->files = mem_alloc((l->files.files_n + 1) * sizeof(*r->files));
    for (size_t i = 0; i < l->files.files_n; i++) {
        r->files[i] = l->files.files[i];
        r->files[i].path = mem_strdup(l->files.files[i].path);
    }
    r->files_n = l->files.files_n;
    r->files_more = l->files.files_more;
}

static void scan_files(struct live *l, struct record *r)
{
    if (l->undo->begun)
        scratch_scan(&l->room->scratch, r, NULL);
    else
        scan_as_before(l, r);
    if (!l->ipc_known)
        ipc_look(l);
    r->ipc = l->files.ipc_n > 0 ? mem_alloc(l->files.ipc_n * sizeof(*r->ipc)) : NULL;
    for (size_t i = 0; i < l->files.ipc_n; i++) {
        r->ipc[i] = l->files.ipc[i];
        r->ipc[i].name = mem_strdup(r->ipc[i].name);
    }
    r->ipc_n = l->files.ipc_n;
    r->ipc_alone = l->files.ipc_alone;
}

static void finish(struct live *l, struct copied *c, struct record *r)
{
    if (!c->dying) /* else it has written nothing */
        trial_drain(&c->live);
    trial_note_ending(&c->live);
    scan_files(l, r);
    r->end_ns = clock_now_ns() - l->start_ns;
    l->stopping |= c->live.stopping;
    if (!l->stopping)
        l->sweep_rc = l->sweep->take(l->sweep->arg, l->sweep_at++, r, NULL);
}

/* Where the signal kills by default, the copy executes nothing from here to its end: it needs no
 * memory or descriptors of its own, and lives in the original's. That spares the copying of page
 * tables, which is most of what a copy costs. Should it go on all the same, it is killed before its
 * next instruction, and the point is replayed. */
static void copy_here(struct live *l, struct task *t)
{
    const struct interrupt *in = &l->sweep->points[l->sweep_at];
    int64_t begin = clock_now_ns();
    struct copied *c;
    struct record r;
    const char *why;
    pid_t pid = 0;
    bool dying;
    int rc;

    trial_drain(l); /* what was said so far is the original's */
    if (t->nth == 0) {
        give_back(l, "it has made no system call yet");
        return;
    }
    dying = disposition_kills(l, t, in->signal);
    if (!dying)
        channels_look(l);
    rc = arch_copy(t->tid, t->call.pc, dying ? CLONE_VM | CLONE_FS | CLONE_FILES : 0, &pid,
                   &t->held);
    if (rc != 0) {
        give_back(l, rc == -EAGAIN ? "a signal came meanwhile" : "no copy could be made");
        return;
    }
    if (t->space != NULL && !dying)
        breakpoints_clear(t->space, pid);
    copied_record(l, dying, &r);
    c = mem_alloc(sizeof(*c));
    copied_init(c, l, pid, dying, &r);
    why = dying ? NULL : copied_channels(c, t->call.pc);
    if (why == NULL) {
        deliver(&c->live, &r.deliveries[r.deliveries_n - 1], pid);
        why = copied_run(c);
    } else {
        copied_kill(c);
    }
    if (why != NULL) {
        trial_drain(&c->live);
        give_back(l, why);
    } else {
        finish(l, c, &r);
    }
    copied_close(c);
    free(c);
    record_free(&r);
    if (!undo_put_back(l->undo)) {
        l->unsound = "its files could not be put back as they were";
        l->files_known = false;
    }
    l->copies_ns += clock_now_ns() - begin;
}

void snapshot_at(struct live *l, struct task *t)
{
    enum side side = t->again ? SIDE_BEFORE : SIDE_AFTER;

    while (l->sweep_rc == 0 && !l->stopping) {
        const char *why;
        if (side == SIDE_AFTER && snapshot_wants(l, t, SIDE_INSIDE)) {
            give_back(l, "it is blocked in a call");
            continue;
        }
        if (!snapshot_wants(l, t, side))
            return;
        why = why_not(l, t);
        if (why != NULL)
            give_back(l, why);
        else
            copy_here(l, t);
    }
}

static bool is_same(const struct point *a, const struct point *b)
{
    return a->kind == b->kind && a->process == b->process && a->thread == b->thread &&
           a->nth == b->nth && a->offset == b->offset && strcmp(a->text, b->text) == 0;
}

void snapshot_place(struct live *l, struct task *t, const struct point *here)
{
    const struct point *p;

    while (l->sweep_rc == 0 && !l->stopping && (p = next_point(l)) != NULL && is_same(p, here)) {
        const char *why = why_not(l, t);
        if (why != NULL)
            give_back(l, why);
        else
            copy_here(l, t);
    }
}
