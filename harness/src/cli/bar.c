#include "cli/bar.h"

#include "cli/cli.h"
#include "support/clock.h"
#include "support/duration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WIDTH 40

void bar_open(struct bar *b, bool color, bool quiet)
{
    const char *term = getenv("TERM");

    *b = (struct bar){.color = color, .begun_ns = clock_now_ns()};
    b->on = isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0 && !quiet;
}

void bar_restart(struct bar *b)
{
    b->begun_ns = clock_now_ns();
}

void bar_erase(struct bar *b)
{
    if (b->drawn)
        fputs("\r\033[K", stderr);
    b->drawn = false;
}

void bar_draw(struct bar *b, const char *what, size_t done, size_t all, size_t findings)
{
    int64_t spent = clock_now_ns() - b->begun_ns;
    size_t full = all != 0 && done <= all ? WIDTH * done / all : 0;
    char left[32] = "", bar[WIDTH + 1];

    if (!b->on)
        return;
    for (size_t i = 0; i < WIDTH; i++)
        bar[i] = i < full ? '#' : '-';
    bar[WIDTH] = '\0';
    if (done > 0 && done < all && spent > 1000000000)
        duration_human(spent * (int64_t)(all - done) / (int64_t)done, left, sizeof(left));
    fprintf(stderr, "\r\033[K[%s] %zu", bar, done);
    if (all != 0)
        fprintf(stderr, "/%zu", all);
    fprintf(stderr, " %s", what);
    if (findings != 0)
        fprintf(stderr, "  %s%zu findings%s", tint(b->color, TINT_BAD), findings,
                tint(b->color, TINT_NONE));
    if (left[0] != '\0')
        fprintf(stderr, "  %s left", left);
    fflush(stderr);
    b->drawn = true;
}
