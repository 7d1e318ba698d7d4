#include "judge/check.h"

#include <stdlib.h>

#define SUBJECT_MOST  160
#define SENTENCE_MOST 2000

/* Every text passes here on its way out, so no check can forget to make it safe. */
static void add(struct findings *f, bool warning, enum finding_kind kind, const char *subject,
                const char *message, const char *expected, const char *seen)
{
    f->list = mem_grow(f->list, f->n + 1, sizeof(*f->list));
    f->list[f->n++] = (struct finding){
        .kind = kind,
        .subject = text_safe(subject, SUBJECT_MOST),
        .message = text_safe(message, SENTENCE_MOST),
        .expected = text_safe(expected, SENTENCE_MOST),
        .seen = text_safe(seen, SENTENCE_MOST),
        .warning = warning,
    };
    *(warning ? &f->warnings : &f->kinds) |= KIND_BIT(kind);
}

void findings_add(struct findings *f, enum finding_kind kind, const char *subject,
                  const char *message, const char *expected, const char *seen)
{
    add(f, false, kind, subject, message, expected, seen);
}

void findings_warn(struct findings *f, enum finding_kind kind, const char *subject,
                   const char *message, const char *expected, const char *seen)
{
    add(f, true, kind, subject, message, expected, seen);
}

void findings_untested(struct findings *f, const char *reason)
{
    f->untested = mem_grow(f->untested, f->untested_n + 1, sizeof(*f->untested));
    f->untested[f->untested_n++] = text_safe(reason, SENTENCE_MOST);
}

void findings_free(struct findings *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->list[i].subject);
        free(f->list[i].message);
        free(f->list[i].expected);
        free(f->list[i].seen);
    }
    for (size_t i = 0; i < f->untested_n; i++)
        free(f->untested[i]);
    free(f->list);
    free(f->untested);
    *f = (struct findings){0};
}
