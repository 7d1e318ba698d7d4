/* points.h - interrupts as text, the grammar of the command line and of the run log:
 *
 *     SIG[*TIMES[/EVERY]][>TARGET]@KIND[:ARG]      joined by commas
 *
 *     INT@after:50ms            INT>group@start          TERM@event:cleanup.begin#2
 *     INT@state:slots-full      INT@state:running=4+queued>=1
 *     INT*5/500us@after:2ms     INT@output:done\, now    INT@notify:READY=1
 *     INT@between:0s..300ms*200 (octaves: INT@between:1us..1s*200~octaves)
 *     INT@syscall:openat#3/before      INT@syscall:1.1.214=openat
 *     INT@function:qs_wake#3           INT@function:1.1:qs_wake   INT@function:libc:setjmp
 *     INT@instruction:1.1:qs_switch+0x12#3
 *     INT@each:syscall[/SIDE][~match=REGEX][~in=OBJECT][~from=POINT][~to=POINT]
 *
 * 1.1 is PROCESS.THREAD; the number after it, a call of that thread. The side `after` is not
 * written. POINT is KIND:ARG of an event, a syscall or a function.
 *
 * A comma or backslash inside ARG is written with a backslash before it; so is a `~` in the value
 * of a set's modifier. */
#ifndef SIGSWEEP_POINTS_H
#define SIGSWEEP_POINTS_H

#include "scenario/scenario.h"
#include "support/buf.h"
#include "support/error.h"

/* Parses a list. On success *list (the caller frees each point and the list) and *n are set, 0 is
 * returned; otherwise -EINVAL with a message that names the place. */
int points_parse(const char *text, struct interrupt **list, size_t *n, struct error *err);
/* Appends the text; points_parse reads it back to the same interrupts. */
void points_print(const struct interrupt *list, size_t n, struct buf *out);
void points_free(struct interrupt *list, size_t n);

#endif
