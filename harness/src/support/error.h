/* error.h - a message that a person will read. Functions inside return 0 or -errno; those whose
 * failure a person must understand also fill a struct error. */
#ifndef SIGSWEEP_ERROR_H
#define SIGSWEEP_ERROR_H

struct error {
    char text[512]; /* what happened, where, and what to do; empty: no error */
};

/* Sets the text; the first message set stays, since it stands nearest to the cause.
 * err may be NULL. Always returns code, so that it can end a function: return error_set(...). */
int error_set(struct error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
