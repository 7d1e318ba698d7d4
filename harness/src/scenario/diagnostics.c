#include "scenario/diagnostics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 100 /* mistakes told in full */
#define WINDOW    120 /* characters of a source line that are shown */

void diagnostics_add(struct diagnostics *d, struct place at, char *message, char *hint)
{
    d->list = mem_grow(d->list, d->n + 1, sizeof(*d->list));
    d->list[d->n++] = (struct diagnostic){at, message, hint};
}

/* By place, then by text: the order never depends on the order of the checks. */
static int by_place(const void *a, const void *b)
{
    const struct place *x = &((const struct diagnostic *)a)->at;
    const struct place *y = &((const struct diagnostic *)b)->at;

    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->col != y->col)
        return x->col < y->col ? -1 : 1;
    return strcmp(((const struct diagnostic *)a)->message, ((const struct diagnostic *)b)->message);
}

/* Adds the characters [from, to) of a line; what would disturb a terminal becomes a blank or a ?.
 * Returns how many there were. */
static unsigned add_characters(struct buf *out, const char *text, size_t len, unsigned from,
                               unsigned to)
{
    unsigned i = 0, added = 0;

    for (size_t p = 0; p < len; i++) {
        unsigned code = 0;
        size_t n = utf8_length((const unsigned char *)text + p, len - p, &code);

        if (i >= from && i < to) {
            if (code == '\t')
                buf_adds(out, " ");
            else if (n == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0))
                buf_adds(out, "?");
            else
                buf_add(out, text + p, n);
            added++;
        }
        p += n != 0 ? n : 1;
    }
    return added;
}

/* The source line in its gutter, and the caret below. */
static void add_excerpt(struct buf *out, const struct source *src, const struct diagnostic *d)
{
    const char *text;
    size_t len = source_line(src, d->at.line, &text);
    unsigned first = d->at.col > WINDOW ? d->at.col - WINDOW / 2 : 1, shown, width, room;
    char number[16];

    snprintf(number, sizeof(number), "%u", d->at.line);
    buf_addf(out, " %s | %s", number, first > 1 ? "..." : "");
    shown = add_characters(out, text, len, first - 1, first - 1 + WINDOW);
    buf_addf(out, "\n %*s | %*s", (int)strlen(number), "",
             (int)(d->at.col - first) + (first > 1 ? 3 : 0), "");
    room = first - 1 + shown >= d->at.col ? first + shown - d->at.col : 1;
    width = d->at.width == 0 || d->at.width > room ? room : d->at.width;
    buf_adds(out, "^");
    while (--width > 0)
        buf_adds(out, "~");
    if (d->hint != NULL)
        buf_addf(out, " %s", d->hint);
    buf_adds(out, "\n");
}

void diagnostics_print(struct diagnostics *d, const struct source *src, struct buf *out)
{
    if (d->n == 0)
        return;
    qsort(d->list, d->n, sizeof(*d->list), by_place);
    for (size_t i = 0; i < d->n && i < SHOWN_MAX; i++) {
        buf_addf(out, "%s:%u:%u: error: %s\n", src->path, d->list[i].at.line, d->list[i].at.col,
                 d->list[i].message);
        add_excerpt(out, src, &d->list[i]);
    }
    if (d->n > SHOWN_MAX)
        buf_addf(out, "%s: error: and %zu more mistakes\n", src->path, d->n - SHOWN_MAX);
}

void diagnostics_free(struct diagnostics *d)
{
    for (size_t i = 0; i < d->n; i++) {
        free(d->list[i].message);
        free(d->list[i].hint);
    }
    free(d->list);
    *d = (struct diagnostics){0};
}
