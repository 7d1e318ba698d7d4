/* load.h - YAML into scenarios, with every mistake of a file reported in one go. */
#ifndef SIGSWEEP_LOAD_H
#define SIGSWEEP_LOAD_H

#include "scenario/scenario.h"
#include "support/buf.h"

/* Loads one file. One file holds one scenario, or one for each of its `ways`: then the first. On
 * success returns 0 and fills *s (the caller ends it with scenario_free). Otherwise returns the
 * number of mistakes (> 0) and has appended to `messages`, for each, in the order of their places,
 *
 *     path:line:col: error: message
 *      4 | the source line
 *        |     ^~~~ did you mean `interrupts`?
 *
 * or -errno, with a message, when the file can't be read. Nothing is ever printed here.
 * Paths inside the file are relative to the file's folder and come out absolute. */
int scenario_load(const char *path, struct scenario *s, struct buf *messages);

/* The same of the way with that index; 0 is also right for a file without ways. s->ways tells how
 * many there are; the mistakes of all ways are told, whichever is asked for. */
int scenario_load_way(const char *path, unsigned way, struct scenario *s, struct buf *messages);
/* The scenario of that name, which a run folder tells. -ENOENT: the file has no such. */
int scenario_load_named(const char *path, const char *name, struct scenario *s,
                        struct buf *messages);

#endif
