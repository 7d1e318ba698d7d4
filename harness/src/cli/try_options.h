/* try_options.h - the command line of `try`, read into a scenario and what else it asks for.
 * Private to cli/. */
#ifndef SIGSWEEP_TRY_OPTIONS_H
#define SIGSWEEP_TRY_OPTIONS_H

#include "cli/cli.h"

struct try_options {
    struct options common;
    struct scenario scenario; /* the command, and what is expected of it; still without points */
    struct buf again;         /* the command line to paste, up to --at */
    struct buf shown;         /* the command, quoted */
    /* Borrowed from the command line; NULL: not given. */
    const char *at, *match, *in, *copy, *setup, *recover;
    const char **with; /* files to put in; owned, each borrowed */
    size_t with_n;
    int signal, each; /* each: enum each; -1: time */
    enum target to;
    enum side side;
    bool each_given;
    bool here, all;
    unsigned limit; /* points of each set; 0: not given */
};

/* Fills *o, which is zeroed but for its scenario. -1: go on; otherwise the exit status, and what is
 * wrong (or the help) was printed. Release in both cases. */
int try_options_parse(int argc, char **argv, struct try_options *o);
void try_options_free(struct try_options *o);

#endif
