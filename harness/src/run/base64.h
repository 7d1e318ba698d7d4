/* base64.h - bytes that are no text, inside JSON (RFC 4648, section 4). */
#ifndef SIGSWEEP_BASE64_H
#define SIGSWEEP_BASE64_H

#include <stddef.h>

char *base64_encode(const void *data, size_t len); /* the caller frees */
/* The bytes, with a NUL after them; NULL: not base64. The caller frees. */
char *base64_decode(const char *text, size_t *len);

#endif
