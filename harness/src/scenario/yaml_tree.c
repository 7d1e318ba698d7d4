#include "scenario/yaml_tree.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define DEPTH_MAX  32
#define WEIGHT_MAX 20000 /* nodes of a file with its aliases written out: stops alias bombs */

struct builder {
    yaml_parser_t parser;
    const struct source *src;
    struct yaml_tree *tree;
    struct diagnostics *diags;
    struct anchor {
        char *name;
        struct node *node; /* NULL while the node it names is still being read */
    } * anchors;
    size_t anchors_n;
    size_t weight;
};

static struct place place_of(yaml_mark_t start, yaml_mark_t end)
{
    struct place at = {(unsigned)start.line + 1, (unsigned)start.column + 1, 0};

    if (end.line == start.line)
        at.width = end.column > start.column ? (unsigned)(end.column - start.column) : 1;
    return at;
}

static struct node *fail(struct builder *b, struct place at, const char *message, const char *hint)
{
    diagnostics_add(b->diags, at, mem_strdup(message), hint != NULL ? mem_strdup(hint) : NULL);
    return NULL;
}

/* What helps with libyaml's terser problems. */
static const char *syntax_hint(const char *problem, char at)
{
    if (strstr(problem, "cannot start any token") != NULL)
        return at == '\t' ? "tabs can't indent YAML: use spaces" : "put the text in quotes";
    if (strstr(problem, "tab") != NULL)
        return "tabs can't indent YAML: use spaces";
    if (strstr(problem, "mapping values are not allowed") != NULL)
        return "text with `: ` in it needs quotes; or the indentation is off";
    if (strstr(problem, "did not find expected key") != NULL)
        return "check the indentation, and the line before";
    if (strstr(problem, "unknown escape") != NULL)
        return "in single quotes a backslash stands for itself";
    if (strstr(problem, "',' or ']'") != NULL)
        return "is a `]` missing?";
    if (strstr(problem, "',' or '}'") != NULL)
        return "is a `}` missing?";
    return NULL;
}

static struct node *syntax_error(struct builder *b)
{
    const yaml_parser_t *p = &b->parser;
    struct place at = place_of(p->problem_mark, p->problem_mark);
    const char *problem = p->problem != NULL ? p->problem : "not YAML";
    const char *text, *hint;
    size_t len, skipped = 0;
    char *message;

    if (p->error == YAML_MEMORY_ERROR)
        problem = "out of memory";
    len = source_line(b->src, at.line, &text);
    for (unsigned col = 1; col < at.col && skipped < len; col++) {
        unsigned code;
        size_t n = utf8_length((const unsigned char *)text + skipped, len - skipped, &code);
        skipped += n != 0 ? n : 1;
    }
    hint = syntax_hint(problem, skipped < len ? text[skipped] : '\0');
    if (p->context != NULL && p->context_mark.line != p->problem_mark.line)
        message = mem_printf("%s, %s that begins at line %zu", problem, p->context,
                             p->context_mark.line + 1);
    else
        message = mem_strdup(problem);
    diagnostics_add(b->diags, at, message, hint != NULL ? mem_strdup(hint) : NULL);
    return NULL;
}

static struct node *node_new(struct builder *b, enum node_kind kind, struct place at)
{
    struct yaml_tree *t = b->tree;
    struct node *node = mem_alloc(sizeof(*node));

    if (t->all_n == t->room) {
        t->room = 2 * t->room + 64;
        t->all = mem_grow(t->all, t->room, sizeof(*t->all));
    }
    t->all[t->all_n++] = node;
    node->kind = kind;
    node->at = at;
    node->weight = 1;
    return node;
}

/* ---- anchors ---- */

static struct anchor *anchor_find(struct builder *b, const char *name)
{
    for (size_t i = b->anchors_n; i-- > 0;) { /* a name may be given again: the last one counts */
        if (strcmp(b->anchors[i].name, name) == 0)
            return &b->anchors[i];
    }
    return NULL;
}

/* Returns the index of the anchor, or -1 when the node has none. */
static long anchor_open(struct builder *b, const yaml_char_t *name)
{
    if (name == NULL)
        return -1;
    b->anchors = mem_grow(b->anchors, b->anchors_n + 1, sizeof(*b->anchors));
    b->anchors[b->anchors_n] = (struct anchor){mem_strdup((const char *)name), NULL};
    return (long)b->anchors_n++;
}

static struct node *alias_node(struct builder *b, const yaml_event_t *event)
{
    struct place at = place_of(event->start_mark, event->end_mark);
    struct anchor *anchor = anchor_find(b, (const char *)event->data.alias.anchor);
    struct node *node;

    if (anchor == NULL)
        return fail(b, at, "an alias of an anchor that is not there",
                    "anchors come first: `&name`");
    if (anchor->node == NULL)
        return fail(b, at, "an alias inside the node that it stands for", NULL);
    node = node_new(b, anchor->node->kind, at);
    node->text = anchor->node->text;
    node->len = anchor->node->len;
    node->quoted = anchor->node->quoted;
    node->items = anchor->node->items;
    node->n = anchor->node->n;
    node->weight = anchor->node->weight;
    node->is_alias = true;
    return node;
}

/* ---- nodes ---- */

static struct node *read_node(struct builder *b, const yaml_event_t *event, unsigned depth);

static bool next_event(struct builder *b, yaml_event_t *event)
{
    if (yaml_parser_parse(&b->parser, event))
        return true;
    syntax_error(b);
    return false;
}

