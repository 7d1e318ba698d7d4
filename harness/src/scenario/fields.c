#include "scenario/fields.h"
#include "scenario/node_type.h"
#include "scenario/pattern.h"
#include "scenario/point.h"
#include "scenario/suggest.h"
#include "support/duration.h"
#include "support/signals.h"
#include "trial/event.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static const char *event_word(int i)
{
    return event_verb_name((enum event_verb)i);
}
const struct words words_event = {"event", "an event", event_word, EVENT_VERBS};

/* ---- mistakes ---- */

bool problem(struct load *l, const struct node *at, const char *hint, const char *format, ...)
{
    va_list args;
    char *message = NULL;

    va_start(args, format);
    if (vasprintf(&message, format, args) < 0)
        message = mem_strdup("out of memory");
    va_end(args);
    diagnostics_add(l->diags, at->at, message, hint != NULL ? mem_strdup(hint) : NULL);
    return false;
}

const struct node *node_title(const struct node *map)
{
    return map->key != NULL && !map->is_item ? map->key : map;
}

/* How a message calls a node: "`times`", "an item of `command`". */
static char *label(const struct node *node, char *out, size_t room)
{
    if (node->key == NULL)
        snprintf(out, room, node->is_item ? "an item" : "a scenario");
    else
        snprintf(out, room, "%s`%.60s`", node->is_item ? "an item of " : "", node->key->text);
    return out;
}

bool wrong_type(struct load *l, const struct node *node, const char *wanted, const char *hint)
{
    char name[100];

    return problem(l, node, hint, "%s must be %s, not %s", label(node, name, sizeof(name)), wanted,
                   node_type(node));
}

bool field_list(struct load *l, const struct node *node)
{
    if (node->kind == NODE_LIST)
        return true;
    return wrong_type(
        l, node, "a list",
        node->kind == NODE_SCALAR && !node_is_nothing(node) ? "a list is written [a, b]" : NULL);
}

/* ---- scalars ---- */

bool field_text(struct load *l, const struct node *node, char **out)
{
    char hint[100];

    if (node->kind != NODE_SCALAR || node_is_nothing(node))
        return wrong_type(l, node, "text", NULL);
    if (node_is_number(node) || node_is_boolean(node)) {
        snprintf(hint, sizeof(hint), "write \"%.60s\"", node->text);
        return wrong_type(l, node, "text", hint);
    }
    if (strlen(node->text) != node->len)
        return problem(l, node, NULL, "text can't hold a NUL character");
    free(*out);
    *out = mem_strdup(node->text);
    return true;
}

bool field_filled(struct load *l, const struct node *node, char **out)
{
    char name[100];

    if (!field_text(l, node, out))
        return false;
    if ((*out)[0] == '\0')
        return problem(l, node, NULL, "%s is empty", label(node, name, sizeof(name)));
    return true;
}

bool field_bool(struct load *l, const struct node *node, bool *out)
{
    static const char *const yes[] = {"yes", "on", "y", "true", "1", NULL};
    static const char *const no[] = {"no", "off", "n", "false", "0", NULL};
    const char *hint = "true or false";

    if (node->kind == NODE_SCALAR && !node->quoted) {
        if (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0) {
            *out = node->text[0] == 't';
            return true;
        }
    }
    for (int i = 0; node->kind == NODE_SCALAR && yes[i] != NULL; i++) {
        if (strcasecmp(node->text, yes[i]) == 0)
            hint = "write true";
        if (strcasecmp(node->text, no[i]) == 0)
            hint = "write false";
    }
    if (node->kind == NODE_SCALAR && !node_is_nothing(node)) {
        char name[100];

        return problem(l, node, hint, "%s must be true or false, not `%.40s`",
                       label(node, name, sizeof(name)), node->text);
    }
    return wrong_type(l, node, "true or false", NULL);
}

bool field_whole(struct load *l, const struct node *node, long min, long max, long *out)
{
    char name[100];
    long value;

    if (!node_is_whole(node))
        return wrong_type(l, node, "a whole number", NULL);
    label(node, name, sizeof(name));
    errno = 0;
    value = strtol(node->text, NULL, 10);
    if (errno == ERANGE || value < min || value > max)
        return problem(l, node, NULL, "%s is %.30s, and must be from %ld to %ld", name, node->text,
                       min, max);
    *out = value;
    return true;
}

bool field_count(struct load *l, const struct node *node, struct count_cond *out)
{
    char name[100];

    label(node, name, sizeof(name));
    if (node->kind != NODE_SCALAR || node_is_nothing(node))
        return wrong_type(l, node, "a count", "such as 4 or \">=1\"");
    if (strlen(node->text) != node->len || count_parse(node->text, out) < 0)
        return problem(l, node, "such as 4 or \">=1\"", "%s is not a count: `%.40s`", name,
                       node->text);
    return true;
}

