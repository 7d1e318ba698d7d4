#include "judge/check.h"

#include <stdlib.h>
#include <string.h>

/* Findings of one kind: a program may name each task's cleanup anew. */
#define TALLY_SUBJECTS 16
/* Ids listed in a message. */
#define TALLY_IDS 8

struct tally_entry {
    char *subject;
    size_t first; /* place in the record */
    uint64_t hits;
    int64_t ids[TALLY_IDS];
    size_t ids_n;
    uint64_t ids_more;
    int64_t last_id; /* hits come task by task, so this is enough to count each once */
};

void tally_add(struct tally *t, const char *subject, int64_t id, size_t place)
{
    struct tally_entry *e = NULL;

    for (size_t i = 0; i < t->n && e == NULL; i++) {
        if (strcmp(t->list[i].subject, subject) == 0)
            e = &t->list[i];
    }
    if (e == NULL && t->n == TALLY_SUBJECTS) {
        t->others++;
        return;
    }
    if (e == NULL) {
        t->list = mem_grow(t->list, t->n + 1, sizeof(*t->list));
        e = &t->list[t->n++];
        *e = (struct tally_entry){.subject = mem_strdup(subject), .first = place, .last_id = -1};
    }
    e->hits++;
    if (place < e->first)
        e->first = place;
    if (id < 0 || id == e->last_id)
        return;
    e->last_id = id;
    if (e->ids_n < TALLY_IDS)
        e->ids[e->ids_n++] = id;
    else
        e->ids_more++;
}

static int by_place(const void *a, const void *b)
{
    const struct tally_entry *x = a, *y = b;

    return (x->first > y->first) - (x->first < y->first);
}

/* " of task 3", " of 12 tasks", or nothing for what belongs to the process. */
static char *who(const struct tally_entry *e)
{
    if (e->ids_n == 0)
        return mem_strdup("");
    if (e->ids_n == 1)
        return mem_printf(" of task %lld", (long long)e->ids[0]);
    return mem_printf(" of %llu tasks", (unsigned long long)(e->ids_n + e->ids_more));
}

static void add_ids(struct buf *b, const struct tally_entry *e)
{
    for (size_t i = 0; i < e->ids_n; i++)
        buf_addf(b, "%s%lld", i == 0 ? "" : ", ", (long long)e->ids[i]);
    if (e->ids_more > 0)
        buf_adds(b, ", ...");
}

static void report_entry(const struct tally *t, const struct tally_entry *e, struct findings *out,
                         const char *format, const char *expected)
{
    char *owner = who(e), *subject = text_safe(e->subject, 100);
    struct buf message = {0}, seen = {0};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    buf_addf(&message, format, subject, owner);
#pragma GCC diagnostic pop
    if (e->ids_n > 1) {
        buf_adds(&message, " (tasks ");
        add_ids(&message, e);
        buf_adds(&message, ")");
    }
    buf_addf(&seen, "%llu time%s", (unsigned long long)e->hits, e->hits == 1 ? "" : "s");
    if (e->ids_n > 0) {
        buf_adds(&seen, e->ids_n == 1 ? ", task " : ", tasks ");
        add_ids(&seen, e);
    }
    findings_add(out, t->kind, e->subject, message.data, expected, seen.data);
    buf_free(&message);
    buf_free(&seen);
    free(owner);
    free(subject);
}

void tally_report(struct tally *t, struct findings *out, const char *format, const char *expected)
{
    if (t->n > 0)
        qsort(t->list, t->n, sizeof(*t->list), by_place);
    for (size_t i = 0; i < t->n; i++) {
        report_entry(t, &t->list[i], out, format, expected);
        free(t->list[i].subject);
    }
    if (t->others > 0) {
        char *seen = mem_printf("%llu more", (unsigned long long)t->others);
        findings_add(out, t->kind, "(others)", "the same under more names than are listed",
                     expected, seen);
        free(seen);
    }
    free(t->list);
    *t = (struct tally){.kind = t->kind};
}
