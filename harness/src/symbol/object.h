/* object.h - the objects mapped into one address space, and what each is asked. Private to symbol/.
 */
#ifndef SIGSWEEP_OBJECT_H
#define SIGSWEEP_OBJECT_H

#include "symbol/symbol.h"

#include <elfutils/libdwfl.h>

/* How much a person wants to see a frame: the greater, the better. */
enum rank {
    RANK_STUB,    /* between two functions: a procedure linkage table */
    RANK_SYSTEM,  /* libc, the dynamic loader, the vdso */
    RANK_LIBRARY, /* any other library */
    RANK_PROGRAM, /* the program's own executable */
    RANK_SOURCE,  /* the same, with a line of source: in a static program, not its libc */
};

/* A function symbol, or a USDT probe. */
struct row {
    uint64_t address; /* of a function: as in its file, without the bias of the process */
    uint64_t size;
    uint64_t semaphore;
    const char *name;
    unsigned char global; /* 0 local, 1 weak, 2 global */
    bool part;            /* of another function, split off by the compiler: not an entry */
};

struct table {
    struct row *list;
    size_t n;
    char *names; /* of functions: the memory their names are in */
    bool loaded;
};

struct object {
    Dwfl_Module *module; /* NULL: no longer mapped; kept for the names that were handed out */
    char *name;          /* of its file, without folders; "[vdso]" */
    uint64_t low;        /* where it begins in the process */
    enum rank rank;
    struct table *functions; /* NULL: not loaded; the cache's when `cached` */
    uint64_t bias;           /* what is added to the addresses of its functions */
    bool cached;
    struct table probes;
};

struct symbols {
    struct symbol_cache *cache; /* borrowed; NULL: none */
    pid_t thread; /* the last one that was known to be stopped: the process is read through it */
    Dwfl *dwfl;
    char *program; /* path of the executable */
    struct object **objects;
    size_t objects_n;
    void *places; /* tree of struct place, by address */
    char **texts; /* names handed out that are in no symbol table */
    size_t texts_n;
    bool stale;
};

/* Takes the text and keeps it until the symbols are closed; once, when it is there already. */
const char *text_keep(struct symbols *s, char *text);
/* Reads the mappings again when they are stale. 0, or -errno: the process can't be read. */
int objects_refresh(struct symbols *s);
struct object *object_at(struct symbols *s, uint64_t address); /* NULL: none */
/* True when it has debug information of its own; nothing is looked for elsewhere. */
bool object_has_source(const struct object *o);
bool object_is_stub(const struct object *o, uint64_t address);

/* All of an object's functions with a size, sorted by address; of one address, the name to show
 * comes first. Empty when it is no longer mapped and was never asked. */
const struct table *functions_of(struct symbols *s, struct object *o);
/* The function that holds the address of this process, or NULL. */
const struct row *functions_at(struct symbols *s, struct object *o, uint64_t address);
void functions_drop(struct object *o);
/* The object's USDT probes (.note.stapsdt). */
void probes_load(struct symbols *s, struct object *o);
void table_add(struct table *t, const struct row *e);
void table_free(struct table *t);
/* The stored table of a file, or NULL. n: how many symbols it has, as it loses them by strip(1). */
struct table *cache_find(struct symbol_cache *c, const void *id, size_t id_len, int n);
/* Takes the table. False: it is full, or a build id is not as long as that; the table is the
 * caller's. */
bool cache_put(struct symbol_cache *c, const void *id, size_t id_len, int n, struct table *t);

/* The line of source of an address: fills file and line, or leaves both. */
void object_source_line(Dwfl_Module *module, uint64_t address, struct site *site);

/* An address and what is known of it; remembered until the mappings change. */
struct place {
    uint64_t address;
    uint64_t offset; /* from the function's start, when it was named */
    enum rank rank;
    bool last;        /* of this process's frames, none further out is wanted more */
    struct site site; /* its function: see place_site */
};
/* NULL: nothing is mapped there. */
struct place *place_at(struct symbols *s, uint64_t address);
const struct site *place_site(struct symbols *s, struct place *p); /* with the function's name */
void places_forget(struct symbols *s);
void site_copy(struct site *out, const struct site *from);

#endif
