/* Functions of the mapped objects, by name. */
#include "symbol/object.h"

#include "support/buf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct found {
    struct function *list;
    size_t n;
};

static void found_add(struct found *f, const struct object *o, const struct row *e, uint64_t bias)
{
    if ((f->n & (f->n - 1)) == 0)
        f->list = mem_grow(f->list, f->n > 0 ? f->n * 2 : 1, sizeof *f->list);
    f->list[f->n++] = (struct function){.address = e->address + bias,
                                        .size = e->size,
                                        .name = e->name,
                                        .object = o->name,
                                        .semaphore = e->semaphore};
}

static int by_address(const void *a, const void *b)
{
    const struct function *x = a, *y = b;

    return (x->address > y->address) - (x->address < y->address);
}

static void give(struct found *f, struct function **list, size_t *n)
{
    if (f->n > 1)
        qsort(f->list, f->n, sizeof *f->list, by_address);
    *list = f->list;
    *n = f->n;
}

/* Nothing, or ".6", ".0.1.0". */
static bool is_version(const char *rest)
{
    return *rest == '\0' || (*rest == '.' && rest[strspn(rest, ".0123456789")] == '\0');
}

/* "libc" is libc.so.6 too, and so is "libc.so". */
static bool is_named(const struct object *o, const char *name)
{
    size_t len = strlen(name);
    const char *rest = o->name + len;

    if (strncmp(o->name, name, len) != 0)
        return false;
    if (*rest == '\0')
        return true;
    if (len > 3 && strcmp(name + len - 3, ".so") == 0)
        return is_version(rest);
    return strncmp(rest, ".so", 3) == 0 && (rest[3] == '\0' || rest[3] == '.');
}

static bool is_wanted(const struct object *o, const char *name)
{
    if (o->module == NULL)
        return false;
    if (name == NULL)
        return o->rank == RANK_PROGRAM;
    return strcmp(name, "*") == 0 || is_named(o, name);
}

static void add_matching(struct symbols *s, struct found *f, struct object *o, const regex_t *match)
{
    const struct table *t = functions_of(s, o);
    uint64_t last = 0; /* no function is there */

    for (size_t i = 0; i < t->n; i++) {
        const struct row *e = &t->list[i];

        if (e->address == last || e->part ||
            (match != NULL && regexec(match, e->name, 0, NULL, 0) != 0))
            continue;
        last = e->address;
        found_add(f, o, e, o->bias);
    }
}

int symbols_functions(struct symbols *s, const char *object, const regex_t *match,
                      struct function **list, size_t *n)
{
    struct found f = {0};
    int rc = objects_refresh(s);

    for (size_t i = 0; rc == 0 && i < s->objects_n; i++)
        if (is_wanted(s->objects[i], object))
            add_matching(s, &f, s->objects[i], match);
    give(&f, list, n);
    return rc;
}

/* Two symbols of one name and address are one function. */
static bool is_there(const struct found *f, uint64_t address)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->list[i].address == address)
            return true;
    return false;
}

static void add_named(struct found *f, const struct object *o, const struct table *t, uint64_t bias,
                      const char *name)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->list[i].name, name) == 0 && !is_there(f, t->list[i].address + bias))
            found_add(f, o, &t->list[i], bias);
}

/* "sort+0x5a10", as places without a symbol are named. */
static void add_offset(struct symbols *s, struct found *f, const struct object *o, const char *name)
{
    size_t len = strlen(o->name);
    Dwarf_Addr end;
    uint64_t offset;
    char *rest;

    if (strncmp(name, o->name, len) != 0 || strncmp(name + len, "+0x", 3) != 0)
        return;
    offset = strtoull(name + len + 3, &rest, 16);
    dwfl_module_info(o->module, NULL, NULL, &end, NULL, NULL, NULL, NULL);
    if (*rest != '\0' || rest == name + len + 3 || offset >= end - o->low)
        return;
    found_add(f, o,
              &(struct row){.address = o->low + offset, .name = text_keep(s, mem_strdup(name))}, 0);
}

int symbols_find(struct symbols *s, const char *name, struct function **list, size_t *n)
{
    struct found f = {0};
    bool probe = strchr(name, ':') != NULL && strstr(name, "::") == NULL;
    int rc = objects_refresh(s);

    for (size_t i = 0; rc == 0 && i < s->objects_n; i++) {
        struct object *o = s->objects[i];

        if (o->module == NULL)
            continue;
        if (probe) {
            probes_load(s, o);
            add_named(&f, o, &o->probes, 0, name);
        } else {
            const struct table *t = functions_of(s, o);
            add_named(&f, o, t, o->bias, name);
            add_offset(s, &f, o, name);
        }
    }
    give(&f, list, n);
    return rc;
}
