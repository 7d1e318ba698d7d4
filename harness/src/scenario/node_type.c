#include "scenario/node_type.h"

#include <stdlib.h>
#include <string.h>

static bool one_of(const char *text, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strcmp(text, *list) == 0)
            return true;
    }
    return false;
}

bool node_is_nothing(const struct node *node)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};

    return node->kind == NODE_SCALAR && !node->quoted && one_of(node->text, words);
}

bool node_is_boolean(const struct node *node)
{
    static const char *const words[] = {"true", "True", "TRUE", "false", "False", "FALSE", NULL};

    return node->kind == NODE_SCALAR && !node->quoted && one_of(node->text, words);
}

bool node_is_whole(const struct node *node)
{
    const char *digits;

    if (node->kind != NODE_SCALAR || node->quoted)
        return false;
    digits = node->text + (node->text[0] == '-' || node->text[0] == '+');
    return digits[0] != '\0' && digits[strspn(digits, "0123456789")] == '\0';
}

bool node_is_number(const struct node *node)
{
    static const char *const words[] = {".inf", "-.inf", "+.inf", ".Inf", ".INF",
                                        ".nan", ".NaN",  ".NAN",  NULL};
    const char *text = node->text;
    char *end;

    if (node->kind != NODE_SCALAR || node->quoted)
        return false;
    if (one_of(text, words) || node_is_whole(node))
        return true;
    /* strtod also takes "inf", "nan" and hexadecimal fractions, which are text in YAML. */
    if (strncmp(text, "0x", 2) == 0)
        return text[2] != '\0' && text[2 + strspn(text + 2, "0123456789abcdefABCDEF")] == '\0';
    if (strncmp(text, "0o", 2) == 0)
        return text[2] != '\0' && text[2 + strspn(text + 2, "01234567")] == '\0';
    if (text[strspn(text, "+-.0123456789eE")] != '\0' || strpbrk(text, "0123456789") == NULL)
        return false;
    (void)strtod(text, &end);
    return *end == '\0';
}

const char *node_type(const struct node *node)
{
    if (node->kind == NODE_LIST)
        return "a list";
    if (node->kind == NODE_MAP)
        return "a map";
    if (node_is_nothing(node))
        return "nothing";
    if (node_is_boolean(node))
        return "a boolean";
    return node_is_number(node) ? "a number" : "text";
}
