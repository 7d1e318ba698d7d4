/* screen.h - what a run looks like: a progress bar on a terminal, plain lines elsewhere, then the
 * findings and the account. */
#ifndef SIGSWEEP_SCREEN_H
#define SIGSWEEP_SCREEN_H

#include "run/run.h"

struct screen;

/* Prints the heading. r must have its plan, folder and jobs. */
struct screen *screen_open(struct run *r, bool color, bool quiet);
struct run_listener screen_listener(struct screen *s);
/* Prints the findings and the account. */
void screen_close(struct screen *s);

#endif
