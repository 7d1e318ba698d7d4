/* load.h - YAML into scenarios, with every mistake of a file reported in one go. */
#ifndef SIGSWEEP_LOAD_H
#define SIGSWEEP_LOAD_H

#include "scenario/scenario.h"
#include "support/buf.h"

/* Loads one file. One file holds one scenario. On success returns 0 and fills *s (the caller ends
 * it with scenario_free). Otherwise returns the number of mistakes (> 0) and has appended to
 * `messages`, for each, in the order of their places,
 *
 *     path:line:col: error: message
 *      4 | the source line
 *        |     ^~~~ did you mean `interrupts`?
 *
 * or -errno, with a message, when the file can't be read. Nothing is ever printed here.
 * Paths inside the file are relative to the file's folder and come out absolute. */
int scenario_load(const char *path, struct scenario *s, struct buf *messages);

#endif
