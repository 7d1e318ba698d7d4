/* fields.h - reads one value of a scenario, whatever its type. Each takes the node and where the
 * result goes; on a mistake it reports it, leaves the result alone and returns false. */
#ifndef SIGSWEEP_FIELDS_H
#define SIGSWEEP_FIELDS_H

#include "scenario/diagnostics.h"
#include "scenario/keys.h"
#include "scenario/scenario.h"
#include "scenario/yaml_tree.h"

struct load {
    struct diagnostics *diags;
    const char *folder; /* of the YAML file, absolute: relative paths start here */
    size_t way, ways_n; /* which of `ways` is asked for, from 0; how many there are */
    char *way_name;     /* owned; NULL: the file has no ways */
};

/* Reports a mistake at a node. The hint is told beside the caret; it may
 * be NULL. Always returns false. */
bool problem(struct load *l, const struct node *at, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Reports that a node must be something else than it is. Always returns false. */
bool wrong_type(struct load *l, const struct node *node, const char *wanted, const char *hint);
/* The place for what is missing in a map: its key; the map itself at the root. */
const struct node *node_title(const struct node *map);

/* Reads a map by its table: unknown, duplicate and missing keys are reported. False: not a map. */
bool field_map(struct load *l, const struct node *node, const struct key_table *table, void *into);
/* For a map whose keys are free: that it is a map; that the key at items[i] may stand there. */
bool field_open_map(struct load *l, const struct node *node);
bool field_key_usable(struct load *l, const struct node *map, size_t i);
bool field_list(struct load *l, const struct node *node); /* only checks that it is one */

bool field_text(struct load *l, const struct node *node, char **out);
bool field_filled(struct load *l, const struct node *node, char **out); /* not empty */
bool field_bool(struct load *l, const struct node *node, bool *out);
bool field_whole(struct load *l, const struct node *node, long min, long max, long *out);
bool field_count(struct load *l, const struct node *node, struct count_cond *out); /* 4, ">=1" */
bool field_duration(struct load *l, const struct node *node, int64_t *ns);
bool field_signal(struct load *l, const struct node *node, int *out);
bool field_word(struct load *l, const struct node *node, const struct words *words, int *out);
bool field_regex(struct load *l, const struct node *node, char **out);
bool field_event(struct load *l, const struct node *node, char **out);
/* A file or folder that exists, as an absolute path. */
bool field_path(struct load *l, const struct node *node, bool folder, char **out);

typedef bool field_reader(struct load *l, const struct node *node, char **out);
/* A NULL-terminated list of what `read` reads. */
bool field_texts(struct load *l, const struct node *node, field_reader *read, char ***out);
/* A list of text with at least a first, non-empty item. */
bool field_command(struct load *l, const struct node *node, char ***out);

/* load_points.c */
void field_when(struct load *l, const struct node *node, struct point *p);
void field_ready(struct load *l, const struct node *node, struct point *p);
/* load_interrupts.c */
void field_interrupts(struct load *l, const struct node *node, struct scenario *s);
/* load_service.c */
void field_dialogue(struct load *l, const struct node *node, struct program *p);
void field_client(struct load *l, const struct node *node, struct scenario *s);
void field_client_expect(struct load *l, const struct node *node, struct expect *e);
/* load_ways.c */
void field_ways(struct load *l, const struct node *node, struct scenario *s);
/* load_expect.c */
/* {signal: INT}, {code: 0} or {any: [...]} */
void field_outcomes(struct load *l, const struct node *node, struct ended **list, size_t *n);
void field_findings(struct load *l, const struct node *node, struct expect *e);
void field_kinds(struct load *l, const struct node *node, kind_set *kinds);
/* load.c */
void field_name(struct load *l, const struct node *node, char **out);

#endif
