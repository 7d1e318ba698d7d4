#include "digest.h"

#include "digest_finding.h"
#include "events.h"
#include "support/buf.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *metric_name(enum metric m)
{
    static const char *const names[] = {"cancel", "last_cleanup", "exit"};

    return names[m];
}

const char *metric_title(enum metric m)
{
    static const char *const titles[] = {"cancel", "last cleanup", "exit"};

    return titles[m];
}

/* What the reading of the trials carries along. */
struct gather {
    struct digest *d;
    json_t *index;        /* scenario name -> its place */
    json_t *names;        /* owns the names of scenarios that run.json doesn't list */
    size_t most_cleanups; /* of d->timeline_trial */
    size_t most_events;
};

static size_t scenario_place(struct gather *g, const char *name)
{
    const json_t *place = json_object_get(g->index, name);
    struct digest *d = g->d;

    if (place != NULL)
        return (size_t)json_integer_value(place);
    d->scenarios = mem_grow(d->scenarios, d->scenarios_n + 1, sizeof(*d->scenarios));
    json_object_set_new(g->index, name, json_integer((json_int_t)d->scenarios_n));
    d->scenarios[d->scenarios_n] = (struct digest_scenario){0};
    return d->scenarios_n++;
}

static void note(struct digest *d, char *text)
{
    d->notes = mem_grow(d->notes, d->notes_n + 1, sizeof(*d->notes));
    d->notes[d->notes_n++] = text;
}

static void add_scenarios(struct gather *g)
{
    for (size_t i = 0; i < g->d->log->scenarios_n; i++) {
        const struct runlog_scenario *from = &g->d->log->scenarios[i];
        struct digest_scenario *s;
        size_t place;

        if (json_object_get(g->index, from->name) != NULL) {
            /* Trials name their scenario by its name only: they all count for the first one. */
            note(g->d, mem_printf("two scenarios are named %s: their trials can't be told apart",
                                  from->name));
            place = g->d->scenarios_n++;
            g->d->scenarios = mem_grow(g->d->scenarios, place + 1, sizeof(*g->d->scenarios));
        } else {
            place = scenario_place(g, from->name);
        }
        s = &g->d->scenarios[place];
        *s = (struct digest_scenario){.name = from->name, .file = from->file};
        s->points = from->points;
        s->verdict = from->verdict;
        s->reason = from->reason != NULL ? mem_strdup(from->reason) : NULL;
        s->expected_kinds = from->expected_kinds;
        s->counts.planned = from->planned;
        s->counts.sampled_out = from->sampled_out;
    }
}

static void add_latency(struct digest_scenario *s, const struct runlog_trial *t)
{
    const int64_t at[METRICS] = {t->cancel_ns, t->last_cleanup_ns, t->exit_ns};

    /* Late or masked signals didn't cause what came after them; a point that was not reached, or a
     * trial that went wrong, measured nothing. */
    if (!t->fired || t->signal_ns < 0 || (t->outcome != TRIAL_PASSED && t->outcome != TRIAL_FAILED))
        return;
    for (int m = 0; m < METRICS; m++) {
        if (m == METRIC_EXIT && t->cut_off)
            s->latency[m].never++; /* what ended it was the harness */
        else if (at[m] >= t->signal_ns)
            stats_add(&s->latency[m], at[m] - t->signal_ns);
    }
}

static void add_untested(struct digest_scenario *s, const json_t *list)
{
    json_t *item;
    size_t i, k;

    json_array_foreach(list, i, item)
    {
        const char *reason = json_string_value(item);

        if (reason == NULL)
            continue;
        for (k = 0; k < s->untested_n; k++)
            if (strcmp(s->untested[k].reason, reason) == 0)
                break;
        if (k == s->untested_n) {
            if (s->untested_n == 20) /* reasons are few; anything else is a fault elsewhere */
                return;
            s->untested = mem_grow(s->untested, k + 1, sizeof(*s->untested));
            s->untested[s->untested_n++] = (struct digest_untested){mem_strdup(reason), 0};
        }
        s->untested[k].trials++;
    }
}

/* A picture has room for some twenty tasks with a few cleanups each. */
#define EVENTS_LEGIBLE 250

