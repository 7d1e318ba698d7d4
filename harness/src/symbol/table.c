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

void functions_load(struct object *o)
{
    struct table *t = &o->functions;
    int n;

    if (t->loaded || o->module == NULL)
        return;
    t->loaded = true;
    n = dwfl_module_getsymtab(o->module);
    for (int i = 1; i < n; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        GElf_Word section;
        const char *name =
            dwfl_module_getsym_info(o->module, i, &symbol, &address, &section, NULL, NULL);

        if (name == NULL || name[0] == '\0' || GELF_ST_TYPE(symbol.st_info) != STT_FUNC ||
            section == SHN_UNDEF || symbol.st_size == 0)
            continue;
        table_add(t, &(struct row){.address = address,
                                   .size = symbol.st_size,
                                   .name = name,
                                   .global = globality(GELF_ST_BIND(symbol.st_info)),
                                   .part = is_part(name)});
    }
    own_names(t);
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

void functions_sort(struct object *o)
{
    functions_load(o);
    if (!o->functions.sorted && o->functions.n > 1)
        qsort(o->functions.list, o->functions.n, sizeof(struct row), by_address);
    o->functions.sorted = true;
}

const struct row *functions_at(struct object *o, uint64_t address)
{
    struct row *list;
    size_t low = 0, high;

    functions_sort(o);
    list = o->functions.list;
    high = o->functions.n;
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
