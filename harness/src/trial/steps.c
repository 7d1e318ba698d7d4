/* steps.c - commands that run in the trial's scratch before and after the program: set-up, the
 * recovery command, the program once more. Each under the program's deadline, uninterrupted. */
#include "trial/live.h"

#include "support/duration.h"
#include "support/signals.h"

#include <stdlib.h>
#include <string.h>

struct program program_plain(const struct program *p, char **command)
{
    struct program plain = *p;

    plain.command = command;
    plain.terminal = false;
    plain.memory = MEMORY_OFF;
    plain.has_ready = false;
    plain.stdout_kind = STDOUT_PIPE;
    plain.stdin_kind = STDIN_CLOSED;
    plain.dialogue_n = 0;
    return plain;
}

/* Runs it to its end, with all that it started. 0 or -errno; l->stopping may be set. */
static int run_step(struct live *l, const struct scenario *s, struct record *r)
{
    struct trial_plan plan = {.scenario = s};
    struct live inner;
    int rc;

    r->terminal = s->program.terminal;
    live_init(&inner, l->room, &plan, r, l->err);
    cue_open(&inner);
    rc = launch(&inner);
    if (rc == 0 && inner.begun)
        trial_course(&inner);
    else if (inner.pid > 0)
        reap_all(&inner);
    l->stopping |= inner.stopping;
    live_close(&inner);
    return rc;
}

/* Why a set-up command failed: its own first line, where it said something. The caller frees. */
static char *why_failed(const struct record *r, int64_t deadline_ns)
{
    const char *said = r->err.head_len != 0 ? r->err.head : r->trouble != NULL ? r->trouble : "";
    char time[32];

    if (r->how == ENDED_DEADLINE) {
        duration_human(deadline_ns, time, sizeof(time));
        return mem_printf("it did not end within %s (`deadline` holds for it, too)", time);
    }
    if (*said != '\0')
        return mem_printf("%.*s", (int)strcspn(said, "\n"), said);
    if (r->how == ENDED_FLOOD)
        return mem_printf("it was ended for its use of %s", flood_name(r->flood));
    if (r->how == ENDED_SIGNALED)
        return mem_printf("it died by SIG%s", signal_label(r->value));
    return mem_printf("it ended with exit code %d", r->value);
}

int steps_setup(struct live *l)
{
    char ***commands = l->plan->scenario->program.setup;
    int rc = 0;

    for (size_t i = 0; commands[i] != NULL && rc == 0 && !l->stopping; i++) {
        struct scenario s = {.name = (char *)"setup",
                             .program = program_plain(&l->plan->scenario->program, commands[i])};
        struct record r;

        record_init(&r);
        rc = run_step(l, &s, &r);
        if (rc == 0 && (r.how != ENDED_EXITED || r.value != 0)) {
            char *why = why_failed(&r, s.program.deadline_ns);
            l->r->how = ENDED_NOT_BEGUN;
            l->r->trouble = mem_printf("the set-up command %s failed: %s", commands[i][0], why);
            free(why);
            rc = 1;
        }
        record_free(&r);
    }
    return rc;
}

int steps_after(struct live *l)
{
    const struct scenario *s = l->plan->scenario;
    struct record *r = l->r;
    int rc = 0;

    if (s->expect.recover != NULL) {
        struct scenario step = {.name = (char *)"recover",
                                .program = program_plain(&s->program, s->expect.recover)};
        r->recover = mem_alloc(sizeof(*r->recover));
        record_init(r->recover);
        rc = run_step(l, &step, r->recover);
    }
    if (rc == 0 && s->expect.rerun && !l->stopping) {
        struct scenario step = {.name = s->name, .program = s->program};
        step.program.memory = MEMORY_OFF;
        r->rerun = mem_alloc(sizeof(*r->rerun));
        record_init(r->rerun);
        rc = run_step(l, &step, r->rerun);
        scratch_scan(&l->room->scratch, r->rerun, NULL);
    }
    return rc;
}