static void consider_for_timeline(struct gather *g, const struct runlog_trial *t)
{
    size_t events, cleanups;

    if (t->signal_ns < 0)
        return;
    events_count(t->root, t->signal_ns, &events, &cleanups);
    if (events > EVENTS_LEGIBLE) /* thousands of tasks: nothing to see */
        cleanups = 0;
    if (cleanups < g->most_cleanups || (cleanups == g->most_cleanups && events <= g->most_events))
        return;
    g->most_cleanups = cleanups;
    g->most_events = events;
    g->d->timeline_trial = t->number;
}

/* A copy's time begins with its signal: what was before that is the original's. */
static int64_t time_of(const struct runlog_trial *t)
{
    int64_t end = t->end_ns > 0 ? t->end_ns : t->exit_ns;
    int64_t begin = t->snapshot && t->signal_ns > 0 ? t->signal_ns : 0;

    return end > begin ? end - begin : 0;
}

static int add_trial(const struct runlog_trial *t, void *ctx)
{
    struct gather *g = ctx;
    size_t place;
    struct digest_scenario *s;

    if (t->baseline)
        return 0;
    place = scenario_place(g, t->scenario);
    s = &g->d->scenarios[place];
    if (s->name ==
        NULL) { /* not in run.json: a run folder that was tampered with; still, show it */
        json_t *name = json_string(t->scenario);

        json_array_append_new(g->names, name);
        s->name = json_string_value(name);
        s->file = s->points = "";
    }
    s->counts.run++;
    s->counts.passed += t->outcome == TRIAL_PASSED;
    s->counts.failed += t->outcome == TRIAL_FAILED;
    s->counts.unreached += t->outcome == TRIAL_UNREACHED;
    s->counts.errors += t->outcome == TRIAL_ERROR;
    s->counts.fired += t->fired;
    s->counts.masked += t->masked;
    s->counts.snapshot += t->snapshot;
    s->elapsed_ns += time_of(t);
    if (t->outcome == TRIAL_ERROR && s->reason == NULL && t->trouble != NULL)
        s->reason = mem_printf("trial %" PRId64 ": %s", t->number, t->trouble);
    add_latency(s, t);
    add_untested(s, json_object_get(t->root, "untested"));
    digest_add_findings(g->d, place, t);
    consider_for_timeline(g, t);
    return 0;
}

/* Expected kinds that were never found: such a scenario fails without a single failed trial. */
static char *kinds_missed(const struct digest *d, size_t place)
{
    struct buf missed = {0};
    json_t *kind;
    size_t i, k;

    json_array_foreach(d->scenarios[place].expected_kinds, i, kind)
    {
        const char *name = json_string_value(kind);

        for (k = 0; k < d->findings_n; k++)
            if (d->findings[k].scenario == place && name != NULL &&
                strcmp(d->findings[k].kind, name) == 0)
                break;
        if (k == d->findings_n && name != NULL)
            buf_addf(&missed, "%s%s", missed.len != 0 ? ", " : "", name);
    }
    return missed.len != 0 ? buf_take(&missed) : NULL;
}

/* For a run without its last word. A broken trial beats a finding: it makes the rest doubtful. */
static const char *verdict_so_far(const struct digest_scenario *s, const char *missed)
{
    if (s->counts.errors > 0)
        return "error";
    if (s->counts.failed > 0)
        return "failed";
    if (s->counts.run < s->counts.planned || s->counts.planned == 0)
        return "incomplete";
    if (s->counts.passed == 0)
        return "untested";
    return missed != NULL ? "failed" : "passed";
}

static void finish_scenario(struct digest *d, size_t place)
{
    struct digest_scenario *s = &d->scenarios[place];
    char *missed = kinds_missed(d, place);

    for (int m = 0; m < METRICS; m++)
        stats_sort(&s->latency[m]);
    s->kinds = digest_kinds(d, place);
    if (s->verdict == NULL)
        s->verdict = verdict_so_far(s, missed);
    if (strcmp(s->verdict, "failed") == 0 && missed != NULL && s->reason == NULL)
        s->reason = mem_printf("expected to find %s, and did not", missed);
    if (strcmp(s->verdict, "incomplete") == 0 && s->reason == NULL)
        s->reason = mem_printf("the run %s after %" PRId64 " of %" PRId64 " trials",
                               strcmp(d->log->state, "running") == 0 ? "is, or was cut off,"
                                                                     : "was interrupted",
                               s->counts.run, s->counts.planned);
    if (strcmp(s->verdict, "untested") == 0 && s->reason == NULL)
        s->reason = mem_printf("no point was reached in %" PRId64 " trials", s->counts.run);
    free(missed);
}

