#include "run/base64.h"

#include "support/buf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *data, size_t len)
{
    const unsigned char *from = data;
    char *out = mem_alloc((len + 2) / 3 * 4 + 1), *to = out;

    for (size_t i = 0; i < len; i += 3) {
        uint32_t three = (uint32_t)from[i] << 16;
        three |= i + 1 < len ? (uint32_t)from[i + 1] << 8 : 0;
        three |= i + 2 < len ? from[i + 2] : 0;
        *to++ = letters[three >> 18];
        *to++ = letters[three >> 12 & 63];
        *to++ = i + 1 < len ? letters[three >> 6 & 63] : '=';
        *to++ = i + 2 < len ? letters[three & 63] : '=';
    }
    return out;
}

static int value_of(char letter)
{
    const char *at = letter != '\0' ? strchr(letters, letter) : NULL;

    return at != NULL ? (int)(at - letters) : -1;
}

char *base64_decode(const char *text, size_t *len)
{
    size_t n = strlen(text), padding = 0;
    unsigned char *out;

    while (padding < 2 && padding < n && text[n - 1 - padding] == '=')
        padding++;
    *len = n / 4 * 3 - (n != 0 ? padding : 0);
    if (n % 4 != 0)
        return NULL;
    out = mem_alloc(n / 4 * 3 + 1);
    for (size_t i = 0; i < n; i += 4) {
        uint32_t four = 0;
        for (size_t k = i; k < i + 4; k++) {
            int value = k >= n - padding ? 0 : value_of(text[k]);
            if (value < 0) {
                free(out);
                return NULL;
            }
            four = four << 6 | (uint32_t)value;
        }
        out[i / 4 * 3] = (unsigned char)(four >> 16);
        out[i / 4 * 3 + 1] = (unsigned char)(four >> 8);
        out[i / 4 * 3 + 2] = (unsigned char)four;
    }
    out[*len] = '\0';
    return (char *)out;
}
