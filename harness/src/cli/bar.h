/* bar.h - the progress bar on a terminal's stderr; nothing elsewhere. Private to cli/. */
#ifndef SIGSWEEP_BAR_H
#define SIGSWEEP_BAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bar {
    bool on, color;
    bool drawn;
    int64_t begun_ns; /* of what it shows */
};

void bar_open(struct bar *b, bool color, bool quiet);
/* all = 0: how many is not known. what: "trials". */
void bar_draw(struct bar *b, const char *what, size_t done, size_t all, size_t findings);
void bar_erase(struct bar *b);
void bar_restart(struct bar *b); /* something else is counted from now on */

#endif
