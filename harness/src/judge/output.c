#include "judge/check.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_UNKNOWN };

/* A stream is in one piece when nothing between head and tail was dropped. */
struct text {
    struct buf whole; /* all of it, or the head */
    const char *tail;
    size_t tail_len; /* only when something was dropped */
    uint64_t dropped;
};

static struct text text_of(const struct stream *s)
{
    struct text t = {.tail = s->tail};

    buf_add(&t.whole, s->head, s->head_len);
    if (s->bytes > s->head_len + s->tail_len) {
        t.tail_len = s->tail_len;
        t.dropped = s->bytes - s->head_len - s->tail_len;
    } else if (s->tail_len > 0) {
        buf_add(&t.whole, s->tail, s->tail_len);
    }
    return t;
}

static enum answer has_string(const struct text *t, const char *wanted)
{
    size_t len = strlen(wanted);

    if (memmem(t->whole.data, t->whole.len, wanted, len) != NULL ||
        (t->tail_len > 0 && memmem(t->tail, t->tail_len, wanted, len) != NULL))
        return ANSWER_YES;
    return t->dropped > 0 ? ANSWER_UNKNOWN : ANSWER_NO;
}

/* REG_STARTEND reads past NUL bytes; a cut end is no end of a line. */
static bool matches_part(const regex_t *regex, const char *text, size_t len, int flags)
{
    regmatch_t where = {0, (regoff_t)len};

    return regexec(regex, text, 1, &where, flags | REG_STARTEND) == 0;
}

static enum answer has_match(const struct text *t, const char *pattern)
{
    regex_t regex;
    bool found;

    /* The scenario's loader has checked the pattern. */
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NEWLINE) != 0)
        return ANSWER_UNKNOWN;
    found = matches_part(&regex, t->whole.data, t->whole.len, t->dropped > 0 ? REG_NOTEOL : 0) ||
            (t->tail_len > 0 && matches_part(&regex, t->tail, t->tail_len, REG_NOTBOL));
    regfree(&regex);
    if (found)
        return ANSWER_YES;
    return t->dropped > 0 ? ANSWER_UNKNOWN : ANSWER_NO;
}

static void tell(const struct view *v, enum finding_kind kind, const char *stream, const char *verb,
                 const char *wanted, enum answer answer, bool should, uint64_t bytes)
{
    char *subject = mem_printf("%s %s \"%.80s\"", stream, verb, wanted), *text, *seen;

    if (answer == ANSWER_UNKNOWN) {
        text = mem_printf("output: %s: the middle of the output was not kept", subject);
        findings_untested(v->out, text);
        free(text);
    } else if ((answer == ANSWER_YES) != should) {
        text = mem_printf("%s %s \"%.200s\"", stream,
                          should ? "should have, but hasn't," : "has, but should lack,", wanted);
        seen = mem_printf("%s in %llu bytes of output", should ? "not found" : "found",
                          (unsigned long long)bytes);
        findings_add(v->out, kind, subject, text, subject, seen);
        free(text);
        free(seen);
    }
    free(subject);
}

void check_stream(const struct view *v, enum finding_kind kind, const struct output_expect *e,
                  const struct stream *s, const char *name)
{
    struct text t;

    if (e->contains == NULL && e->matches == NULL && e->lacks == NULL)
        return;
    t = text_of(s);
    for (char **w = e->contains; w != NULL && *w != NULL; w++)
        tell(v, kind, name, "contains", *w, has_string(&t, *w), true, s->bytes);
    for (char **w = e->matches; w != NULL && *w != NULL; w++)
        tell(v, kind, name, "matches", *w, has_match(&t, *w), true, s->bytes);
    for (char **w = e->lacks; w != NULL && *w != NULL; w++)
        tell(v, kind, name, "lacks", *w, has_string(&t, *w), false, s->bytes);
    buf_free(&t.whole);
}

/* How often an event was reported; a name that is no verb stands for a mark. */
static long count_events(const struct record *r, const char *name)
{
    int verb = event_verb_parse(name);
    long n = 0;

    for (size_t i = 0; i < r->events_n; i++) {
        const struct event *ev = &r->events[i];

        if (verb >= 0 ? (int)ev->verb == verb
                      : ev->verb == EVENT_MARK && strcmp(ev->name, name) == 0)
            n++;
    }
    return n;
}

static void check_counts(const struct view *v)
{
    const struct expect *e = &v->s->expect;

    if (e->events_n > 0 && v->r->events_lost > 0) {
        findings_untested(v->out, "event counts: too many events, the rest was not kept");
        return;
    }
    for (size_t i = 0; i < e->events_n; i++) {
        const struct event_expect *want = &e->events[i];
        long n = count_events(v->r, want->name);
        char limit[48], *message, *seen;

        if (count_holds(want->count, n))
            continue;
        count_print(want->count, limit, sizeof(limit));
        message = mem_printf("event %s was reported %ld time%s, expected %s", want->name, n,
                             n == 1 ? "" : "s", limit);
        seen = mem_printf("%ld", n);
        findings_add(v->out, KIND_OUTPUT, want->name, message, limit, seen);
        free(message);
        free(seen);
    }
}

void check_output(const struct view *v)
{
    const struct record *r = v->r;

    check_stream(v, KIND_OUTPUT, &v->s->expect.out, &r->out, "stdout");
    /* A terminal has one stream for both. */
    check_stream(v, KIND_OUTPUT, &v->s->expect.err, r->terminal ? &r->out : &r->err, "stderr");
    check_counts(v);
}
