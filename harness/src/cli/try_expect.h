/* try_expect.h - what the options of `try` expect of the program, where no default can know it. */
#ifndef SIGSWEEP_TRY_EXPECT_H
#define SIGSWEEP_TRY_EXPECT_H

#include "scenario/scenario.h"

/* --ended: `conventional`, or signals and exit codes, comma-joined ("INT,130"). Success, and death
 * before the program has set its handler, are judged as without it. -1, or the exit status after
 * the mistake was told. */
int try_expect_ended(struct expect *e, const char *text);
/* --within: a time. */
int try_expect_within(struct expect *e, const char *text);
/* --leaks: `fds` and `threads`, comma-joined: what must not be there when the program ends. */
int try_expect_leaks(struct expect *e, const char *text);

#endif
