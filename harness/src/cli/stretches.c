#include "cli/stretches.h"

#include "support/buf.h"

#include <stdlib.h>
#include <string.h>

static bool alike(const struct look *a, const struct look *b)
{
    return a->outcome == b->outcome && a->how == b->how && a->value == b->value &&
           a->kinds == b->kinds && a->warnings == b->warnings && a->masked == b->masked;
}

/* The index of the first stretch that begins after the number. */
static size_t place_of(const struct stretches *s, size_t number)
{
    size_t low = 0, high = s->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->list[middle].first < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void drop(struct stretches *s, size_t i)
{
    memmove(s->list + i, s->list + i + 1, (s->n - i - 1) * sizeof(*s->list));
    s->n--;
}

void stretches_add(struct stretches *s, size_t number, struct look look, uint32_t site)
{
    size_t at = place_of(s, number);
    struct stretch *before = at > 0 ? &s->list[at - 1] : NULL;
    struct stretch *after = at < s->n ? &s->list[at] : NULL;
    bool joins_before = before != NULL && before->last + 1 == number && alike(&before->look, &look);
    bool joins_after = after != NULL && number + 1 == after->first && alike(&after->look, &look);

    if (joins_before) {
        before->last = joins_after ? after->last : number;
        if (joins_after)
            drop(s, at);
        return;
    }
    if (joins_after) {
        after->first = number;
        after->site = site;
        return;
    }
    if (s->n == s->room) {
        s->room = 2 * s->room + 16;
        s->list = mem_grow(s->list, s->room, sizeof(*s->list));
    }
    memmove(s->list + at + 1, s->list + at, (s->n - at) * sizeof(*s->list));
    s->n++;
    s->list[at] = (struct stretch){.first = number, .last = number, .look = look, .site = site};
}

void stretches_free(struct stretches *s)
{
    free(s->list);
    *s = (struct stretches){0};
}
