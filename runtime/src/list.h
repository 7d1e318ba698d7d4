/* list.h - intrusive, doubly linked, circular lists. A head is a link that points to itself when
 * empty. */
#ifndef QS_LIST_H
#define QS_LIST_H

#include "quiesce.h"

#define CONTAINER(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

static inline void list_init(struct qs_link *head)
{
    head->next = head->prev = head;
}

static inline bool list_empty(const struct qs_link *head)
{
    return head->next == head;
}

static inline void list_append(struct qs_link *head, struct qs_link *link)
{
    link->prev = head->prev;
    link->next = head;
    head->prev->next = link;
    head->prev = link;
}

static inline void list_remove(struct qs_link *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
}

/* Moves all of from to the end of to. */
static inline void list_splice(struct qs_link *to, struct qs_link *from)
{
    if (list_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}

#endif
