/* An object's functions, from .symtab, or .dynsym where that was stripped. */
#include "symbol/object.h"

#include "support/buf.h"

#include <stdlib.h>
#include <string.h>

void table_add(struct table *t, const struct row *e)
{
    if ((t->n & (t->n - 1)) == 0)
        t->list = mem_grow(t->list, t->n > 0 ? t->n * 2 : 1, sizeof *t->list);
    t->list[t->n++] = *e;
}

/* "memcpy@@GLIBC_2.14" is memcpy. */
static size_t name_length(const char *name)
{
    return strcspn(name, "@");
}

/* The symbol table goes when the object is unmapped: the names are copied, in one piece. */
static void own_names(struct table *t)
{
    size_t room = 0;
    char *to;

    for (size_t i = 0; i < t->n; i++)
        room += name_length(t->list[i].name) + 1;
    to = t->names = mem_alloc(room + 1);
    for (size_t i = 0; i < t->n; i++) {
        size_t len = name_length(t->list[i].name);

        memcpy(to, t->list[i].name, len);
        t->list[i].name = to;
        to += len + 1;
    }
}

void table_free(struct table *t)
{
    free(t->list);
    free(t->names);
    *t = (struct table){0};
}

static bool is_part(const char *name)
{
    const char *cold = strstr(name, ".cold");

    return cold != NULL && (cold[5] == '\0' || cold[5] == '.');
}

static unsigned char globality(unsigned bind)
{
    if (bind == STB_LOCAL)
        return 0;
    return bind == STB_WEAK ? 1 : 2;
}

/* Of "__write", "write" and "__GI___write", a person knows "write". */
static int by_address(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    size_t low_x, low_y;

    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    low_x = strspn(x->name, "_");
    low_y = strspn(y->name, "_");
    if (low_x != low_y)
        return low_x < low_y ? -1 : 1;
    if (x->global != y->global)
        return x->global > y->global ? -1 : 1;
    return strcmp(x->name, y->name);
}

static void read_functions(struct table *t, Dwfl_Module *module, int n, uint64_t bias)
{
    for (int i = 1; i < n; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        GElf_Word section;
        const char *name =
            dwfl_module_getsym_info(module, i, &symbol, &address, &section, NULL, NULL);

        if (name == NULL || name[0] == '\0' || GELF_ST_TYPE(symbol.st_info) != STT_FUNC ||
            section == SHN_UNDEF || symbol.st_size == 0)
            continue;
        table_add(t, &(struct row){.address = address - bias,
                                   .size = symbol.st_size,
                                   .name = name,
                                   .global = globality(GELF_ST_BIND(symbol.st_info)),
                                   .part = is_part(name)});
    }
    own_names(t);
    if (t->n > 1)
        qsort(t->list, t->n, sizeof(struct row), by_address);
}

/* A file without a build id is read by each that asks. */
static void load(struct symbols *s, struct object *o)
{
    int n = dwfl_module_getsymtab(o->module), id_len;
    const unsigned char *id = NULL;
    GElf_Addr at;
    Dwarf_Addr bias;

    if (dwfl_module_getelf(o->module, &bias) != NULL)
        o->bias = bias;
    id_len = dwfl_module_build_id(o->module, &id, &at);
    if (s->cache != NULL && id_len > 0) {
        o->functions = cache_find(s->cache, id, (size_t)id_len, n);
        o->cached = o->functions != NULL;
    }
    if (o->functions != NULL)
        return;
    o->functions = mem_alloc(sizeof(*o->functions));
    read_functions(o->functions, o->module, n, o->bias);
    o->cached =
        s->cache != NULL && id_len > 0 && cache_put(s->cache, id, (size_t)id_len, n, o->functions);
}

const struct table *functions_of(struct symbols *s, struct object *o)
{
    static const struct table none;

    if (o->functions == NULL && o->module != NULL)
        load(s, o);
    return o->functions != NULL ? o->functions : &none;
}

void functions_drop(struct object *o)
{
    if (o->functions != NULL && !o->cached) {
        table_free(o->functions);
        free(o->functions);
    }
    o->functions = NULL;
}

const struct row *functions_at(struct symbols *s, struct object *o, uint64_t address)
{
    const struct table *t = functions_of(s, o);
    const struct row *list = t->list;
    size_t low = 0, high = t->n;

    address -= o->bias;
    while (low < high) { /* the first that begins after it */
        size_t middle = low + (high - low) / 2;

        if (list[middle].address > address)
            high = middle;
        else
            low = middle + 1;
    }
    if (low == 0)
        return NULL;
    for (low--; low > 0 && list[low - 1].address == list[low].address;)
        low--;
    return address - list[low].address < list[low].size ? &list[low] : NULL;
}
