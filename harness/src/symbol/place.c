/* Names of addresses, remembered: a survey asks for the same few places again and again. */
#include "symbol/object.h"

#include "support/buf.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>

static int by_address(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    return (x->address > y->address) - (x->address < y->address);
}

static void name_function(struct symbols *s, struct place *p, struct object *o)
{
    const struct row *e = functions_at(s, o, p->address);
    const char *label;
    GElf_Sym symbol;

    if (e != NULL) {
        p->site.function = mem_strdup(e->name);
        p->offset = p->address - e->address - o->bias;
        return;
    }
    /* A label without a size, as assemblers make them. */
    label = dwfl_module_addrinfo(o->module, p->address, &p->offset, &symbol, NULL, NULL, NULL);
    if (label != NULL && label[0] != '\0') {
        p->site.function = mem_strdup(label);
        return;
    }
    p->offset = 0;
    p->site.function = mem_printf("%s+0x%" PRIx64, o->name, p->address - o->low);
}

const struct site *place_site(struct symbols *s, struct place *p)
{
    struct object *o;

    if (p->site.function == NULL && (o = object_at(s, p->address)) != NULL)
        name_function(s, p, o);
    return &p->site;
}

/* Most places are passed on the way out to one that says more: the symbol table of libc is not
 * read for those. */
static struct place *place_new(struct object *o, uint64_t address)
{
    struct place *p = mem_alloc(sizeof *p);

    p->address = address;
    p->rank = object_is_stub(o, address) ? RANK_STUB : o->rank;
    p->site.object = mem_strdup(o->name);
    object_source_line(o->module, address, &p->site);
    if (p->rank == RANK_PROGRAM && p->site.line > 0)
        p->rank = RANK_SOURCE;
    p->last = p->rank == RANK_SOURCE || (p->rank == RANK_PROGRAM && !object_has_source(o));
    return p;
}

struct place *place_at(struct symbols *s, uint64_t address)
{
    struct place key = {.address = address}, *p, **found = tfind(&key, &s->places, by_address);
    struct object *o;

    if (found != NULL)
        return *found;
    o = object_at(s, address);
    if (o == NULL)
        return NULL;
    p = place_new(o, address);
    if (tsearch(p, &s->places, by_address) == NULL)
        abort(); /* as mem_alloc: no memory */
    return p;
}

static void place_free(void *arg)
{
    struct place *p = arg;

    site_free(&p->site);
    free(p);
}

void places_forget(struct symbols *s)
{
    tdestroy(s->places, place_free);
    s->places = NULL;
}

static char *copy(const char *text)
{
    return text != NULL ? mem_strdup(text) : NULL;
}

void site_copy(struct site *out, const struct site *from)
{
    *out = (struct site){.function = copy(from->function),
                         .object = copy(from->object),
                         .file = copy(from->file),
                         .line = from->line};
}

int symbols_name(struct symbols *s, uint64_t address, struct site *out, uint64_t *offset)
{
    struct place *p;

    *out = (struct site){0};
    *offset = 0;
    p = objects_refresh(s) == 0 ? place_at(s, address) : NULL;
    if (p == NULL)
        return -ENOENT;
    site_copy(out, place_site(s, p));
    *offset = p->offset;
    return 0;
}
