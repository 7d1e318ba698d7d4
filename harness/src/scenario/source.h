/* source.h - the text of a YAML file: read, checked to be text, and cut into lines as libyaml
 * counts them. */
#ifndef SIGSWEEP_SOURCE_H
#define SIGSWEEP_SOURCE_H

#include "support/buf.h"
#include "support/error.h"

#include <stddef.h>

#define SOURCE_MAX (1u << 20) /* bytes; scenarios are written by hand */

/* A place in the text. Columns count characters (code points), as editors do. */
struct place {
    unsigned line, col; /* from 1 */
    unsigned width;     /* characters; 0: to the end of the line */
};

struct source {
    const char *path; /* as given; not owned */
    struct buf text;
};

/* Reads the file. 0, or -errno with a message: missing, a directory, too large. */
int source_read(struct source *src, const char *path, struct error *err);
void source_free(struct source *src);

/* Looks for what can't be in a YAML file: NUL bytes, invalid UTF-8, control characters. Returns
 * NULL when all is well, otherwise what is wrong, and sets *at. */
const char *source_check(const struct source *src, struct place *at);

/* Line `line` (from 1) without its line break: *text points into the source; returns its length
 * in bytes. A line past the end is empty. */
size_t source_line(const struct source *src, unsigned line, const char **text);

/* Bytes of the UTF-8 character at p (len bytes remain), or 0 when it is not valid. */
size_t utf8_length(const unsigned char *p, size_t len, unsigned *code);

#endif
