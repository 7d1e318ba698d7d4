#include "plan/points.h"
#include "plan/points_read.h"
#include "scenario/point.h"
#include "scenario/suggest.h"
#include "support/duration.h"
#include "support/signals.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int points_wrong(const struct reading *r, size_t at, const char *format, ...)
{
    char message[300];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    return error_set(r->err, -EINVAL, "at character %zu of `%.80s%s`: %s", at + 1, r->text,
                     strlen(r->text) > 80 ? "..." : "", message);
}

int points_unknown(const struct reading *r, size_t at, const char *what, struct suggestion near)
{
    if (near.word == NULL)
        return points_wrong(r, at, "unknown %s `%.40s`", what, near.typed);
    return points_wrong(r, at, "unknown %s `%.40s`; did you mean `%s`?", what, near.typed,
                        near.word);
}

static int read_duration(const struct reading *r, size_t at, const char *word, int64_t *ns)
{
    switch (duration_parse(word, ns)) {
    case 0: return 0;
    case -EDOM:
        return points_wrong(r, at, "`%.40s` needs a unit: us, ms, s or m, as in `%.40sms`", word,
                            word);
    case -ERANGE: return points_wrong(r, at, "`%.40s` is out of range", word);
    default: return points_wrong(r, at, "expected a duration such as 50ms, found `%.40s`", word);
    }
}

int points_number(const struct reading *r, size_t at, const char *word, unsigned max, unsigned *n)
{
    size_t digits = strspn(word, "0123456789");
    unsigned long value = digits == 0 || digits > 9 ? 0 : strtoul(word, NULL, 10);

    if (digits == 0 || word[digits] != '\0')
        return points_wrong(r, at, "expected a number, found `%.40s`", word);
    if (value < 1 || value > max)
        return points_wrong(r, at, "`%.40s` is out of range: 1 to %u", word, max);
    *n = (unsigned)value;
    return 0;
}

static int read_event_name(const struct reading *r, size_t at, const char *name)
{
    struct error reason = {0};
    const char *instead;

    if (point_text_check(POINT_EVENT, name, &instead, &reason) == 0)
        return 0;
    if (instead != NULL)
        return points_wrong(r, at, "%s; did you mean `%s`?", reason.text, instead);
    return points_wrong(r, at, "%s", reason.text);
}

int points_cut_nth(const struct reading *r, size_t at, char *arg, struct point *p)
{
    char *hash = strrchr(arg, '#');
    int rc;

    if (hash == NULL || !isdigit((unsigned char)hash[1]) ||
        hash[1 + strspn(hash + 1, "0123456789")] != '\0')
        return 0;
    rc = points_number(r, at + (size_t)(hash + 1 - arg), hash + 1, NTH_MAX, &p->nth);
    *hash = '\0';
    return rc;
}

void points_unescape(char *text, const char *special)
{
    char *to = text;

    for (const char *from = text; *from != '\0'; *to++ = *from++) {
        if (from[0] == '\\' && from[1] != '\0' && strchr(special, from[1]) != NULL)
            from++;
    }
    *to = '\0';
}

/* EVENT, OUTPUT and NOTIFY: text, and an optional #NTH at its end. */
static int read_text(const struct reading *r, size_t at, char *arg, struct point *p)
{
    struct error reason = {0};
    const char *instead;
    int rc = points_cut_nth(r, at, arg, p);

    if (rc < 0)
        return rc;
    if (p->kind == POINT_EVENT)
        rc = read_event_name(r, at, arg);
    else if (point_text_check(p->kind, arg, &instead, &reason) < 0)
        rc = points_wrong(r, at, "%s", reason.text);
    else
        rc = 0;
    if (rc == 0)
        p->text = mem_strdup(arg);
    return rc;
}

