/* The summary as one JSON object: docs/reference/reports.md says what each key means. */
#include "escape.h"
#include "formats.h"

#include <stdlib.h>
#include <string.h>

#define SUMMARY_FORMAT 1

/* Any text as a JSON string: a folder's name may hold bytes that are not UTF-8. */
static json_t *string(const char *text)
{
    struct buf clean = {0};
    json_t *value;

    escape_utf8(&clean, text, strlen(text));
    buf_add(&clean, "", 0);
    value = json_string(clean.data);
    buf_free(&clean);
    return value;
}

static json_t *count(int64_t n)
{
    return json_integer(n);
}

static json_t *time_or_null(int64_t ns)
{
    return ns >= 0 ? json_integer(ns) : json_null();
}

static json_t *counts(const struct digest_counts *c)
{
    return json_pack("{s:o s:o s:o s:o s:o s:o s:o s:o s:o}", "planned", count(c->planned), "run",
                     count(c->run), "passed", count(c->passed), "failed", count(c->failed),
                     "errors", count(c->errors), "fired", count(c->fired), "unreached",
                     count(c->unreached), "masked", count(c->masked), "sampled_out",
                     count(c->sampled_out));
}

static json_t *kinds_found(const struct digest *d, size_t place)
{
    json_t *list = json_array(), *seen;
    size_t i, k;

    for (i = 0; i < d->findings_n; i++) {
        bool known = false;

        if (d->findings[i].scenario != place)
            continue;
        json_array_foreach(list, k, seen)
        {
            known = known || strcmp(json_string_value(seen), d->findings[i].kind) == 0;
        }
        if (!known)
            json_array_append_new(list, string(d->findings[i].kind));
    }
    return list;
}

static json_t *scenario(const struct digest *d, size_t place)
{
    const struct digest_scenario *s = &d->scenarios[place];
    json_t *out = json_object(), *untested = json_array();

    json_object_set_new(out, "name", string(s->name));
    json_object_set_new(out, "file", string(s->file));
    json_object_set_new(out, "points", string(s->points));
    json_object_set_new(out, "verdict", string(s->verdict));
    if (s->reason != NULL)
        json_object_set_new(out, "reason", string(s->reason));
    json_object_set_new(out, "trials", counts(&s->counts));
    if (s->expected_kinds != NULL)
        json_object_set(out, "expected_kinds", s->expected_kinds);
    json_object_set_new(out, "found_kinds", kinds_found(d, place));
    for (size_t i = 0; i < s->untested_n; i++)
        json_array_append_new(untested,
                              json_pack("{s:o s:o}", "reason", string(s->untested[i].reason),
                                        "trials", count(s->untested[i].trials)));
    json_object_set_new(out, "untested", untested);
    return out;
}

static json_t *findings(const struct digest *d, bool wanted)
{
    json_t *list = json_array();

    for (size_t i = 0; i < d->findings_n; i++) {
        const struct digest_finding *f = &d->findings[i];

        if (f->wanted != wanted)
            continue;
        json_array_append_new(
            list, json_pack("{s:o s:o s:o s:o s:o s:o s:o s:o s:o s:o}", "kind", string(f->kind),
                            "subject", string(f->subject), "scenario",
                            string(d->scenarios[f->scenario].name), "trials", count(f->trials),
                            "first_trial", count(f->first_trial), "at", string(f->at), "message",
                            string(f->message), "expected", string(f->expected), "seen",
                            string(f->seen), "replay", string(f->replay)));
        json_object_set_new(json_array_get(list, json_array_size(list) - 1), "severity",
                            json_string(f->warning ? "warning" : "error"));
    }
    return list;
}

static void add_latency(json_t *list, const struct digest_scenario *s, enum metric m)
{
    static const struct {
        const char *key;
        double percent;
    } wanted[] = {{"p50_ns", 50}, {"p90_ns", 90}, {"p99_ns", 99}};
    const struct stats *l = &s->latency[m];
    json_t *row;

    if (l->n + l->never == 0)
        return;
    row = json_pack("{s:o s:s s:s s:o s:o s:o}", "scenario", string(s->name), "from", "signal",
                    "to", metric_name(m), "n", count((int64_t)l->n), "never",
                    count((int64_t)l->never), "min_ns", time_or_null(stats_min(l)));
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        json_object_set_new(row, wanted[i].key,
                            time_or_null(stats_percentile(l, wanted[i].percent)));
    json_object_set_new(row, "max_ns", time_or_null(stats_max(l)));
    json_array_append_new(list, row);
}

void report_json(const struct digest *d, struct buf *out)
{
    json_t *root = json_object(), *scenarios = json_array(), *latency = json_array();
    json_t *notes = json_array(), *list;
    char *text;

    for (size_t i = 0; i < d->scenarios_n; i++) {
        json_array_append_new(scenarios, scenario(d, i));
        for (int m = 0; m < METRICS; m++)
            add_latency(latency, &d->scenarios[i], (enum metric)m);
    }
    for (size_t i = 0; i < d->notes_n; i++)
        json_array_append_new(notes, string(d->notes[i]));
    json_object_set_new(root, "format", json_integer(SUMMARY_FORMAT));
    json_object_set_new(root, "run", string(d->log->name));
    json_object_set_new(root, "state", string(d->log->state));
    json_object_set_new(root, "verdict", string(d->verdict));
    json_object_set_new(root, "trials", counts(&d->counts));
    json_object_set_new(root, "scenarios", scenarios);
    json_object_set_new(root, "engines",
                        json_pack("{s:o s:o}", "snapshot", count(d->counts.snapshot), "replay",
                                  count(d->counts.run - d->counts.snapshot)));
    list = json_confirmed_findings(d);
    json_object_set_new(root, "findings", list != NULL ? list : findings(d, false));
    json_object_set_new(root, "expected_findings", findings(d, true));
    json_object_set_new(root, "findings_not_listed", count(d->findings_more));
    json_object_set_new(root, "latency", latency);
    json_object_set_new(root, "notes", notes);
    text = json_dumps(root, JSON_INDENT(2));
    if (text != NULL)
        buf_adds(out, text);
    buf_adds(out, "\n");
    free(text);
    json_decref(root);
}
