#include "run/json_text.h"

#include "run/base64.h"
#include "support/buf.h"

#include <stdlib.h>
#include <string.h>

json_t *json_any_bytes(const char *data, size_t len)
{
    struct buf b = {0};
    json_t *out = json_stringn(data, len); /* checks the encoding itself */
    size_t i = 0;

    if (out != NULL)
        return out;
    while (i < len) {
        unsigned char c = (unsigned char)data[i];
        size_t want = c < 0x80                ? 1
                      : c >= 0xc2 && c < 0xe0 ? 2
                      : c >= 0xe0 && c < 0xf0 ? 3
                      : c >= 0xf0 && c < 0xf5 ? 4
                                              : 0;
        json_t *one = want != 0 && i + want <= len ? json_stringn(data + i, want) : NULL;
        if (one != NULL) {
            buf_add(&b, data + i, want);
            i += want;
        } else {
            buf_add(&b, "\xef\xbf\xbd", 3);
            i++;
        }
        json_decref(one);
    }
    out = json_stringn(b.data != NULL ? b.data : "", b.len);
    buf_free(&b);
    return out;
}

json_t *json_any(const char *s)
{
    return json_any_bytes(s, strlen(s));
}

bool json_plain(const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)data[i] >= 0x80)
            return false;
    }
    return true;
}

void json_keep_bytes(json_t *o, const char *key, const char *data, size_t len)
{
    json_t *exact = json_plain(data, len) ? json_null() : json_stringn(data, len);
    char *name, *encoded;

    if (exact != NULL) {
        json_decref(exact);
        return;
    }
    name = mem_printf("%s_base64", key);
    encoded = base64_encode(data, len);
    json_object_set_new(o, name, json_string(encoded));
    free(encoded);
    free(name);
}

void json_set_any(json_t *o, const char *key, const char *s)
{
    json_object_set_new(o, key, json_any(s));
    json_keep_bytes(o, key, s, strlen(s));
}
