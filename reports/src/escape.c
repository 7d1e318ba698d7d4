#include "escape.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */
#define ELLIPSIS    "\xE2\x80\xA6" /* U+2026 */

/* The length of the UTF-8 character at p (Unicode table 3-7: no overlong forms, no surrogates);
 * 0: not one. Its code point goes to *point. */
static size_t decode(const char *data, size_t len, uint32_t *point)
{
    const unsigned char *p = (const unsigned char *)data;
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;

    if (n == 0 || p[0] > 0xF4 || n > len)
        return 0;
    *point = n == 1 ? p[0] : p[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        *point = *point << 6 | (p[i] & 0x3F);
    }
    if ((n == 3 && (*point < 0x800 || (*point >= 0xD800 && *point < 0xE000))) ||
        (n == 4 && (*point < 0x10000 || *point > 0x10FFFF)))
        return 0;
    return n;
}

/* Hands each character on; a bad byte as U+FFFD. */
typedef void each_fn(struct buf *out, const char *ch, size_t len, uint32_t point);

static void each(struct buf *out, const char *data, size_t len, each_fn *fn)
{
    for (size_t i = 0; i < len;) {
        uint32_t point = 0;
        size_t n = decode(data + i, len - i, &point);

        if (n == 0)
            fn(out, REPLACEMENT, 3, 0xFFFD);
        else
            fn(out, data + i, n, point);
        i += n != 0 ? n : 1;
    }
}

static void keep(struct buf *out, const char *ch, size_t len, uint32_t point)
{
    (void)point;
    buf_add(out, ch, len);
}

void escape_utf8(struct buf *out, const char *data, size_t len)
{
    each(out, data, len, keep);
}

static void xml_text(struct buf *out, const char *ch, size_t len, uint32_t point)
{
    if (point == '&')
        buf_adds(out, "&amp;");
    else if (point == '<')
        buf_adds(out, "&lt;");
    else if (point == '>') /* always: "]]>" must not stand in text */
        buf_adds(out, "&gt;");
    else if (point == '"')
        buf_adds(out, "&quot;");
    else if (point == '\r')
        buf_adds(out, "&#13;");
    else if ((point < 0x20 && point != '\t' && point != '\n') || point == 0x7F || point == 0xFFFE ||
             point == 0xFFFF)
        buf_adds(out, REPLACEMENT); /* XML 1.0 section 2.2: not even as a reference */
    else
        buf_add(out, ch, len);
}

static void xml_attr(struct buf *out, const char *ch, size_t len, uint32_t point)
{
    if (point == '\n' || point == '\t')
        buf_addf(out, "&#%u;", (unsigned)point);
    else
        xml_text(out, ch, len, point);
}

void escape_xml_text(struct buf *out, const char *text)
{
    each(out, text, strlen(text), xml_text);
}

void escape_xml_attr(struct buf *out, const char *text)
{
    each(out, text, strlen(text), xml_attr);
}

static void markdown(struct buf *out, const char *ch, size_t len, uint32_t point)
{
    if (point == '<')
        buf_adds(out, "&lt;");
    else if (point == '>')
        buf_adds(out, "&gt;");
    else if (point == '&')
        buf_adds(out, "&amp;");
    else if (point == '@') /* no one is to be notified by a file name */
        buf_adds(out, "&#64;");
    else if (point == '\n' || point == '\t' || point == '\r')
        buf_adds(out, " ");
    else if (point < 0x20 || point == 0x7F)
        buf_adds(out, REPLACEMENT);
    else {
        if (point < 0x80 && strchr("\\`*_{}[]#|~!$", (int)point) != NULL)
            buf_adds(out, "\\");
        buf_add(out, ch, len);
    }
}

void escape_markdown(struct buf *out, const char *text)
{
    each(out, text, strlen(text), markdown);
}

static void printable(struct buf *out, const char *ch, size_t len, uint32_t point)
{
    if ((point < 0x20 && point != '\n' && point != '\t') || point == 0x7F)
        buf_adds(out, REPLACEMENT);
    else
        buf_add(out, ch, len);
}

void escape_fenced(struct buf *out, const char *text)
{
    size_t longest = 2, run = 0;

    for (const char *p = text; *p != '\0'; p++) {
        run = *p == '`' ? run + 1 : 0;
        if (run > longest)
            longest = run;
    }
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i <= longest; i++)
            buf_adds(out, "`");
        buf_adds(out, side == 0 ? "text\n" : "\n");
        if (side == 0) {
            each(out, text, strlen(text), printable);
            if (out->data[out->len - 1] != '\n')
                buf_adds(out, "\n");
        }
    }
}

/* gnuplot gives quotes, backslashes and its comment character a meaning inside a data file. */
static void field(struct buf *out, const char *ch, size_t len, uint32_t point)
{
    if (point == '"')
        buf_adds(out, "'");
    else if (point == '\\')
        buf_adds(out, "/");
    else if (point < 0x20 || point == 0x7F)
        buf_adds(out, " ");
    else
        buf_add(out, ch, len);
}

size_t escape_width(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

/* The bytes that the first n characters of valid UTF-8 take. */
static size_t span(const char *text, size_t n)
{
    size_t i = 0;

    while (text[i] != '\0' && n-- > 0)
        do
            i++;
        while (((unsigned char)text[i] & 0xC0) == 0x80);
    return i;
}

void escape_field(struct buf *out, const char *text, size_t max)
{
    struct buf clean = {0};
    size_t width, head, tail;

    each(&clean, text, strlen(text), field);
    buf_add(&clean, "", 0);
    width = escape_width(clean.data);
    if (width == 0)
        buf_adds(out, "-");
    else if (width <= max)
        buf_add(out, clean.data, clean.len);
    else {
        tail = (max - 1) / 2;
        head = max - 1 - tail;
        buf_add(out, clean.data, span(clean.data, head));
        buf_adds(out, ELLIPSIS);
        buf_adds(out, clean.data + span(clean.data, width - tail));
    }
    buf_free(&clean);
}
