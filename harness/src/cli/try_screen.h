/* try_screen.h - what `sigsweep try` shows: a bar while it runs; then the stretches of outcomes,
 * the findings with their replay lines, and the account. Private to cli/. */
#ifndef SIGSWEEP_TRY_SCREEN_H
#define SIGSWEEP_TRY_SCREEN_H

#include "run/run.h"

struct try_screen;

/* again: the words of a command line that a person can paste, up to --at. */
struct try_screen *try_screen_open(struct run *r, bool color, bool quiet, const char *again,
                                   const char *command);
struct run_listener try_screen_listener(struct try_screen *s);
/* Prints everything, and frees it. */
void try_screen_close(struct try_screen *s);

#endif
