#include "symbol/symbol.h"

#include "support/buf.h"

#include <stdlib.h>
#include <string.h>

void site_free(struct site *s)
{
    free(s->function);
    free(s->object);
    free(s->file);
    *s = (struct site){0};
}

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool site_same(const struct site *a, const struct site *b)
{
    return a->line == b->line && same(a->function, b->function) && same(a->object, b->object) &&
           same(a->file, b->file);
}

char *site_text(const struct site *s)
{
    const char *slash = s->file != NULL ? strrchr(s->file, '/') : NULL;
    const char *name = slash != NULL ? slash + 1 : s->file;

    if (s->function == NULL && s->object == NULL)
        return mem_strdup("?");
    if (s->function == NULL)
        return mem_strdup(s->object);
    if (name != NULL && s->line > 0)
        return mem_printf("%s (%s:%d)", s->function, name, s->line);
    if (s->object != NULL && strncmp(s->function, s->object, strlen(s->object)) != 0)
        return mem_printf("%s in %s", s->function, s->object);
    return mem_strdup(s->function);
}
