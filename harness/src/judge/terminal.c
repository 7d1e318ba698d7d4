/* terminal.c - the terminal as it was: what a program switched on and did not switch off again. */
#include "judge/check.h"

#include <stdlib.h>
#include <string.h>

static bool has(const struct record *r, const char *mode)
{
    for (size_t i = 0; r != NULL && i < r->terminal_modes_n; i++) {
        if (strcmp(r->terminal_modes[i], mode) == 0)
            return true;
    }
    return false;
}

void check_terminal(const struct view *v)
{
    const struct record *r = v->r;
    long limit = v->s->expect.terminal == NOT_GIVEN ? 0 : v->s->expect.terminal, n = 0;
    struct buf modes = {0};
    bool nuisance = true;
    char *message;

    /* Nobody could have put it back. */
    if (v->hard_stop || r->how == ENDED_DEADLINE || r->how == ENDED_FLOOD)
        return;
    for (size_t i = 0; i < r->terminal_modes_n; i++) {
        if (has(v->baseline, r->terminal_modes[i]))
            continue;
        buf_addf(&modes, "%s%s", n++ > 0 ? ", " : "", r->terminal_modes[i]);
        nuisance &= strcmp(r->terminal_modes[i], "text attributes") == 0;
    }
    if (n > limit && modes.data != NULL) {
        message = mem_printf("the terminal was left with %s", modes.data);
        (nuisance && !v->s->expect.strict ? findings_warn : findings_add)(
            v->out, KIND_TERMINAL, modes.data, message, "the terminal as it was at the start",
            modes.data);
        free(message);
    }
    buf_free(&modes);
}

bool terminal_wants_baseline(const struct view *v)
{
    return v->r->terminal_modes_n > 0;
}
