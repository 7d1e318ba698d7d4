/* size.h - amounts of bytes as scenarios spell them: 64MiB. */
#ifndef SIGSWEEP_SIZE_H
#define SIGSWEEP_SIZE_H

#include <stddef.h>
#include <stdint.h>

/* "64MiB", "1GiB", "512KiB": a whole number and its unit. 0; -EINVAL; -ERANGE: 0, or too much. */
int size_parse(const char *text, uint64_t *bytes);
/* With the largest unit that it is a whole number of, or rounded: "64 MiB". Returns out. */
char *size_human(uint64_t bytes, char *out, size_t room);

#endif