/* FROM..TO[*TRIALS][~PRIOR] */
static int read_between(const struct reading *r, size_t at, char *arg, struct point *p)
{
    char *tilde = strchr(arg, '~'), *star, *dots;
    int rc;

    if (tilde != NULL) {
        *tilde = '\0';
        if (strcmp(tilde + 1, "octaves") == 0)
            p->prior = PRIOR_OCTAVES;
        else if (strcmp(tilde + 1, "uniform") != 0)
            return points_wrong(r, at + (size_t)(tilde + 1 - arg),
                                "unknown prior `%.40s`: uniform or octaves", tilde + 1);
    }
    star = strchr(arg, '*');
    if (star != NULL) {
        *star = '\0';
        rc = points_number(r, at + (size_t)(star + 1 - arg), star + 1, TRIALS_MAX, &p->trials);
        if (rc < 0)
            return rc;
    }
    dots = strstr(arg, "..");
    if (dots == NULL)
        return points_wrong(r, at, "expected two durations such as 0ms..300ms, found `%.40s`", arg);
    *dots = '\0';
    rc = read_duration(r, at, arg, &p->from_ns);
    if (rc == 0)
        rc = read_duration(r, at + (size_t)(dots + 2 - arg), dots + 2, &p->to_ns);
    if (rc == 0 && p->to_ns < p->from_ns)
        rc = points_wrong(r, at, "`%.40s` is before `%.40s`", dots + 2, arg);
    return rc;
}

/* KEY OP N, where OP is = >= <= > < */
static int read_condition(const struct reading *r, size_t at, char *word, struct state_cond *cond)
{
    size_t len = strcspn(word, "=<>");
    const char *count = word + len;
    char name[32];
    int key;

    snprintf(name, sizeof(name), "%.*s", (int)(len < 31 ? len : 31), word);
    key = count_key_parse(name);
    if (key < 0) {
        struct suggestion near = suggest_for(name);
        for (int i = 0; i < COUNT_KEYS; i++)
            suggest_try(&near, count_key_name((enum count_key)i));
        return points_unknown(r, at, "count", near);
    }
    if (cond->given[key])
        return points_wrong(r, at, "`%s` is given twice", name);
    if (*count == '=' && isdigit((unsigned char)count[1]))
        count++; /* `=4` is an equality; `>=4` keeps its sign */
    else if (*count == '=' || *count == '\0')
        return points_wrong(r, at + len, "expected a count such as `%s=4` or `%s>=1`", name, name);
    if (count_parse(count, &cond->counts[key]) < 0)
        return points_wrong(r, at + len, "expected a count such as `%s=4` or `%s>=1`", name, name);
    cond->given[key] = true;
    return 0;
}

/* A state's name, or conditions joined by + */
static int read_state(const struct reading *r, size_t at, char *arg, struct point *p)
{
    int state = state_parse(arg);
    char *word = arg, *next;
    int rc = 0;

    if (state >= 0) {
        p->state.name = (enum state_name)state;
        return 0;
    }
    if (strpbrk(arg, "=<>") == NULL) {
        struct suggestion near = suggest_for(arg);
        for (int i = 0; i < STATE_COUNTS; i++)
            suggest_try(&near, state_name((enum state_name)i));
        return points_unknown(r, at, "state", near);
    }
    p->state.name = STATE_COUNTS;
    for (; rc == 0 && word != NULL; word = next) {
        next = strchr(word, '+');
        if (next != NULL)
            *next++ = '\0';
        rc = read_condition(r, at + (size_t)(word - arg), word, &p->state);
    }
    return rc;
}

/* KIND[:ARG]; arg_at is where ARG stands in the whole text. */
int points_read_point(const struct reading *r, size_t at, char *spec, struct point *p)
{
    char *colon = strchr(spec, ':'), *arg = NULL;
    size_t arg_at = at;
    int kind;

    if (colon != NULL) {
        *colon = '\0';
        arg = colon + 1;
        arg_at = at + (size_t)(arg - spec);
    }
    kind = point_kind_parse(spec);
    if (kind < 0) {
        struct suggestion near = suggest_for(spec);
        for (int i = 0; i < POINT_KINDS; i++)
            suggest_try(&near, point_kind_name((enum point_kind)i));
        return points_unknown(r, at, "point", near);
    }
    point_init(p, (enum point_kind)kind);
    if (kind == POINT_START)
        return arg == NULL ? 0 : points_wrong(r, arg_at, "`start` takes no argument");
    if (arg == NULL || *arg == '\0')
        return points_wrong(r, at, "`%s` needs an argument: `%s:...`", spec, spec);
    switch (p->kind) {
    case POINT_AFTER: return read_duration(r, arg_at, arg, &p->from_ns);
    case POINT_BETWEEN: return read_between(r, arg_at, arg, p);
    case POINT_STATE: return read_state(r, arg_at, arg, p);
    case POINT_SYSCALL: return points_read_syscall(r, arg_at, arg, p);
    case POINT_FUNCTION:
    case POINT_INSTRUCTION: return points_read_site(r, arg_at, arg, p);
    case POINT_EACH: return points_read_each(r, arg_at, arg, p);
    default: return read_text(r, arg_at, arg, p);
    }
}

