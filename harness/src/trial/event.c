#include "trial/event.h"

#include "support/buf.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum key { KEY_ID, KEY_NAME, KEY_N, KEY_LEVEL, KEY_OUTCOME, KEY_RC, KEY_T, KEYS };
#define KEY_BIT(key) (1u << (key))

static const char *const key_names[KEYS] = {
    [KEY_ID] = "id",           [KEY_NAME] = "name", [KEY_N] = "n", [KEY_LEVEL] = "level",
    [KEY_OUTCOME] = "outcome", [KEY_RC] = "rc",     [KEY_T] = "t",
};

struct verb_shape {
    const char *name;
    unsigned needs; /* keys that must be there */
    unsigned takes; /* keys that may be */
};

#define ID   KEY_BIT(KEY_ID)
#define NAME KEY_BIT(KEY_NAME)

static const struct verb_shape verbs[EVENT_VERBS] = {
    [EVENT_READY] = {"ready", 0, 0},
    [EVENT_SLOTS] = {"slots", KEY_BIT(KEY_N), 0},
    [EVENT_TASK_QUEUE] = {"task.queue", ID, 0},
    [EVENT_TASK_START] = {"task.start", ID, 0},
    [EVENT_TASK_END] = {"task.end", ID | KEY_BIT(KEY_OUTCOME), 0},
    [EVENT_TASK_FINI] = {"task.fini", ID, 0},
    [EVENT_CANCEL] = {"cancel", KEY_BIT(KEY_LEVEL), 0},
    [EVENT_CLEANUP_ARM] = {"cleanup.arm", NAME, ID},
    [EVENT_CLEANUP_DISARM] = {"cleanup.disarm", NAME, ID},
    [EVENT_CLEANUP_BEGIN] = {"cleanup.begin", NAME, ID},
    [EVENT_CLEANUP_END] = {"cleanup.end", NAME | KEY_BIT(KEY_RC), ID},
    [EVENT_ACQUIRE] = {"acquire", NAME, ID},
    [EVENT_RELEASE] = {"release", NAME, ID},
    [EVENT_MARK] = {"mark", NAME, ID},
    [EVENT_NOTIFY] = {"notify", NAME, 0},
};

static const char *const outcomes[] = {
    [OUTCOME_NONE] = "none",
    [OUTCOME_DONE] = "done",
    [OUTCOME_FAILED] = "failed",
    [OUTCOME_CANCELLED] = "cancelled",
};

/* A stretch of the line; not NUL-terminated. */
struct span {
    const char *at;
    size_t len;
};

static bool span_is(struct span s, const char *text)
{
    return strlen(text) == s.len && memcmp(s.at, text, s.len) == 0;
}

const char *event_verb_name(enum event_verb verb)
{
    return (unsigned)verb < EVENT_VERBS ? verbs[verb].name : "?";
}

static int verb_of(struct span word)
{
    for (int i = 0; i < EVENT_VERBS; i++) {
        if (span_is(word, verbs[i].name))
            return i;
    }
    return -1;
}

int event_verb_parse(const char *name)
{
    return verb_of((struct span){name, strlen(name)});
}

const char *event_outcome_name(enum event_outcome outcome)
{
    return (unsigned)outcome < sizeof(outcomes) / sizeof(outcomes[0]) ? outcomes[outcome] : "?";
}

/* Decimal digits, with a minus sign where `low` allows one. Nothing else: no plus, no spaces. */
static int parse_number(struct span s, int64_t low, int64_t high, int64_t *value)
{
    bool minus = s.len > 0 && s.at[0] == '-' && low < 0;
    int64_t sum = 0;

    if (s.len == (minus ? 1u : 0u))
        return -EINVAL;
    for (size_t i = minus ? 1 : 0; i < s.len; i++) {
        int digit = s.at[i] - '0';

        if (digit < 0 || digit > 9 || __builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_sub_overflow(sum, digit, &sum))
            return -EINVAL;
    }
    /* Summed downwards, because the most negative number has no positive twin. */
    if (!minus && __builtin_sub_overflow(0, sum, &sum))
        return -EINVAL;
    if (sum < low || sum > high)
        return -EINVAL;
    *value = sum;
    return 0;
}

static int parse_outcome(struct span s, enum event_outcome *outcome)
{
    for (int i = OUTCOME_DONE; i <= OUTCOME_CANCELLED; i++) {
        if (span_is(s, outcomes[i])) {
            *outcome = (enum event_outcome)i;
            return 0;
        }
    }
    return -EINVAL;
}

