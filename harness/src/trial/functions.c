/* functions.c - points at functions, probes and instructions: at which addresses they are in each
 * address space, and how often each thread has passed them. */
#include "trial/live.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* How often a thread has passed a point. */
struct tally {
    const char *name; /* NULL: an empty slot */
    uint64_t offset;
    unsigned process, thread;
    enum point_kind kind;
    unsigned count;
    bool has_site;
    uint32_t site;
};

/* A point that some interrupt is for. */
struct want {
    enum point_kind kind;
    const char *name;
    uint64_t offset;
};

struct functions {
    void *names; /* tree: each name once, so that its pointer stands for it */
    struct want *wants;
    size_t wants_n, wants_room;
    struct tally *tallies; /* hashed; room is a power of two */
    size_t tallies_n, tallies_room;
};

/* -------------------------------------------------------------------------------- what is wanted
 */

static bool is_place(const struct point *p)
{
    return p != NULL && (p->kind == POINT_FUNCTION || p->kind == POINT_INSTRUCTION);
}

static bool set_wants(const struct point *set)
{
    return set->each == EACH_FUNCTION || set->each == EACH_INSTRUCTION || is_place(set->from) ||
           is_place(set->to);
}

bool functions_wanted(const struct live *l)
{
    for (size_t i = l->next; i < l->plan->interrupts_n; i++) {
        if (is_place(&l->plan->interrupts[i].when))
            return true;
    }
    if (l->plan->survey != NULL && set_wants(l->plan->survey->set))
        return true;
    return l->sweep != NULL && l->sweep->n != 0 && is_place(&l->sweep->points[0].when);
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static const char *name_of(struct functions *f, const char *text)
{
    char *const *found = tfind(text, &f->names, compare_text);

    if (found == NULL)
        found = tsearch(mem_strdup(text), &f->names, compare_text);
    return *found;
}

static void want(struct functions *f, const struct point *p)
{
    if (!is_place(p))
        return;
    if (f->wants_n == f->wants_room) {
        f->wants_room = 2 * f->wants_room + 16;
        f->wants = mem_grow(f->wants, f->wants_room, sizeof(*f->wants));
    }
    f->wants[f->wants_n++] =
        (struct want){.kind = p->kind, .name = name_of(f, p->text), .offset = p->offset};
}

static int compare_wants(const void *a, const void *b)
{
    const struct want *x = a, *y = b;

    if (x->name != y->name)
        return x->name < y->name ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* All that the whole trial wants: a thread's passes count from its start. */
static void wants_collect(struct live *l, struct functions *f)
{
    const struct survey *s = l->plan->survey;
    size_t n = 0;

    for (size_t i = 0; i < l->plan->interrupts_n; i++)
        want(f, &l->plan->interrupts[i].when);
    if (s != NULL) {
        want(f, s->set->from);
        want(f, s->set->to);
    }
    for (size_t i = 0; l->sweep != NULL && i < l->sweep->n; i++)
        want(f, &l->sweep->points[i].when);
    if (f->wants_n == 0)
        return;
    qsort(f->wants, f->wants_n, sizeof(*f->wants), compare_wants);
    for (size_t i = 1; i < f->wants_n; i++) {
        if (compare_wants(&f->wants[n], &f->wants[i]) != 0)
            f->wants[++n] = f->wants[i];
    }
    f->wants_n = n + 1;
}

static struct functions *functions_of(struct live *l)
{
    if (l->functions == NULL) {
        l->functions = mem_alloc(sizeof(*l->functions));
        wants_collect(l, l->functions);
    }
    return l->functions;
}

void functions_close(struct live *l)
{
    for (size_t i = 0; i < l->tasks_n; i++) {
        space_drop(l->tasks[i].space);
        l->tasks[i].space = NULL;
    }
    if (l->functions == NULL)
        return;
    tdestroy(l->functions->names, free);
    free(l->functions->wants);
    free(l->functions->tallies);
    free(l->functions);
    l->functions = NULL;
}

/* ------------------------------------------------------------------------------- USDT semaphores
 */

static bool can_write(pid_t tid, uint64_t address)
{
    unsigned long start, end;
    char path[64], line[512], mode[5];
    bool yes = false;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/maps", tid);
    f = fopen(path, "re");
    while (f != NULL && !yes && fgets(line, sizeof(line), f) != NULL)
        yes = sscanf(line, "%lx-%lx %4s", &start, &end, mode) == 3 && mode[1] == 'w' &&
              mode[3] == 'p' && address >= start && address < end;
    if (f != NULL)
        fclose(f);
    return yes;
}

/* A program skips a probe that has a semaphore while that is 0. The loader maps the page after the
 * code, so it may have to wait for another mapping. */
static void semaphores_raise(struct space *s, pid_t tid)
{
    size_t left = 0;
    int fd = s->semaphores_n != 0 ? memory_open(tid) : -1;

    if (fd < 0)
        return;
    for (size_t i = 0; i < s->semaphores_n; i++) {
        uint64_t address = s->semaphores[i];
        uint16_t count;
        if (!can_write(tid, address)) {
            s->semaphores[left++] = address;
        } else if (memory_read(tid, address, &count, sizeof(count)) == 0) {
            count++;
            (void)memory_write(fd, address, &count, sizeof(count));
        }
    }
    s->semaphores_n = left;
    close(fd);
}

/* ---------------------------------------------------------------------------------- breakpoints */

static struct symbols *symbols_of(const struct live *l, const struct task *t)
{
    if (t->space->symbols == NULL)
        t->space->symbols = symbols_open(t->tgid, l->room->symbols);
    return t->space->symbols;
}

static void put_mark(struct task *t, const struct function *at, const struct mark *m)
{
    struct space *s = t->space;
    int rc;

    if (at->size > 1 && m->offset >= at->size)
        return; /* not in this one of the functions of that name */
    rc = breakpoint_add(s, t->tid, m->address);
    if (rc < 0)
        return; /* not mapped (any more) */
    mark_add(s, m);
    if (at->semaphore == 0 || rc == 0)
        return;
    s->semaphores = mem_grow(s->semaphores, s->semaphores_n + 1, sizeof(*s->semaphores));
    s->semaphores[s->semaphores_n++] = at->semaphore;
}

static void put_wants(const struct live *l, struct functions *f, struct task *t)
{
    struct function *list = NULL;
    size_t n = 0;

    for (size_t i = 0; i < f->wants_n; i++) {
        const struct want *w = &f->wants[i];
        if (i == 0 || w->name != f->wants[i - 1].name) {
            free(list);
            list = NULL;
            if (symbols_find(symbols_of(l, t), w->name, &list, &n) != 0)
                n = 0;
        }
        for (size_t k = 0; k < n; k++)
            put_mark(t, &list[k],
                     &(struct mark){.address = list[k].address + w->offset,
                                    .kind = w->kind,
                                    .name = w->name,
                                    .offset = w->offset});
    }
    free(list);
}

/* The functions of the surveyed set. */
static void put_set(struct live *l, struct functions *f, struct task *t)
{
    const struct point *set = l->plan->survey != NULL ? l->plan->survey->set : NULL;
    struct function *list = NULL;
    size_t n = 0;

    if (set == NULL || (set->each != EACH_FUNCTION && set->each != EACH_INSTRUCTION) ||
        symbols_functions(symbols_of(l, t), set->in, l->survey.has_match ? &l->survey.match : NULL,
                          &list, &n) != 0)
        return;
    for (size_t i = 0; i < n; i++) {
        const char *name = name_of(f, list[i].name);
        struct mark m = {
            .address = list[i].address, .kind = POINT_FUNCTION, .name = name, .listed = true};
        if (set->each == EACH_FUNCTION) {
            put_mark(t, &list[i], &m);
            continue;
        }
        range_add(t->space, t->tid, m.address, m.address + (list[i].size > 0 ? list[i].size : 1),
                  name);
        (void)breakpoint_add(t->space, t->tid, m.address);
    }
    free(list);
}

static void put_all(struct live *l, struct task *t)
{
    struct functions *f = functions_of(l);

    put_wants(l, f, t);
    put_set(l, f, t);
    semaphores_raise(t->space, t->tid);
}

void functions_exec(struct live *l, struct task *t)
{
    space_drop(t->space);
    t->space = NULL;
    t->foot = (struct footing){0};
    if (!l->functions_on)
        return;
    t->space = space_new();
    put_all(l, t);
}

void functions_mapped(struct live *l, struct task *t)
{
    if (t->space == NULL || !l->functions_on)
        return;
    if ((t->call.args[2] & PROT_EXEC) == 0) {
        semaphores_raise(t->space, t->tid);
        return;
    }
    if (t->space->symbols != NULL)
        symbols_stale(t->space->symbols);
    put_all(l, t);
}

/* By kcmp(2), where it is allowed. */
static bool share_memory(pid_t a, pid_t b, bool forked)
{
    long order = syscall(SYS_kcmp, a, b, KCMP_VM, 0, 0);

    return order < 0 ? !forked : order == 0;
}

void functions_child(struct live *l, const struct task *parent, struct task *child, bool forked)
{
    if (!l->functions_on || parent == NULL || parent->space == NULL || child->space != NULL)
        return;
    child->space = share_memory(parent->tid, child->tid, forked) ? space_share(parent->space)
                                                                 : space_copy(parent->space);
    if (child->tgid == parent->tgid)
        return; /* a thread begins on a stack of its own */
    child->foot = parent->foot;
    child->foot.fresh = parent->foot.stepping;
    child->foot.stepped = child->foot.running = false;
}

/* -------------------------------------------------------------------------------------- passing */

static size_t slot_of(const struct functions *f, const struct tally *key)
{
    uint64_t hash = (uintptr_t)key->name;

    hash = (hash ^ key->offset) * UINT64_C(0x9e3779b97f4a7c15);
    hash = (hash ^ ((uint64_t)key->process << 40 | (uint64_t)key->thread << 8 | key->kind)) *
           UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(hash >> 20) & (f->tallies_room - 1);
}

static struct tally *tally_find(const struct functions *f, const struct tally *key)
{
    size_t i = slot_of(f, key);

    for (;; i = (i + 1) & (f->tallies_room - 1)) {
        struct tally *t = &f->tallies[i];
        if (t->name == NULL ||
            (t->name == key->name && t->offset == key->offset && t->kind == key->kind &&
             t->process == key->process && t->thread == key->thread))
            return t;
    }
}

static void tallies_grow(struct functions *f)
{
    struct tally *old = f->tallies;
    size_t n = f->tallies_room;

    f->tallies_room = n == 0 ? 256 : 2 * n;
    f->tallies = mem_alloc(f->tallies_room * sizeof(*f->tallies));
    for (size_t i = 0; i < n; i++) {
        if (old[i].name != NULL)
            *tally_find(f, &old[i]) = old[i];
    }
    free(old);
}

static struct tally *tally_of(struct functions *f, const struct tally *key)
{
    struct tally *t;

    if (2 * f->tallies_n >= f->tallies_room)
        tallies_grow(f);
    t = tally_find(f, key);
    if (t->name == NULL) {
        *t = *key;
        f->tallies_n++;
    }
    return t;
}

static uint32_t site_of(struct live *l, const struct task *t, uint64_t pc)
{
    struct site site;
    uint64_t offset;

    if (symbols_name(symbols_of(l, t), pc, &site, &offset) != 0)
        return 0;
    return survey_site(l->plan->survey, &site);
}

/* One point is passed: fires, lists, copies. */
static void pass(struct live *l, pid_t tid, uint64_t pc, const struct mark *m)
{
    struct task *t = task_find(l, tid);
    struct tally *tally, key = {.name = m->name, .offset = m->offset, .kind = m->kind};
    struct point here = {.kind = m->kind, .text = (char *)m->name, .offset = m->offset};

    if (t == NULL)
        return;
    key.process = here.process = t->process;
    key.thread = here.thread = t->thread;
    tally = tally_of(l->functions, &key);
    here.nth = ++tally->count;
    if (m->listed && l->survey.out != NULL && !tally->has_site) {
        tally->has_site = true;
        tally->site = site_of(l, t, pc);
    }
    if (cue_place(l, &here))
        cue_fire(l, tid);
    surveying_place(l, &here, m->listed, tally->site);
    if (l->sweep != NULL && (t = task_find(l, tid)) != NULL)
        snapshot_place(l, t, &here);
}

void functions_pass(struct live *l, pid_t tid, uint64_t pc)
{
    const struct task *t = task_find(l, tid);
    const struct range *r;
    const struct mark *marks;
    size_t n;

    if (t == NULL)
        return;
    r = range_at(t->space, pc);
    marks = marks_at(t->space, pc, &n);
    if (r != NULL)
        pass(l, tid, pc,
             &(struct mark){.kind = POINT_INSTRUCTION,
                            .name = r->name,
                            .offset = pc - r->start,
                            .listed = true});
    for (size_t i = 0; i < n; i++) {
        if (r == NULL || marks[i].kind != POINT_INSTRUCTION || marks[i].name != r->name ||
            marks[i].offset != pc - r->start)
            pass(l, tid, pc, &marks[i]);
    }
}
