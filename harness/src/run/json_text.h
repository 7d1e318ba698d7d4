/* json_text.h - what a program wrote, as JSON strings: it may be any bytes. */
#ifndef SIGSWEEP_JSON_TEXT_H
#define SIGSWEEP_JSON_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* A string of them; what is not UTF-8 becomes U+FFFD. */
json_t *json_any_bytes(const char *data, size_t len);
json_t *json_any(const char *s); /* the same of a C string */
/* No byte over 0x7f: such text is UTF-8. */
bool json_plain(const char *data, size_t len);
/* Sets KEY_base64 when the bytes are not UTF-8: the text under KEY is then readable, not exact. */
void json_keep_bytes(json_t *o, const char *key, const char *data, size_t len);
/* Sets KEY, and KEY_base64 where it is needed. */
void json_set_any(json_t *o, const char *key, const char *s);

#endif
