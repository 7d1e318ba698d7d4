#include "judge/check.h"
#include "support/signals.h"

#include <string.h>

/* Length of the UTF-8 character at p, or 0 when there is none. Overlong forms, surrogates and C1
 * controls are refused too: the last can drive a terminal as well as an escape can. */
static size_t utf8_len(const unsigned char *p)
{
    static const unsigned char lowest[] = {0, 0, 0xa0, 0x90};
    size_t more;

    if (p[0] < 0x80)
        return p[0] >= 0x20 && p[0] != 0x7f ? 1 : 0;
    more = p[0] >= 0xf0 ? 3 : p[0] >= 0xe0 ? 2 : 1;
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 0;
    for (size_t i = 1; i <= more; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((p[0] == 0xe0 || p[0] == 0xf0) && p[1] < lowest[more])
        return 0;
    if ((p[0] == 0xed && p[1] >= 0xa0) || (p[0] == 0xf4 && p[1] >= 0x90) ||
        (p[0] == 0xc2 && p[1] < 0xa0))
        return 0;
    return more + 1;
}

char *text_safe(const char *text, size_t most)
{
    const unsigned char *p = (const unsigned char *)text;
    struct buf b = {0};

    while (*p != '\0') {
        size_t len = utf8_len(p);

        if (b.len + len > most) {
            buf_adds(&b, "...");
            break;
        }
        if (len == 0)
            buf_adds(&b, "?");
        else
            buf_add(&b, p, len);
        p += len != 0 ? len : 1;
    }
    return buf_take(&b);
}

void text_ended(struct buf *b, bool by_signal, int value)
{
    if (by_signal) {
        buf_addf(b, "death by SIG%s", signal_label(value));
        return;
    }
    buf_addf(b, "exit code %d", value);
    /* Shells and programs that mimic them: the parent sees a normal exit, not a death. */
    if (value > 128 && value <= 128 + 64 && strcmp(signal_label(value - 128), "?") != 0)
        buf_addf(b, " (128+SIG%s, a plain exit)", signal_label(value - 128));
}

void text_allowed(struct buf *b, const struct expect *e)
{
    if (e->alive)
        buf_adds(b, "staying alive");
    if (e->conventional)
        buf_adds(b, "death by the signal, or exit code 128 and its number");
    for (size_t i = 0; i < e->ended_n; i++) {
        buf_adds(b, i == 0 ? "" : ", or ");
        text_ended(b, e->ended[i].by_signal, e->ended[i].value);
    }
}

/* The last line that is not empty: there tools say what went wrong. */
void text_last_line(struct buf *b, const struct stream *s)
{
    const char *text = s->tail_len > 0 ? s->tail : s->head, *end;
    size_t len = s->tail_len > 0 ? s->tail_len : s->head_len;

    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    end = text + len;
    while (len > 0 && text[len - 1] != '\n')
        len--;
    if (end > text + len)
        buf_addf(b, "; it said: %.*s",
                 (int)(end - text - (long)len > 200 ? 200 : end - text - (long)len), text + len);
}
