/* test_schema.c - the JSON Schema that editors use and the parser hold to each other: the same
 * keys, the same words, the same durations; and every scenario in the tree loads. */
#include "scenario/keys.h"
#include "scenario/load.h"
#include "support/duration.h"

#include <check.h>
#include <fts.h>
#include <jansson.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "harness/schema/scenario.schema.json"

static json_t *schema;
static char **scenarios;
static int scenarios_n;

static const json_t *definition(const char *name)
{
    return name[0] == '\0' ? schema : json_object_get(json_object_get(schema, "definitions"), name);
}

static bool table_has(const struct key_table *table, const char *name, bool *required)
{
    for (const struct key *key = table->keys; key->name != NULL; key++) {
        if (strcmp(key->name, name) == 0) {
            *required = key->required;
            return true;
        }
    }
    return false;
}

START_TEST(every_key_of_the_parser_is_in_the_schema)
{
    const struct key_table *table = all_keys[_i];
    const json_t *properties = json_object_get(definition(table->name), "properties");

    ck_assert_msg(json_is_object(properties), "no definition `%s`", table->name);
    for (const struct key *key = table->keys; key->name != NULL; key++)
        ck_assert_msg(json_object_get(properties, key->name) != NULL, "`%s` lacks `%s`",
                      table->name, key->name);
}
END_TEST

START_TEST(every_key_of_the_schema_is_in_the_parser)
{
    const struct key_table *table = all_keys[_i];
    json_t *properties = json_object_get(definition(table->name), "properties"), *value;
    const char *name;
    bool required;

    json_object_foreach(properties, name, value) ck_assert_msg(
        table_has(table, name, &required), "the parser's `%s` lacks `%s`", table->name, name);
}
END_TEST

START_TEST(both_require_the_same_keys)
{
    const struct key_table *table = all_keys[_i];
    const json_t *list = json_object_get(definition(table->name), "required");
    size_t wanted = 0;

    for (const struct key *key = table->keys; key->name != NULL; key++)
        wanted += key->required;
    ck_assert_uint_eq(json_array_size(list), wanted);
    for (size_t i = 0; i < wanted; i++) {
        const char *name = json_string_value(json_array_get(list, i));
        bool required = false;
        ck_assert_msg(table_has(table, name, &required) && required, "`%s` in `%s`", name,
                      table->name);
    }
}
END_TEST

START_TEST(unknown_keys_are_refused_by_the_schema_too)
{
    const json_t *extra = json_object_get(definition(all_keys[_i]->name), "additionalProperties");

    ck_assert_msg(json_is_false(extra), "`%s` lets unknown keys pass", all_keys[_i]->name);
}
END_TEST

START_TEST(every_key_has_a_description_for_the_editor)
{
    const json_t *table = definition(all_keys[_i]->name);
    json_t *properties = json_object_get(table, "properties"), *value;
    const char *name;

    json_object_foreach(properties, name, value)
        ck_assert_msg(json_is_string(json_object_get(value, "description")), "`%s` has none", name);
}
END_TEST

START_TEST(words_of_schema_and_parser_agree)
{
    const struct words *words = all_words[_i];
    const json_t *list = json_object_get(definition(words->name), "enum");

    ck_assert_msg(json_is_array(list), "no definition `%s`", words->name);
    ck_assert_uint_eq(json_array_size(list), (size_t)words->n);
    for (int i = 0; i < words->n; i++)
        ck_assert_str_eq(json_string_value(json_array_get(list, (size_t)i)), words->at(i));
}
END_TEST

/* ---- the other way round: nothing in the schema that the parser does not know ---- */

static bool known_table(const char *name)
{
    for (int i = 0; all_keys[i] != NULL; i++) {
        if (strcmp(all_keys[i]->name, name) == 0)
            return true;
    }
    return false;
}

static bool known_words(const char *name)
{
    for (int i = 0; all_words[i] != NULL; i++) {
        if (strcmp(all_words[i]->name, name) == 0)
            return true;
    }
    return false;
}

START_TEST(every_definition_is_one_of_the_parser)
{
    json_t *list = json_object_get(schema, "definitions"), *value;
    const char *name;

    json_object_foreach(list, name, value)
    {
        if (json_object_get(value, "properties") != NULL)
            ck_assert_msg(known_table(name), "the parser has no keys of `%s`", name);
        if (json_object_get(value, "enum") != NULL)
            ck_assert_msg(known_words(name), "the parser has no words of `%s`", name);
    }
}
END_TEST

/* Keys may only stand in the root and in definitions, where the tests above see them; and every
 * reference must lead somewhere. */