/* Reads items up to the end event. False after a mistake. */
static bool read_items(struct builder *b, struct node *node, yaml_event_type_t end, unsigned depth)
{
    size_t room = 0;

    for (;;) {
        yaml_event_t event;
        struct node *item;

        if (!next_event(b, &event))
            return false;
        if (event.type == end) {
            if (event.end_mark.line + 1 == node->at.line)
                node->at.width = (unsigned)event.end_mark.column + 1 - node->at.col;
            yaml_event_delete(&event);
            return true;
        }
        item = read_node(b, &event, depth + 1);
        yaml_event_delete(&event);
        if (item == NULL)
            return false;
        if (node->n == room) {
            room = 2 * room + 8;
            node->items = mem_grow(node->items, room, sizeof(*node->items));
        }
        if (node->kind == NODE_LIST)
            item->is_item = true;
        else if (node->n % 2 == 1)
            item->key = node->items[node->n - 1];
        node->items[node->n++] = item;
        node->weight += item->weight;
    }
}

static struct node *read_scalar(struct builder *b, const yaml_event_t *event)
{
    struct node *node = node_new(b, NODE_SCALAR, place_of(event->start_mark, event->end_mark));

    node->len = event->data.scalar.length;
    node->text = mem_alloc(node->len + 1);
    memcpy(node->text, event->data.scalar.value, node->len);
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return node;
}

/* The node that the event begins; NULL after a mistake. */
static struct node *read_node(struct builder *b, const yaml_event_t *event, unsigned depth)
{
    struct place at = place_of(event->start_mark, event->end_mark);
    const yaml_char_t *anchor = NULL, *tag = NULL;
    struct node *node = NULL;
    long opened;
    bool whole = true;

    if (depth > DEPTH_MAX)
        return fail(b, at, "nested too deeply", "a scenario needs no more than 8 levels");
    switch (event->type) {
    case YAML_ALIAS_EVENT: break;
    case YAML_SCALAR_EVENT:
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
        break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
        break;
    default: return fail(b, at, "not YAML", NULL);
    }
    if (tag != NULL)
        return fail(b, at, "YAML tags (`!...`) are not understood in a scenario",
                    "text that begins with `!` needs quotes");
    opened = anchor_open(b, anchor);
    if (event->type == YAML_ALIAS_EVENT) {
        node = alias_node(b, event);
    } else if (event->type == YAML_SCALAR_EVENT) {
        node = read_scalar(b, event);
    } else {
        bool list = event->type == YAML_SEQUENCE_START_EVENT;

        at.width = 0;
        node = node_new(b, list ? NODE_LIST : NODE_MAP, at);
        whole = read_items(b, node, list ? YAML_SEQUENCE_END_EVENT : YAML_MAPPING_END_EVENT, depth);
    }
    if (node == NULL || !whole)
        return NULL;
    b->weight += event->type == YAML_ALIAS_EVENT ? node->weight : 1;
    if (b->weight > WEIGHT_MAX)
        return fail(b, at, "too many values for a scenario, aliases counted each time", NULL);
    if (opened >= 0)
        b->anchors[opened].node = node;
    return node;
}

/* ---- the document ---- */

static struct node *read_document(struct builder *b)
{
    struct node *root = NULL;

    for (;;) {
        yaml_event_t event;
        yaml_event_type_t type;
        bool ok = true;

        if (!next_event(b, &event))
            return NULL;
        type = event.type;
        if (type == YAML_DOCUMENT_START_EVENT && root != NULL) {
            fail(b, place_of(event.start_mark, event.end_mark), "a second document in one file",
                 "one file holds one scenario");
            ok = false;
        } else if (type == YAML_SCALAR_EVENT || type == YAML_SEQUENCE_START_EVENT ||
                   type == YAML_MAPPING_START_EVENT || type == YAML_ALIAS_EVENT) {
            root = read_node(b, &event, 1);
            ok = root != NULL;
        }
        yaml_event_delete(&event);
        if (!ok)
            return NULL;
        if (type == YAML_STREAM_END_EVENT)
            break;
    }
    if (root == NULL)
        return fail(b, (struct place){1, 1, 1}, "the file is empty",
                    "docs/reference/scenario.md shows what it may hold");
    return root;
}

/* Gives the items of a list the key that the list is the value of. A list is made before its items,
 * so one pass in that order reaches lists in lists too. */
static void name_items(struct yaml_tree *t)
{
    for (size_t i = 0; i < t->all_n; i++) {
        const struct node *list = t->all[i];

        if (list->kind != NODE_LIST || list->is_alias)
            continue;
        for (size_t k = 0; k < list->n; k++)
            list->items[k]->key = list->key;
    }
}

void yaml_tree_parse(struct yaml_tree *t, const struct source *src, struct diagnostics *d)
{
    struct builder b = {.src = src, .tree = t, .diags = d};

    *t = (struct yaml_tree){0};
    if (!yaml_parser_initialize(&b.parser)) {
        fail(&b, (struct place){1, 1, 1}, "out of memory", NULL);
        return;
    }
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)src->text.data, src->text.len);
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    t->root = read_document(&b);
    name_items(t);
    yaml_parser_delete(&b.parser);
    for (size_t i = 0; i < b.anchors_n; i++)
        free(b.anchors[i].name);
    free(b.anchors);
}

void yaml_tree_free(struct yaml_tree *t)
{
    for (size_t i = 0; i < t->all_n; i++) {
        if (!t->all[i]->is_alias) {
            free(t->all[i]->text);
            free(t->all[i]->items);
        }
        free(t->all[i]);
    }
    free(t->all);
    *t = (struct yaml_tree){0};
}

const struct node *node_find(const struct node *map, const char *key)
{
    if (map == NULL || map->kind != NODE_MAP)
        return NULL;
    for (size_t i = 0; i + 1 < map->n; i += 2) {
        const struct node *name = map->items[i];
        if (name->kind == NODE_SCALAR && strcmp(name->text, key) == 0)
            return map->items[i + 1];
    }
    return NULL;
}