/* Stores the value of one key; name is kept as a span until the whole line is known to be good. */
static int take_value(enum key key, struct span value, struct event *ev, struct span *name,
                      int64_t *stamp)
{
    int64_t n = 0;
    int rc = 0;

    switch (key) {
    case KEY_ID: return parse_number(value, 0, INT64_MAX, &ev->id);
    case KEY_T: return parse_number(value, 0, INT64_MAX, stamp);
    case KEY_OUTCOME: return parse_outcome(value, &ev->outcome);
    case KEY_N: rc = parse_number(value, 1, INT_MAX, &n); break;
    case KEY_LEVEL: rc = parse_number(value, 1, 9, &n); break;
    case KEY_RC: rc = parse_number(value, INT_MIN, INT_MAX, &n); break;
    case KEY_NAME: *name = value; return value.len > 0 ? 0 : -EINVAL;
    case KEYS: return -EINVAL;
    }
    ev->n = (long)n;
    return rc;
}

/* The next word of the line, or an empty one at its end. */
static struct span next_word(const char **at, const char *end)
{
    struct span word;

    while (*at < end && **at == ' ')
        (*at)++;
    word.at = *at;
    while (*at < end && **at != ' ')
        (*at)++;
    word.len = (size_t)(*at - word.at);
    return word;
}

/* One `key=value`. `seen` gathers the keys, so that a doubled one is an error. */
static int take_pair(struct span word, unsigned allowed, unsigned *seen, struct event *ev,
                     struct span *name, int64_t *stamp)
{
    const char *equals = memchr(word.at, '=', word.len);
    struct span key, value;

    if (equals == NULL || equals == word.at)
        return -EINVAL;
    key = (struct span){word.at, (size_t)(equals - word.at)};
    value = (struct span){equals + 1, word.len - key.len - 1};
    for (int i = 0; i < KEYS; i++) {
        if (!span_is(key, key_names[i]))
            continue;
        if ((*seen & KEY_BIT(i)) != 0)
            return -EINVAL;
        *seen |= KEY_BIT(i);
        return (allowed & KEY_BIT(i)) != 0 ? take_value((enum key)i, value, ev, name, stamp) : 0;
    }
    return 0;
}

int event_parse(const char *line, size_t len, struct event *ev, int64_t *stamp)
{
    const char *at = line, *end = line + len;
    struct span name = {NULL, 0}, word;
    unsigned seen = 0, allowed;
    int verb;

    *stamp = -1;
    if (len == 0 || len >= EVENT_LINE_MAX || memchr(line, '\0', len) != NULL ||
        memchr(line, '\n', len) != NULL)
        return -EINVAL;
    word = next_word(&at, end);
    verb = verb_of(word);
    if (verb < 0)
        return -EINVAL;
    *ev = (struct event){.t_ns = -1, .verb = (enum event_verb)verb, .id = -1};
    allowed = verbs[verb].needs | verbs[verb].takes | KEY_BIT(KEY_T);
    for (word = next_word(&at, end); word.len > 0; word = next_word(&at, end)) {
        if (take_pair(word, allowed, &seen, ev, &name, stamp) < 0)
            return -EINVAL;
    }
    if ((seen & verbs[verb].needs) != verbs[verb].needs)
        return -EINVAL;
    if (name.at != NULL)
        ev->name = mem_strndup(name.at, name.len);
    return 0;
}

int event_print(const struct event *ev, char *out, size_t room)
{
    unsigned keys = verbs[ev->verb].needs | verbs[ev->verb].takes;
    char id[32] = "", number[48] = "";
    bool has_name = (keys & NAME) != 0 && ev->name != NULL;

    if ((keys & ID) != 0 && ev->id >= 0)
        snprintf(id, sizeof(id), " id=%lld", (long long)ev->id);
    if ((keys & KEY_BIT(KEY_N)) != 0)
        snprintf(number, sizeof(number), " n=%ld", ev->n);
    else if ((keys & KEY_BIT(KEY_LEVEL)) != 0)
        snprintf(number, sizeof(number), " level=%ld", ev->n);
    else if ((keys & KEY_BIT(KEY_RC)) != 0)
        snprintf(number, sizeof(number), " rc=%ld", ev->n);
    else if ((keys & KEY_BIT(KEY_OUTCOME)) != 0)
        snprintf(number, sizeof(number), " outcome=%s", event_outcome_name(ev->outcome));
    return snprintf(out, room, "%s%s%s%s%s", event_verb_name(ev->verb), id,
                    has_name ? " name=" : "", has_name ? ev->name : "", number);
}