static void walk(const json_t *node, int depth)
{
    const char *key;
    json_t *value;
    size_t i;

    if (json_is_array(node)) {
        json_array_foreach(node, i, value) walk(value, depth + 1);
        return;
    }
    json_object_foreach((json_t *)node, key, value)
    {
        if (strcmp(key, "properties") == 0 && json_is_object(value))
            ck_assert_msg(depth == 0 || depth == 2, "keys outside a definition");
        if (strcmp(key, "$ref") == 0 && json_is_string(value)) {
            const char *to = json_string_value(value);
            ck_assert_msg(strncmp(to, "#/definitions/", 14) == 0 && definition(to + 14) != NULL,
                          "%s leads nowhere", to);
        }
        walk(value, depth + 1);
    }
}

START_TEST(keys_stand_in_definitions_only_and_references_lead_somewhere)
{
    walk(schema, 0);
}
END_TEST

static bool pattern_matches(const char *name, const char *text)
{
    const char *pattern = json_string_value(json_object_get(definition(name), "pattern"));
    regex_t regex;
    bool matches;

    ck_assert_ptr_nonnull(pattern);
    ck_assert_int_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    matches = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return matches;
}

START_TEST(durations_of_schema_and_parser_agree)
{
    static const char *const samples[] = {"50ms", "1.5s", "1.s",  "0s",  "10",    "",
                                          "ms",   "5h",   "5 ms", "-1s", "+1s",   ".5s",
                                          "1e3s", "0x1s", "2m",   "7us", "1.2.3s"};

    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        int64_t ns;
        ck_assert_msg((duration_parse(samples[i], &ns) == 0) ==
                          pattern_matches("duration", samples[i]),
                      "%s", samples[i]);
    }
}
END_TEST

START_TEST(scenario_of_the_tree_loads)
{
    struct scenario s;
    struct buf messages = {0};
    int rc = scenario_load(scenarios[_i], &s, &messages);

    ck_assert_msg(rc == 0, "%s", messages.data);
    scenario_free(&s);
    buf_free(&messages);
}
END_TEST

static void find_scenarios(void)
{
    char root[] = "scenarios", *const roots[] = {root, NULL};
    FTS *walk_of = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    FTSENT *entry;

    while (walk_of != NULL && (entry = fts_read(walk_of)) != NULL) {
        if (entry->fts_info != FTS_F || entry->fts_pathlen < 5 ||
            strcmp(entry->fts_path + entry->fts_pathlen - 5, ".yaml") != 0)
            continue;
        scenarios = mem_grow(scenarios, (size_t)scenarios_n + 1, sizeof(*scenarios));
        scenarios[scenarios_n++] = mem_strdup(entry->fts_path);
    }
    if (walk_of != NULL)
        fts_close(walk_of);
}

int main(void)
{
    Suite *suite = suite_create("schema");
    TCase *tc = tcase_create("schema");
    json_error_t trouble;
    SRunner *runner;
    int failed, tables = 0, words = 0;

    schema = json_load_file(SCHEMA, JSON_REJECT_DUPLICATES, &trouble);
    if (schema == NULL) {
        fprintf(stderr, "%s:%d: %s\n", SCHEMA, trouble.line, trouble.text);
        return 1;
    }
    find_scenarios();
    while (all_keys[tables] != NULL)
        tables++;
    while (all_words[words] != NULL)
        words++;
    tcase_add_loop_test(tc, every_key_of_the_parser_is_in_the_schema, 0, tables);
    tcase_add_loop_test(tc, every_key_of_the_schema_is_in_the_parser, 0, tables);
    tcase_add_loop_test(tc, both_require_the_same_keys, 0, tables);
    tcase_add_loop_test(tc, unknown_keys_are_refused_by_the_schema_too, 0, tables);
    tcase_add_loop_test(tc, every_key_has_a_description_for_the_editor, 0, tables);
    tcase_add_loop_test(tc, words_of_schema_and_parser_agree, 0, words);
    tcase_add_test(tc, every_definition_is_one_of_the_parser);
    tcase_add_test(tc, keys_stand_in_definitions_only_and_references_lead_somewhere);
    tcase_add_test(tc, durations_of_schema_and_parser_agree);
    tcase_add_loop_test(tc, scenario_of_the_tree_loads, 0, scenarios_n);
    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK); /* pure; a fork a check takes long with ASan */
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    for (int i = 0; i < scenarios_n; i++)
        free(scenarios[i]);
    free(scenarios);
    json_decref(schema);
    return failed == 0 ? 0 : 1;
}
