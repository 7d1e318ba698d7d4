/* lost.h - looks for lost memory in a trial: LeakSanitizer is preloaded, the program is run by
 * valgrind, or its own AddressSanitizer is told to look. Their reports are files beside the
 * scratch, so that the program's stderr and exit code stay its own. Private to trial/. */
#ifndef SIGSWEEP_LOST_H
#define SIGSWEEP_LOST_H

#include "trial/live.h"

/* What the launcher takes instead of the program's own path and arguments. */
struct lost_run {
    char *path;  /* valgrind; NULL: the program itself */
    char **argv; /* its options, then the program and its arguments; the texts are borrowed */
    char *options[3];
};

/* Finds the tool; without it the trial goes on, and the record says so. `path` is the program's. */
void lost_open(struct live *l, const char *path, struct lost_run *run);
void lost_close(struct lost_run *run);
/* Calls set(arg, "NAME=value") for each variable the tool reads; `get` tells what is set so far. */
void lost_environment(const struct live *l, const char *(*get)(void *arg, const char *name),
                      void (*set)(void *arg, char *text), void *arg);
/* Reads the reports into the record and removes them. */
void lost_collect(struct live *l);

#endif
