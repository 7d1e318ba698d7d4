/* client.c - what the command beside the program met. */
#include "judge/check.h"

#include <stdlib.h>

static bool ended_well(const struct expect *e, const struct record *c)
{
    bool by_signal = c->how == ENDED_SIGNALED;

    if (c->how != ENDED_EXITED && !by_signal)
        return false;
    if (e->client_ended_n == 0)
        return !by_signal && c->value == 0;
    for (size_t i = 0; i < e->client_ended_n; i++) {
        if (e->client_ended[i].by_signal == by_signal && e->client_ended[i].value == c->value)
            return true;
    }
    return false;
}

static void report_ending(const struct view *v, const struct record *c)
{
    const struct expect *e = &v->s->expect;
    struct expect only = {.ended = e->client_ended, .ended_n = e->client_ended_n};
    struct buf seen = {0}, expected = {0};
    bool waits = c->how == ENDED_DEADLINE;
    char *message;

    if (waits)
        buf_adds(&seen, "still running when the trial was over");
    else
        text_ended(&seen, c->how == ENDED_SIGNALED, c->value);
    if (only.ended_n > 0)
        text_allowed(&expected, &only);
    else
        buf_adds(&expected, "exit code 0");
    message = waits ? mem_printf("the client did not end: it was %s", seen.data)
                    : mem_printf("the client ended by %s instead of %s", seen.data, expected.data);
    text_last_line(&seen, c->err.bytes > 0 ? &c->err : &c->out);
    findings_add(v->out, KIND_CLIENT, "client", message, expected.data, seen.data);
    free(message);
    buf_free(&seen);
    buf_free(&expected);
}

void check_client(const struct view *v)
{
    const struct record *c = v->r->client;
    char *why;

    if (c == NULL)
        return;
    if (c->how == ENDED_NOT_BEGUN) {
        why = mem_printf("client: it was not started: %s", c->trouble != NULL ? c->trouble : "?");
        findings_untested(v->out, why);
        free(why);
        return;
    }
    if (!ended_well(&v->s->expect, c))
        report_ending(v, c);
    check_stream(v, KIND_CLIENT, &v->s->expect.client_out, &c->out, "the client's stdout");
    check_stream(v, KIND_CLIENT, &v->s->expect.client_err, &c->err, "the client's stderr");
}
