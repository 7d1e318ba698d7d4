/* node_type.h - what a scalar is, as the core schema of YAML 1.2 tells types apart: `yes` is text.
 */
#ifndef SIGSWEEP_NODE_TYPE_H
#define SIGSWEEP_NODE_TYPE_H

#include "scenario/yaml_tree.h"

bool node_is_nothing(const struct node *node); /* null, ~, or no value at all */
bool node_is_boolean(const struct node *node);
bool node_is_whole(const struct node *node);    /* decimal */
bool node_is_number(const struct node *node);   /* any number, whole ones too */
const char *node_type(const struct node *node); /* "a list", "text", ... for messages */

#endif
