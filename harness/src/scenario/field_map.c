/* field_map.c - maps by their key tables: unknown, duplicate and missing keys. */
#include "scenario/fields.h"
#include "scenario/node_type.h"
#include "scenario/suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void unknown_key(struct load *l, const struct node *key, const struct key_table *table)
{
    struct suggestion near = suggest_for(key->text);
    char *hint = NULL;

    for (const struct key *known = table->keys; known->name != NULL; known++)
        suggest_try(&near, known->name);
    if (near.word != NULL)
        hint = mem_printf("did you mean `%s`?", near.word);
    else if (strcmp(key->text, "<<") == 0)
        hint =
            mem_strdup("merge keys are not understood; an alias `*name` stands for a whole value");
    else {
        struct buf all = {0};

        for (const struct key *known = table->keys; known->name != NULL; known++)
            buf_addf(&all, "%s%s", known == table->keys ? "it may hold: " : " ", known->name);
        hint = buf_take(&all);
    }
    problem(l, key, hint, "unknown key `%.60s` in %s", key->text, table->what);
    free(hint);
}

/* Whether the key at items[i] is well formed and stands there for the first time. */
bool field_key_usable(struct load *l, const struct node *map, size_t i)
{
    const struct node *key = map->items[i];

    if (key->kind != NODE_SCALAR)
        return problem(l, key, NULL, "a key must be text, not %s", node_type(key));
    if (node_is_nothing(key))
        return problem(l, key, NULL, "a key is missing before the `:`");
    if (strlen(key->text) != key->len)
        return problem(l, key, NULL, "a key holds a NUL character");
    for (size_t k = 0; k < i; k += 2) {
        const struct node *other = map->items[k];

        if (other->kind == NODE_SCALAR && strcmp(other->text, key->text) == 0) {
            char hint[60];

            snprintf(hint, sizeof(hint), "it is at line %u already", other->at.line);
            return problem(l, key, hint, "duplicate key `%.60s`", key->text);
        }
    }
    return true;
}

bool field_map(struct load *l, const struct node *node, const struct key_table *table, void *into)
{
    const struct key *known;

    if (node->kind != NODE_MAP) {
        struct buf hint = {0};

        for (known = table->keys; known->name != NULL; known++)
            buf_addf(&hint, "%s%s", known == table->keys ? "a map of: " : " ", known->name);
        wrong_type(l, node, "a map", hint.data);
        buf_free(&hint);
        return false;
    }
    for (size_t i = 0; i + 1 < node->n; i += 2) {
        if (!field_key_usable(l, node, i))
            continue;
        for (known = table->keys; known->name != NULL; known++) {
            if (strcmp(known->name, node->items[i]->text) == 0)
                break;
        }
        if (known->name != NULL)
            known->read(l, node->items[i + 1], into);
        else
            unknown_key(l, node->items[i], table);
    }
    for (known = table->keys; known->name != NULL; known++) {
        if (known->required && node_find(node, known->name) == NULL)
            problem(l, node_title(node), NULL, "missing key `%s` in %s", known->name, table->what);
    }
    return true;
}

bool field_open_map(struct load *l, const struct node *node)
{
    return node->kind == NODE_MAP || wrong_type(l, node, "a map", NULL);
}
