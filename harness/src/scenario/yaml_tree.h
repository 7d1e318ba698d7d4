/* yaml_tree.h - a YAML document as a tree that remembers where everything stands and keeps
 * duplicate keys, which libyaml's own document tree does not help with. */
#ifndef SIGSWEEP_YAML_TREE_H
#define SIGSWEEP_YAML_TREE_H

#include "scenario/diagnostics.h"
#include "scenario/source.h"

#include <stdbool.h>
#include <stddef.h>

struct node {
    enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP } kind;
    struct place at;
    char *text;             /* scalar: its text, NUL-terminated; NULL otherwise */
    size_t len;             /* scalar: bytes, which may hold NULs from "\0" */
    bool quoted;            /* scalar: written with quotes, | or >, so that it is always text */
    struct node **items;    /* list: the items; map: key, value, key, value, ... */
    size_t n;               /* length of items */
    const struct node *key; /* the key it is (in) the value of; NULL at the root */
    bool is_item;           /* an item of a list */
    size_t weight;          /* nodes in all, aliases written out */
    bool is_alias;          /* text and items belong to the anchored node */
};

struct yaml_tree {
    struct node *root;  /* NULL unless the file was parsed without a mistake */
    struct node **all;  /* every node, to free them */
    size_t all_n, room; /* used and allocated */
};

/* Parses the source. Mistakes go to d; the root is NULL then. Aliases are followed; each stands as
 * a node of its own at its own place. */
void yaml_tree_parse(struct yaml_tree *t, const struct source *src, struct diagnostics *d);
void yaml_tree_free(struct yaml_tree *t);
/* The value of a key of a map; NULL: not there, or no map. The first one of duplicates. */
const struct node *node_find(const struct node *map, const char *key);

#endif
