/* diagnostics.h - the mistakes of one file: collected in any order, told in the order of places. */
#ifndef SIGSWEEP_DIAGNOSTICS_H
#define SIGSWEEP_DIAGNOSTICS_H

#include "scenario/source.h"
#include "support/buf.h"

#include <stddef.h>

struct diagnostics {
    struct diagnostic {
        struct place at;
        char *message;
        char *hint; /* what to do, told beside the caret; or NULL */
    } * list;
    size_t n;
};

/* Takes ownership of message and of hint, which may be NULL. */
void diagnostics_add(struct diagnostics *d, struct place at, char *message, char *hint);
/* Appends all, as load.h shows; past the 100th only their number is told. */
void diagnostics_print(struct diagnostics *d, const struct source *src, struct buf *out);
void diagnostics_free(struct diagnostics *d);

#endif
