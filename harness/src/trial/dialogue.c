#include "trial/live.h"

#include "support/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WINDOW_MAX  (64 * 1024)
#define END_OF_FILE "\004" /* VEOF, as a terminal has it from the start */

static const struct dialogue_step *step_of(const struct live *l)
{
    const struct program *p = l->copy ? NULL : &l->plan->scenario->program;

    if (p == NULL)
        return NULL; /* nobody talks to a copy */
    return l->dialogue.at < p->dialogue_n ? &p->dialogue[l->dialogue.at] : NULL;
}

static void expect_step(struct live *l)
{
    struct dialogue *d = &l->dialogue;
    const struct dialogue_step *step = step_of(l);

    if (d->has_regex)
        regfree(&d->regex);
    d->has_regex = false;
    d->sent = 0;
    d->matched = step == NULL || step->await == NULL;
    if (!d->matched)
        d->has_regex = regcomp(&d->regex, step->await, REG_EXTENDED | REG_NEWLINE) == 0;
}

void dialogue_open(struct live *l, int fd)
{
    l->dialogue.fd = fd;
    l->dialogue.done_ns = -1;
    expect_step(l);
}

bool dialogue_done(const struct live *l)
{
    return step_of(l) == NULL;
}

void dialogue_output(struct live *l, bool is_stderr, const char *data, size_t len)
{
    struct buf *window = &l->dialogue.window[is_stderr];

    if (dialogue_done(l))
        return;
    if (window->len + len > WINDOW_MAX)
        buf_clear(window);
    buf_add(window, data, len);
}

/* What was matched is used up: the next step looks at what comes after it. */
static bool match(struct dialogue *d)
{
    for (int i = 0; i < 2 && d->has_regex; i++) {
        struct buf *w = &d->window[i];
        regmatch_t where = {0, (regoff_t)w->len};

        if (w->len == 0 || regexec(&d->regex, w->data, 1, &where, REG_STARTEND) != 0)
            continue;
        memmove(w->data, w->data + where.rm_eo, w->len - (size_t)where.rm_eo + 1);
        w->len -= (size_t)where.rm_eo;
        return true;
    }
    return false;
}

/* So many interrupts were sent, or none is planned at all: in an uninterrupted run the step does
 * not wait for what will not come. */
static bool interrupted_enough(const struct live *l, unsigned wanted)
{
    return l->plan->interrupts_n == 0 || l->next >= wanted || cue_done(l);
}

static void end_input(struct live *l)
{
    if (l->dialogue.fd >= 0)
        close(l->dialogue.fd);
    l->dialogue.fd = -1;
}

/* True when all of the text is written. */
static bool send_text(struct live *l, const char *text, size_t len)
{
    struct dialogue *d = &l->dialogue;

    d->full = false;
    while (d->sent < len) {
        ssize_t n = d->fd >= 0 ? write(d->fd, text + d->sent, len - d->sent) : -1;
        if (n > 0) {
            d->sent += (size_t)n;
        } else if (d->fd >= 0 && errno == EAGAIN) {
            d->full = true;
            return false;
        } else if (d->fd < 0 || errno != EINTR) {
            end_input(l); /* nobody reads it any more */
            return false;
        }
    }
    return true;
}

/* The step's text. A terminal has no end: the character for it is typed. */
static bool send_step(struct live *l, const struct dialogue_step *step)
{
    bool typed_end = step->close && l->plan->scenario->program.terminal;
    char *text =
        mem_printf("%s%s", step->send != NULL ? step->send : "", typed_end ? END_OF_FILE : "");
    bool all = send_text(l, text, strlen(text));

    free(text);
    return all;
}

/* True when the step is done. */
static bool do_step(struct live *l, const struct dialogue_step *step)
{
    struct dialogue *d = &l->dialogue;

    if (!interrupted_enough(l, step->after))
        return false;
    d->matched = d->matched || match(d);
    if (!d->matched || !send_step(l, step))
        return false;
    if (step->close && !l->plan->scenario->program.terminal)
        end_input(l);
    return true;
}

void dialogue_go(struct live *l)
{
    const struct dialogue_step *step;

    while ((step = step_of(l)) != NULL && l->begun && do_step(l, step)) {
        l->dialogue.at++;
        l->dialogue.done_ns = clock_now_ns();
        expect_step(l);
    }
}

static enum dialogue_wait waits_for(const struct live *l, const struct dialogue_step *step)
{
    if (!interrupted_enough(l, step->after))
        return WAIT_INTERRUPT;
    return l->dialogue.matched ? WAIT_READER : WAIT_OUTPUT;
}

void dialogue_close(struct live *l)
{
    struct dialogue *d = &l->dialogue;
    const struct dialogue_step *step = step_of(l);

    if (l->plan->scenario->program.dialogue_n == 0)
        return;
    l->r->steps = l->plan->scenario->program.dialogue_n;
    l->r->steps_done = d->at;
    l->r->step_waits = step != NULL ? waits_for(l, step) : WAIT_NOTHING;
    l->r->answered_ns = step == NULL && d->done_ns >= 0 ? d->done_ns - l->start_ns : -1;
    end_input(l);
    if (d->has_regex)
        regfree(&d->regex);
    d->has_regex = false;
    buf_free(&d->window[0]);
    buf_free(&d->window[1]);
}
