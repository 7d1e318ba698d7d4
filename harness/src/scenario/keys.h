/* keys.h - every key and every word that a scenario may hold, as tables. The loader reads by them
 * and makes its suggestions from them; the test of the JSON Schema compares them with it. */
#ifndef SIGSWEEP_KEYS_H
#define SIGSWEEP_KEYS_H

#include <stdbool.h>
#include <stddef.h>

struct load;
struct node;

struct key {
    const char *name;
    /* Reads the value into the struct that the table is for. */
    void (*read)(struct load *l, const struct node *value, void *into);
    bool required;
};

struct key_table {
    const char *name;       /* its definition in the schema; "" is the root */
    const char *what;       /* in messages: "`program`" */
    const struct key *keys; /* ends with a key without a name */
};

struct words {
    const char *name; /* its definition in the schema */
    const char *what; /* in messages: "a target" */
    const char *(*at)(int i);
    int n;
};

extern const struct key_table keys_scenario;
/* load_program.c */
extern const struct key_table keys_program, keys_stdin, keys_directory;
extern const struct words words_stdin, words_stdout, words_trace, words_memory, words_observe;
/* load_interrupts.c */
extern const struct key_table keys_interrupt;
extern const struct words words_target;
/* load_service.c */
extern const struct key_table keys_step, keys_client, keys_client_expect;
/* load_ways.c */
extern const struct key_table keys_way;
/* load_points.c */
extern const struct key_table keys_when, keys_bound, keys_ready, keys_counts;
extern const struct words words_prior, words_state, words_side, words_each;
/* load_expect.c */
extern const struct key_table keys_expect, keys_ended, keys_outcome, keys_cleanup, keys_leaks,
    keys_output, keys_recover;
extern const struct words words_ending, words_cleanup, words_ignore, words_leaks, words_findings,
    words_file_rule;
/* fields.c */
extern const struct words words_event;

/* All of them; each list ends with NULL. */
extern const struct key_table *const all_keys[];
extern const struct words *const all_words[];

#endif