static void sum_up(struct digest *d)
{
    struct digest_counts *sum = &d->counts;
    bool tested = false, whole = true, bad = false;

    for (size_t i = 0; i < d->scenarios_n; i++) {
        const struct digest_counts *c = &d->scenarios[i].counts;
        const char *verdict = d->scenarios[i].verdict;

        sum->planned += c->planned;
        sum->run += c->run;
        sum->passed += c->passed;
        sum->failed += c->failed;
        sum->errors += c->errors;
        sum->fired += c->fired;
        sum->unreached += c->unreached;
        sum->masked += c->masked;
        sum->snapshot += c->snapshot;
        sum->sampled_out += c->sampled_out;
        tested = tested || strcmp(verdict, "passed") == 0;
        bad = bad || strcmp(verdict, "failed") == 0;
        whole = whole && strcmp(verdict, "error") != 0 && strcmp(verdict, "incomplete") != 0;
    }
    for (size_t i = 0; i < d->findings_n; i++)
        bad = bad || (!d->findings[i].wanted && !d->findings[i].warning);
    d->verdict = bad ? "findings" : tested && whole ? "clean" : "untested";
}

static void note_gaps(struct digest *d, const struct runlog_end *end)
{
    if (end->missing)
        note(d, mem_strdup("there is no trials.jsonl: no trial has ended yet"));
    if (end->torn)
        note(d, mem_strdup("the last line of trials.jsonl was cut off (the run was killed, or is "
                           "writing it now); that trial is left out"));
    if (strcmp(d->log->state, "finished") != 0)
        note(d, mem_printf("the run is not finished (state: %s): %" PRId64 " of %" PRId64
                           " trials have run",
                           d->log->state, d->counts.run, d->counts.planned));
    for (size_t i = 0; i < d->log->scenarios_n; i++) {
        const struct runlog_scenario *s = &d->log->scenarios[i];

        if (s->run >= 0 && s->run != d->scenarios[i].counts.run)
            note(d, mem_printf("%s: run.json counts %" PRId64 " trials, trials.jsonl has %" PRId64,
                               s->name, s->run, d->scenarios[i].counts.run));
    }
}

int digest_make(const struct runlog *log, struct digest *out, struct error *err)
{
    struct gather g = {.d = out, .index = json_object(), .names = json_array()};
    struct runlog_end end;
    int rc;

    *out = (struct digest){.log = log, .timeline_trial = -1};
    add_scenarios(&g);
    rc = runlog_trials(log, add_trial, &g, &end, err);
    if (rc == 0) {
        digest_order_findings(out);
        for (size_t i = 0; i < out->scenarios_n; i++)
            finish_scenario(out, i);
        sum_up(out);
        note_gaps(out, &end);
    }
    json_decref(g.index);
    out->strays = g.names;
    if (rc < 0)
        digest_free(out);
    return rc;
}

void digest_free(struct digest *d)
{
    for (size_t i = 0; i < d->scenarios_n; i++) {
        struct digest_scenario *s = &d->scenarios[i];

        for (int m = 0; m < METRICS; m++)
            stats_free(&s->latency[m]);
        for (size_t k = 0; k < s->untested_n; k++)
            free(s->untested[k].reason);
        free(s->untested);
        free(s->reason);
        free(s->kinds);
    }
    free(d->scenarios);
    digest_free_findings(d);
    for (size_t i = 0; i < d->notes_n; i++)
        free(d->notes[i]);
    free(d->notes);
    json_decref(d->strays);
    *d = (struct digest){0};
}

size_t digest_count(const struct digest *d, const char *verdict)
{
    size_t n = 0;

    for (size_t i = 0; i < d->scenarios_n; i++)
        n += strcmp(d->scenarios[i].verdict, verdict) == 0;
    return n;
}
