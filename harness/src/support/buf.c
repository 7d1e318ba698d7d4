#include "support/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *checked(void *p)
{
    static const char text[] = "sigsweep: out of memory\n";

    if (p == NULL) {
        (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
        exit(3);
    }
    return p;
}

void *mem_alloc(size_t size)
{
    return checked(calloc(1, size != 0 ? size : 1));
}

void *mem_grow(void *old, size_t count, size_t size)
{
    return checked(reallocarray(old, count != 0 ? count : 1, size));
}

char *mem_strdup(const char *text)
{
    return checked(strdup(text));
}

char *mem_strndup(const char *text, size_t len)
{
    return checked(strndup(text, len));
}

char *mem_printf(const char *format, ...)
{
    va_list args;
    char *text = NULL;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    return checked(text);
}

static void reserve(struct buf *b, size_t more)
{
    size_t need = b->len + more + 1;

    if (need <= b->room)
        return;
    b->room = need < 2 * b->room ? 2 * b->room : need + 64;
    b->data = mem_grow(b->data, b->room, 1);
}

void buf_add(struct buf *b, const void *data, size_t len)
{
    reserve(b, len);
    if (len != 0)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void buf_adds(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

void buf_addf(struct buf *b, const char *format, ...)
{
    va_list args, again;
    int len;

    va_start(args, format);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, args);
    if (len > 0) {
        reserve(b, (size_t)len);
        vsnprintf(b->data + b->len, (size_t)len + 1, format, again);
        b->len += (size_t)len;
    }
    va_end(again);
    va_end(args);
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    if (b->data != NULL)
        b->data[0] = '\0';
}

void buf_free(struct buf *b)
{
    free(b->data);
    *b = (struct buf){0};
}

char *buf_take(struct buf *b)
{
    char *text;

    reserve(b, 0);
    b->data[b->len] = '\0';
    text = b->data;
    *b = (struct buf){0};
    return text;
}