/* SIG[*TIMES[/EVERY]][>TARGET], everything before the @ */
static int read_signal(const struct reading *r, size_t at, char *word, struct interrupt *out)
{
    char *target = strchr(word, '>'), *times, *every;
    int rc = 0, to;

    out->times = 1;
    if (target != NULL) {
        *target++ = '\0';
        to = target_parse(target);
        if (to < 0) {
            struct suggestion near = suggest_for(target);
            for (int i = 0; i <= TO_TERMINAL; i++)
                suggest_try(&near, target_name((enum target)i));
            return points_unknown(r, at + (size_t)(target - word), "target", near);
        }
        out->to = (enum target)to;
    }
    times = strchr(word, '*');
    if (times != NULL) {
        *times++ = '\0';
        every = strchr(times, '/');
        if (every != NULL) {
            *every++ = '\0';
            rc = read_duration(r, at + (size_t)(every - word), every, &out->every_ns);
        }
        if (rc == 0)
            rc = points_number(r, at + (size_t)(times - word), times, TIMES_MAX, &out->times);
    }
    if (rc < 0)
        return rc;
    out->signal = signal_number(word);
    if (out->signal == 0) {
        struct suggestion near = suggest_for(word);
        for (int i = 1; i < 32; i++)
            suggest_try(&near, signal_label(i));
        return points_unknown(r, at, "signal", near);
    }
    if (out->to == TO_TERMINAL && !terminal_sends(out->signal))
        return points_wrong(r, at, "a terminal can type INT, QUIT and TSTP only, not %s", word);
    return 0;
}

/* One interrupt: text[at .. at+len), with backslashes still in it. */
static int read_interrupt(const struct reading *r, size_t at, size_t len, struct interrupt *out)
{
    char *word = mem_strndup(r->text + at, len);
    char *spec = strchr(word, '@');
    int rc;

    if (len == 0) {
        rc = points_wrong(r, at, "expected an interrupt such as INT@after:50ms, found nothing");
    } else if (spec == NULL) {
        rc = points_wrong(r, at + len, "expected `@` and a point, as in %.20s@after:50ms", word);
    } else {
        *spec++ = '\0';
        rc = read_signal(r, at, word, out);
        if (rc == 0) {
            size_t spec_at = at + (size_t)(spec - word);
            /* A set's values are unescaped one by one, after it is cut at each `~`. */
            if (strncmp(spec, "each:", 5) != 0)
                points_unescape(spec, ",\\");
            rc = points_read_point(r, spec_at, spec, &out->when);
        }
    }
    free(word);
    return rc;
}

/* The length of the interrupt that begins here: up to a comma that has no backslash before it. */
static size_t interrupt_length(const char *text)
{
    size_t len = 0;

    while (text[len] != '\0' && text[len] != ',')
        len += text[len] == '\\' && text[len + 1] != '\0' ? 2 : 1;
    return len;
}

int points_parse(const char *text, struct interrupt **list, size_t *n, struct error *err)
{
    struct reading r = {.text = text, .err = err};
    struct interrupt *found = NULL;
    size_t count = 0, at = 0;

    for (;;) {
        size_t len = interrupt_length(text + at);
        int rc;

        found = mem_grow(found, count + 1, sizeof(*found));
        found[count] = (struct interrupt){0};
        rc = read_interrupt(&r, at, len, &found[count]);
        count++;
        if (rc < 0) {
            points_free(found, count);
            return rc;
        }
        at += len;
        if (text[at] == '\0')
            break;
        at++;
    }
    *list = found;
    *n = count;
    return 0;
}

void points_free(struct interrupt *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        point_free(&list[i].when);
    free(list);
}