bool field_duration(struct load *l, const struct node *node, int64_t *ns)
{
    char name[100], hint[100];

    label(node, name, sizeof(name));
    if (node->kind != NODE_SCALAR || node_is_nothing(node))
        return wrong_type(l, node, "a duration", "such as 50ms");
    switch (strlen(node->text) != node->len ? -EINVAL : duration_parse(node->text, ns)) {
    case 0: return true;
    case -EDOM:
        snprintf(hint, sizeof(hint), "%.20sms or %.20ss? the units are us ms s m", node->text,
                 node->text);
        return problem(l, node, hint, "%s needs a unit", name);
    case -ERANGE: return problem(l, node, NULL, "%s is out of range: `%.40s`", name, node->text);
    default:
        return problem(l, node, "a number and a unit (us ms s m), such as 50ms",
                       "%s is not a duration: `%.40s`", name, node->text);
    }
}

bool field_signal(struct load *l, const struct node *node, int *out)
{
    char name[100], hint[100];
    struct suggestion near;
    int number;

    if (node->kind != NODE_SCALAR || node_is_nothing(node) || node_is_boolean(node) ||
        node_is_number(node)) {
        number = node_is_whole(node) ? atoi(node->text) : 0;
        snprintf(hint, sizeof(hint), "by its name: %s",
                 number > 0 && number < 32 ? signal_label(number) : "INT");
        return wrong_type(l, node, "a signal", hint);
    }
    number = strlen(node->text) == node->len ? signal_number(node->text) : 0;
    if (number > 0) {
        *out = number;
        return true;
    }
    near = suggest_for(strncasecmp(node->text, "SIG", 3) == 0 ? node->text + 3 : node->text);
    for (int i = 1; i < 32; i++)
        suggest_try(&near, signal_label(i));
    snprintf(hint, sizeof(hint), "did you mean `%s`?", near.word != NULL ? near.word : "");
    return problem(l, node, near.word != NULL ? hint : NULL, "%s is no signal: `%.40s`",
                   label(node, name, sizeof(name)), node->text);
}

bool field_word(struct load *l, const struct node *node, const struct words *words, int *out)
{
    struct suggestion near;
    struct buf hint = {0};

    if (node->kind == NODE_SCALAR && strlen(node->text) == node->len) {
        for (int i = 0; i < words->n; i++) {
            if (strcmp(words->at(i), node->text) == 0) {
                *out = i;
                return true;
            }
        }
    }
    near = suggest_for(node->kind == NODE_SCALAR ? node->text : "");
    for (int i = 0; i < words->n; i++)
        suggest_try(&near, words->at(i));
    if (near.word != NULL)
        buf_addf(&hint, "did you mean `%s`?", near.word);
    else
        for (int i = 0; i < words->n; i++)
            buf_addf(&hint, "%s%s", i == 0 ? "one of: " : " ", words->at(i));
    if (node->kind != NODE_SCALAR || node_is_nothing(node))
        wrong_type(l, node, words->what, hint.data);
    else
        problem(l, node, hint.data, "`%.40s` is not %s", node->text, words->what);
    buf_free(&hint);
    return false;
}

bool field_regex(struct load *l, const struct node *node, char **out)
{
    struct error reason = {0};

    if (!field_text(l, node, out))
        return false;
    if (pattern_check(*out, &reason) < 0)
        return problem(l, node, NULL, "%s", reason.text);
    return true;
}

bool field_event(struct load *l, const struct node *node, char **out)
{
    int verb;

    if (!field_word(l, node, &words_event, &verb))
        return false;
    free(*out);
    *out = mem_strdup(node->text);
    return true;
}

bool field_path(struct load *l, const struct node *node, bool folder, char **out)
{
    char *given = NULL, *joined, *full;
    struct stat st;
    bool fine = false;

    if (!field_filled(l, node, &given)) {
        free(given);
        return false;
    }
    joined = given[0] == '/' ? mem_strdup(given) : mem_printf("%s/%s", l->folder, given);
    full = realpath(joined, NULL);
    if (full == NULL || stat(full, &st) < 0)
        problem(l, node, "paths are relative to the YAML file's folder", "`%.200s`: %s", given,
                strerror(errno));
    else if (folder != S_ISDIR(st.st_mode))
        problem(l, node, NULL, "`%.200s` is %s directory", given, folder ? "not a" : "a");
    else
        fine = true;
    if (fine) {
        free(*out);
        *out = full;
        full = NULL;
    }
    free(full);
    free(joined);
    free(given);
    return fine;
}

/* ---- lists ---- */

bool field_texts(struct load *l, const struct node *node, field_reader *read, char ***out)
{
    char **list;
    size_t n = 0;
    bool fine = true;

    if (!field_list(l, node))
        return false;
    list = mem_alloc((node->n + 1) * sizeof(*list));
    for (size_t i = 0; i < node->n; i++) {
        if (read(l, node->items[i], &list[n])) {
            n++;
        } else {
            free(list[n]);
            list[n] = NULL;
            fine = false;
        }
    }
    *out = list; /* also when incomplete: scenario_free ends it */
    return fine;
}

bool field_command(struct load *l, const struct node *node, char ***out)
{
    char name[100];

    if (!field_texts(l, node, field_text, out))
        return false;
    label(node, name, sizeof(name));
    if ((*out)[0] == NULL)
        return problem(l, node, NULL, "%s is empty: it needs a program to run", name);
    if ((*out)[0][0] == '\0')
        return problem(l, node->items[0], NULL, "the name of the program is empty");
    return true;
}
