/* replay_screen.h - what `replay` shows of its trial. */
#ifndef SIGSWEEP_REPLAY_SCREEN_H
#define SIGSWEEP_REPLAY_SCREEN_H

#include "judge/judge.h"

struct replay_view {
    const struct scenario *scenario;
    bool color;
    bool has_stored; /* it is a trial of a run, which had findings of these kinds: */
    kind_set stored;
};

void replay_screen_print(const struct replay_view *p, const struct record *r,
                         const struct findings *f);

#endif
