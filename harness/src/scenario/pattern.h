/* pattern.h - checks an extended regular expression (regex(7)) before anything relies on it. */
#ifndef SIGSWEEP_PATTERN_H
#define SIGSWEEP_PATTERN_H

#include "support/error.h"

/* 0, or -EINVAL with the reason. Also refuses what is valid, but would take glibc's regcomp all
 * memory: it copies what is repeated, so `((a+)+)+` doubles at each level. */
int pattern_check(const char *regex, struct error *err);

#endif
