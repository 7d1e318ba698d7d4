/* Where a stopped thread stands, as a person would say it: the frame to name is found on its stack.
 */
#include "symbol/object.h"

#include "support/buf.h"

#include <errno.h>

/* A frame further out than this is not looked for: stacks of recursive programs are deep. */
#define MOST_FRAMES 128

struct choice {
    struct symbols *symbols;
    struct place *best;
    int frames;
};

static int consider(Dwfl_Frame *frame, void *arg)
{
    struct choice *c = arg;
    struct place *p;
    Dwarf_Addr pc;
    bool activation;

    if (!dwfl_frame_pc(frame, &pc, &activation) || ++c->frames > MOST_FRAMES)
        return DWARF_CB_ABORT;
    /* A return address is the instruction after the call, which may be another line's. */
    p = place_at(c->symbols, activation ? pc : pc - 1);
    if (p != NULL && (c->best == NULL || p->rank > c->best->rank))
        c->best = p;
    return p != NULL && p->last ? DWARF_CB_ABORT : DWARF_CB_OK;
}

/* The session unwinds threads of one process; it stays attached until the executable changes. */
static int attach(struct symbols *s)
{
    int rc;

    if (dwfl_pid(s->dwfl) > 0)
        return 0;
    rc = dwfl_linux_proc_attach(s->dwfl, s->thread, true);
    if (rc == 0)
        return 0;
    return rc > 0 ? -rc : -EIO;
}

int symbols_site(struct symbols *s, pid_t tid, struct site *out)
{
    struct choice c = {.symbols = s};
    int rc;

    *out = (struct site){0};
    s->thread = tid;
    rc = objects_refresh(s);
    if (rc == 0)
        rc = attach(s);
    if (rc != 0)
        return rc;
    /* Its result says no more than that the outermost frame could not be left. */
    dwfl_getthread_frames(s->dwfl, tid, consider, &c);
    if (c.best == NULL)
        return -ENOENT;
    site_copy(out, place_site(s, c.best));
    return 0;
}

struct listing {
    struct symbols *symbols;
    char **list;
    size_t n, most;
};

static int list_frame(Dwfl_Frame *frame, void *arg)
{
    struct listing *l = arg;
    struct place *p;
    Dwarf_Addr pc;
    bool activation;

    if (l->n == l->most || !dwfl_frame_pc(frame, &pc, &activation))
        return DWARF_CB_ABORT;
    p = place_at(l->symbols, activation ? pc : pc - 1);
    l->list = mem_grow(l->list, l->n + 1, sizeof(*l->list));
    l->list[l->n++] = p != NULL ? site_text(place_site(l->symbols, p)) : mem_strdup("?");
    return DWARF_CB_OK;
}

int symbols_stack(struct symbols *s, pid_t tid, unsigned most, char ***list, size_t *n)
{
    struct listing l = {.symbols = s, .most = most};
    int rc;

    s->thread = tid;
    rc = objects_refresh(s);
    if (rc == 0)
        rc = attach(s);
    if (rc == 0)
        dwfl_getthread_frames(s->dwfl, tid, list_frame, &l);
    *list = l.list;
    *n = l.n;
    return rc;
}
