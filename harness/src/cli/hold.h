/* hold.h - holds INT, TERM and HUP back while a command has made things that it must put back: the
 * signal takes effect when they are gone. */
#ifndef SIGSWEEP_HOLD_H
#define SIGSWEEP_HOLD_H

#include <signal.h>

struct hold {
    sigset_t before; /* the mask */
};

void hold_begin(struct hold *h);
/* A signal that is held back ends the process here. */
void hold_end(const struct hold *h);
/* The first of them that is held back, or 0. It stays so. */
int hold_pending(void);
/* The signals themselves. */
void hold_set(sigset_t *set);

#endif
