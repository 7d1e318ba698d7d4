/* duration.h - times as people write them: a number and a unit, us ms s m. */
#ifndef SIGSWEEP_DURATION_H
#define SIGSWEEP_DURATION_H

#include <stddef.h>
#include <stdint.h>

/* Parses "50ms", "1.5s", "500us", "2m", "0s" into nanoseconds. 0, or -EINVAL (not a duration),
 * -EDOM (a number without a unit), -ERANGE (negative, or over a year). */
int duration_parse(const char *text, int64_t *ns);
/* The shortest exact spelling, e.g. "50ms", that duration_parse reads back to the same value
 * (to the microsecond; below that "0.5us"). Returns out. */
char *duration_print(int64_t ns, char *out, size_t room);
/* Rounded for people: "3.24 ms". Returns out. */
char *duration_human(int64_t ns, char *out, size_t room);

#endif
