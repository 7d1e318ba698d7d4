#include "events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void copy_word(char *out, size_t room, const char *from, size_t len)
{
    if (len >= room)
        len = room - 1;
    memcpy(out, from, len);
    out[len] = '\0';
}

bool events_read(const char *text, struct event_line *out)
{
    char *p;

    *out = (struct event_line){.id = -1};
    errno = 0;
    out->t_ns = strtoll(text, &p, 10);
    if (p == text || *p != ' ' || errno != 0 || out->t_ns < 0)
        return false;
    text = p + 1;
    copy_word(out->verb, sizeof(out->verb), text, strcspn(text, " "));
    if (out->verb[0] == '\0')
        return false;
    for (text += strcspn(text, " "); *text != '\0'; text += strcspn(text, " ")) {
        text += strspn(text, " ");
        if (strncmp(text, "id=", 3) == 0)
            out->id = strtoll(text + 3, NULL, 10);
        else if (strncmp(text, "rc=", 3) == 0)
            out->rc = strtoll(text + 3, NULL, 10);
        else if (strncmp(text, "name=", 5) == 0)
            copy_word(out->name, sizeof(out->name), text + 5, strcspn(text + 5, " "));
    }
    return true;
}

void events_count(const json_t *trial, int64_t since_ns, size_t *events, size_t *cleanups)
{
    struct event_line e;
    json_t *item;
    size_t i;

    *events = *cleanups = 0;
    json_array_foreach(json_object_get(trial, "events"), i, item)
    {
        const char *text = json_string_value(item);

        if (text == NULL || !events_read(text, &e))
            continue;
        ++*events;
        *cleanups += e.t_ns >= since_ns && strcmp(e.verb, "cleanup.begin") == 0;
    }
}
