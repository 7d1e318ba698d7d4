#include "plan/points.h"
#include "scenario/point.h"
#include "support/duration.h"
#include "support/signals.h"

#include <ctype.h>
#include <string.h>

static void add_duration(struct buf *out, int64_t ns)
{
    char text[40];

    buf_adds(out, duration_print(ns, text, sizeof(text)));
}

/* Whether the text would be read as one with #NTH at its end. */
static bool ends_like_nth(const char *text)
{
    const char *hash = strrchr(text, '#');

    return hash != NULL && isdigit((unsigned char)hash[1]) &&
           hash[1 + strspn(hash + 1, "0123456789")] == '\0';
}

static void add_text(struct buf *out, const struct point *p)
{
    for (const char *c = p->text; *c != '\0'; c++) {
        if (*c == ',' || *c == '\\')
            buf_adds(out, "\\");
        buf_add(out, c, 1);
    }
    if (p->nth != 1 || ends_like_nth(p->text))
        buf_addf(out, "#%u", p->nth);
}

static void add_state(struct buf *out, const struct state_cond *state)
{
    const char *joint = "";
    char count[24];

    if (state->name != STATE_COUNTS) {
        buf_adds(out, state_name(state->name));
        return;
    }
    for (int key = 0; key < COUNT_KEYS; key++) {
        if (!state->given[key])
            continue;
        buf_addf(out, "%s%s%s%s", joint, count_key_name((enum count_key)key),
                 state->counts[key].op == COUNT_EQ ? "=" : "",
                 count_print(state->counts[key], count, sizeof(count)));
        joint = "+";
    }
}

static void add_point(struct buf *out, const struct point *p)
{
    buf_adds(out, point_kind_name(p->kind));
    if (p->kind == POINT_START)
        return;
    buf_adds(out, ":");
    switch (p->kind) {
    case POINT_AFTER: add_duration(out, p->from_ns); break;
    case POINT_BETWEEN:
        add_duration(out, p->from_ns);
        buf_adds(out, "..");
        add_duration(out, p->to_ns);
        buf_addf(out, "*%u%s", p->trials, p->prior == PRIOR_OCTAVES ? "~octaves" : "");
        break;
    case POINT_STATE: add_state(out, &p->state); break;
    default: add_text(out, p); break;
    }
}

void points_print(const struct interrupt *list, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        const struct interrupt *in = &list[i];

        if (i > 0)
            buf_adds(out, ",");
        buf_adds(out, signal_label(in->signal));
        if (in->times != 1 || in->every_ns != 0)
            buf_addf(out, "*%u", in->times);
        if (in->every_ns != 0) {
            buf_adds(out, "/");
            add_duration(out, in->every_ns);
        }
        if (in->to != TO_PROCESS)
            buf_addf(out, ">%s", target_name(in->to));
        buf_adds(out, "@");
        add_point(out, &in->when);
    }
}
