/* cli.h - what the commands share. Each cmd_ function is one command: it parses its own options,
 * does the work through the modules below, and returns the exit status. Private to cli/. */
#ifndef SIGSWEEP_CLI_H
#define SIGSWEEP_CLI_H

#include "plan/plan.h"
#include "scenario/scenario.h"
#include "support/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum exit_status {
    EXIT_AS_EXPECTED = 0,
    EXIT_FINDINGS = 1,
    EXIT_USAGE = 2,   /* usage, or an invalid scenario */
    EXIT_MACHINE = 3, /* the machine does not allow it */
    EXIT_UNTESTED = 4,
};

int cmd_try(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_init(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_lint(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_judge(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_doctor(int argc, char **argv);

/* Options that run, list, lint and replay share. */
struct options {
    int jobs;
    bool jobs_given;
    uint64_t seed;
    bool seed_given;
    const char *filter; /* a shell pattern on the name, or a part of it */
    char **tags;        /* any of them; NULL-terminated; NULL: all */
    bool dry_run;
    const char *out;
    const char *scratch;
    const char *programs;
    uint64_t disk; /* bytes that a trial may write; 0: not given */
    const char *json;
    bool confirm_wanted; /* findings that scenarios expect, too */
    bool color;
    bool quiet;
};

struct run;
/* By the verdicts of a run whose trials are over. */
int exit_by_verdicts(const struct run *r);

/* Parses a number in [low, high]; prints what is wrong and returns false otherwise. */
bool option_size(const char *option, const char *text, uint64_t *out); /* 64MiB */
bool option_number(const char *option, const char *text, uint64_t low, uint64_t high,
                   uint64_t *out);
/* Says what is wrong with the command line; returns EXIT_USAGE. */
int usage_error(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Where programs of scenarios are looked up: beside the tool's own bin, or NULL. Caller frees. */
char *programs_beside(void);

/* ---- collect.c: YAML files into scenarios */
struct collection {
    struct scenario **list; /* sorted by path; each owned */
    size_t n;
    size_t files; /* read, also those with mistakes */
    size_t mistakes;
};
/* Loads every .yaml/.yml below the paths. Mistakes go to `messages`. 0, or -errno when a path can't
 * be read (also said in messages). */
int collect(char *const *paths, struct collection *c, struct buf *messages);
/* Drops what --filter and --tag do not choose. */
void collection_select(struct collection *c, const struct options *o);
void collection_free(struct collection *c);

/* ---- color.c */
enum tint { TINT_NONE, TINT_GOOD, TINT_BAD, TINT_WARN, TINT_DIM, TINT_BOLD };
/* --color=auto: NO_COLOR, TERM=dumb, isatty. */
bool color_wanted(const char *mode, int fd);
const char *tint(bool color, enum tint which); /* the escape sequence, or "" */

#endif
