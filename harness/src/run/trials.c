#include "run/groups.h"
#include "run/phases.h"

#include "support/buf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_MIN 32
#define CHUNK_MAX 256

struct trials {
    struct crew *crew;
    size_t told; /* parts that the listener was told of */
};

static void tell_parts(struct trials *s)
{
    const struct run *r = s->crew->r;

    while (s->told < r->plan->parts_n &&
           r->tallies[s->told].run == r->plan->parts[s->told].trials) {
        if (s->crew->listener->part != NULL)
            s->crew->listener->part(s->crew->listener->arg, s->told);
        s->told++;
    }
}

static void count(struct run *r, struct tally *t, const struct report_head *head)
{
    t->run++;
    r->done++;
    t->found |= head->kinds | head->warnings;
    t->fired += head->fired;
    t->masked += head->masked;
    t->snapshot += head->engine == ENGINE_SNAPSHOT;
    t->replayed += head->engine == ENGINE_REPLAY;
    t->checked += head->checked;
    t->disagreed += head->disagreed;
    switch ((enum trial_outcome)head->outcome) {
    case OUTCOME_PASSED: t->passed++; break;
    case OUTCOME_FOUND:
        t->failed++;
        if (t->first_bad == 0 || head->number < t->first_bad)
            t->first_bad = head->number;
        break;
    case OUTCOME_UNREACHED: t->unreached++; break;
    case OUTCOME_ERROR: t->errors++; break;
    }
}

/* The trouble text of a trial that could not be started, out of its own log line. */
static char *trouble_in(const char *line)
{
    const char *at = strstr(line, "\"trouble\":\""), *end;

    if (at == NULL)
        return mem_strdup("it could not be started");
    at += strlen("\"trouble\":\"");
    end = strchr(at, '"');
    return mem_strndup(at, end != NULL ? (size_t)(end - at) : strlen(at));
}

/* Also for trials without a log line: their worker was killed, or the machine refused. */
static char *trouble_of(const struct report_head *head, const char *text)
{
    if (text == NULL)
        return mem_strdup("the worker that ran it was killed");
    return head->fatal ? mem_strdup(text) : trouble_in(text);
}

static int take(void *arg, const struct report_head *head, const char *text, struct error *err)
{
    struct trials *s = arg;
    struct run *r = s->crew->r;
    struct report_head counted = *head;
    bool has_line = text != NULL && !head->fatal;
    struct tally *t;
    size_t part;

    if (has_line) {
        int rc = folder_append(&r->folder, text, head->size, err);
        if (rc != 0 || head->number == 0)
            return rc;
    }
    part = (size_t)(plan_part_of(r->plan, head->number) - r->plan->parts);
    t = &r->tallies[part];
    r->refused |= head->fatal && head->code == -EPERM;
    if (!has_line)
        counted.outcome = OUTCOME_ERROR;
    if (counted.outcome == OUTCOME_ERROR && t->error == NULL)
        t->error = trouble_of(head, text);
    if (has_line &&
        (head->unexpected || head->warnings != 0 || (r->confirm_wanted && head->kinds != 0)))
        groups_see(r, part, head, text);
    if (has_line && head->unexpected)
        folder_keep_artifacts(&r->folder, head->number, text, head->size);
    count(r, t, &counted);
    if (has_line && s->crew->listener->trial != NULL)
        s->crew->listener->trial(s->crew->listener->arg, head, text);
    tell_parts(s);
    return 0;
}

/* Trials of one row of a set go together: they may be copies of one execution. The jobs grow
 * smaller towards the end of the row, so that workers end at about the same time, but each starts
 * the program anew. Where a row is cut depends on nothing but the place in it: neither the number
 * of workers nor the time may change what is found. */
static size_t chunk(const struct plan *plan, size_t next)
{
    const struct plan_row *row = plan_row_of(plan, next);
    size_t left, size, least;

    if (row == NULL || row->options == NULL)
        return 1;
    left = plan_part_of(plan, next)->first + row->before + row->trials - next;
    size = left / 4;
    least = row->trials / 16 < CHUNK_MIN ? CHUNK_MIN : row->trials / 16;
    size = size < least ? least : size;
    size = size < CHUNK_MAX ? size : CHUNK_MAX;
    return size < left ? size : left;
}

void phase_trials(struct crew *crew)
{
    struct trials s = {.crew = crew};
    struct batch b = {
        .kind = JOB_TRIALS, .n = crew->r->plan->trials, .chunk = chunk, .take = take, .arg = &s};

    if (crew->rc != 0 || crew->r->interrupted != 0)
        return;
    phase_begin(crew, PHASE_TRIALS);
    tell_parts(&s); /* skipped ones at the front */
    (void)batch_run(crew, &b);
    groups_sort(crew->r);
}
