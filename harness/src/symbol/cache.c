/* Function tables that are kept between the programs of a worker. Reading and sorting libc's costs
 * more than a small program runs. */
#include "symbol/object.h"

#include "support/buf.h"

#include <stdlib.h>
#include <string.h>

/* As many files as programs usually map, and more than the largest build id (SHA-256). */
#define MOST_FILES 256
#define MOST_ID    32

struct cached {
    unsigned char id[MOST_ID];
    size_t id_len;
    int symbols;
    struct table *functions;
};

struct symbol_cache {
    struct cached list[MOST_FILES];
    size_t n;
};

struct symbol_cache *symbol_cache_open(void)
{
    return mem_alloc(sizeof(struct symbol_cache));
}

void symbol_cache_close(struct symbol_cache *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->n; i++) {
        table_free(c->list[i].functions);
        free(c->list[i].functions);
    }
    free(c);
}

struct table *cache_find(struct symbol_cache *c, const void *id, size_t id_len, int n)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct cached *at = &c->list[i];

        if (at->id_len == id_len && at->symbols == n && memcmp(at->id, id, id_len) == 0)
            return at->functions;
    }
    return NULL;
}

bool cache_put(struct symbol_cache *c, const void *id, size_t id_len, int n, struct table *t)
{
    struct cached *at = &c->list[c->n];

    if (c->n == MOST_FILES || id_len > MOST_ID)
        return false;
    memcpy(at->id, id, id_len);
    at->id_len = id_len;
    at->symbols = n;
    at->functions = t;
    c->n++;
    return true;
}
