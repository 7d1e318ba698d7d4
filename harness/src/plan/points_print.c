#include "plan/points.h"
#include "scenario/point.h"
#include "support/duration.h"
#include "support/signals.h"

#include <ctype.h>
#include <inttypes.h>
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

static void add_escaped(struct buf *out, const char *text, const char *special)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (strchr(special, *c) != NULL)
            buf_adds(out, "\\");
        buf_add(out, c, 1);
    }
}

static void add_nth(struct buf *out, const struct point *p)
{
    if (p->nth != 1 || ends_like_nth(p->text))
        buf_addf(out, "#%u", p->nth);
}

static void add_syscall(struct buf *out, const struct point *p)
{
    if (p->thread != 0) {
        buf_addf(out, "%u.%u.%u", p->process, p->thread, p->nth);
        if (p->text != NULL)
            buf_addf(out, "=%s", p->text);
    } else {
        buf_adds(out, p->text);
        add_nth(out, p);
    }
    if (p->side != SIDE_AFTER)
        buf_addf(out, "/%s", side_name(p->side));
}

static void add_site(struct buf *out, const struct point *p)
{
    if (p->thread != 0)
        buf_addf(out, "%u.%u:", p->process, p->thread);
    buf_adds(out, p->text);
    if (p->kind == POINT_INSTRUCTION)
        buf_addf(out, "+0x%" PRIx64, p->offset);
    add_nth(out, p);
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

/* A definite point or a time, without backslashes. */
static void add_plain(struct buf *out, const struct point *p)
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
    case POINT_SYSCALL: add_syscall(out, p); break;
    case POINT_FUNCTION:
    case POINT_INSTRUCTION: add_site(out, p); break;
    default:
        buf_adds(out, p->text);
        add_nth(out, p);
        break;
    }
}

static void add_modifier(struct buf *out, const char *name, const char *value)
{
    if (value == NULL)
        return;
    buf_addf(out, "~%s=", name);
    add_escaped(out, value, "~,\\");
}

static void add_bound(struct buf *out, const char *name, const struct point *bound)
{
    struct buf text = {0};

    if (bound != NULL)
        add_plain(&text, bound);
    add_modifier(out, name, text.data);
    buf_free(&text);
}

static void add_each(struct buf *out, const struct point *p)
{
    buf_addf(out, "each:%s", each_name(p->each));
    if (p->side != SIDE_AFTER)
        buf_addf(out, "/%s", side_name(p->side));
    add_modifier(out, "match", p->match);
    add_modifier(out, "in", p->in);
    add_bound(out, "from", p->from);
    add_bound(out, "to", p->to);
}

static void add_point(struct buf *out, const struct point *p)
{
    struct buf plain = {0};

    if (p->kind == POINT_EACH) {
        add_each(out, p);
        return;
    }
    add_plain(&plain, p);
    add_escaped(out, plain.data, ",\\");
    buf_free(&plain);
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
