/* shell.h - text that a person pastes into a shell. */
#ifndef SIGSWEEP_SHELL_H
#define SIGSWEEP_SHELL_H

#include "support/buf.h"

/* Appends one word: as it is where a POSIX shell reads it so, else in single quotes. */
void shell_quote(struct buf *out, const char *word);

#endif
