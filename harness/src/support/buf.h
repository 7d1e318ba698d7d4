/* buf.h - a growable byte buffer that is always NUL-terminated. Zero-initialise; end with buf_free.
 * A failed allocation ends the process (exit 3): the harness can't work without memory. */
#ifndef SIGSWEEP_BUF_H
#define SIGSWEEP_BUF_H

#include <stddef.h>

struct buf {
    char *data;  /* NUL-terminated; NULL while nothing was added */
    size_t len;  /* bytes in use, without the NUL */
    size_t room; /* bytes allocated */
};

void buf_add(struct buf *b, const void *data, size_t len);
void buf_adds(struct buf *b, const char *text);
void buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_clear(struct buf *b); /* keeps the memory */
void buf_free(struct buf *b);
/* Gives the text away (never NULL; the caller frees it) and leaves the buffer empty. */
char *buf_take(struct buf *b);

/* Allocation that can't fail; the caller frees with free(). */
void *mem_alloc(size_t size); /* zeroed */
void *mem_grow(void *old, size_t count, size_t size);
char *mem_strdup(const char *text);
char *mem_strndup(const char *text, size_t len);
char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
