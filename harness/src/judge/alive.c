/* alive.c - a program that is to live on: whether it still answers. */
#include "judge/check.h"
#include "support/duration.h"

#include <stdlib.h>

/* What the dialogue stands at; nothing when all of it was said. */
void text_dialogue(struct buf *b, const struct view *v)
{
    const struct record *r = v->r;
    const struct program *p = &v->s->program;

    if (r->steps_done >= r->steps || r->steps_done >= p->dialogue_n)
        return;
    buf_addf(b, "step %zu of %zu of the dialogue", r->steps_done + 1, r->steps);
    switch (r->step_waits) {
    case WAIT_OUTPUT:
        buf_addf(b, " waited for \"%.200s\"", p->dialogue[r->steps_done].await);
        break;
    case WAIT_READER: buf_adds(b, " had text that was not read"); break;
    case WAIT_INTERRUPT: buf_adds(b, " waited for an interrupt that was not sent"); break;
    case WAIT_NOTHING: break;
    }
}

/* It is there, but what it was asked got no answer. An interrupt that was not sent is no fault of
 * its own. */
void check_alive(const struct view *v)
{
    const struct record *r = v->r;
    struct buf seen = {0};
    char time[32], *message, *expected;

    if (r->steps_done >= r->steps || r->step_waits == WAIT_INTERRUPT)
        return;
    duration_human(v->s->program.deadline_ns, time, sizeof(time));
    text_dialogue(&seen, v);
    message = mem_printf("the program is still there, but does not answer: %s", seen.data);
    expected = mem_printf("all %zu steps of the dialogue within %s", r->steps, time);
    text_stuck(&seen, r);
    findings_add(v->out, KIND_HANG, "dialogue", message, expected, seen.data);
    free(message);
    free(expected);
    buf_free(&seen);
}
