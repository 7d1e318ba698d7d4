/* Markdown for a CI step summary: verdict first, then what was not tested, the table, the findings.
 */
#include "escape.h"
#include "formats.h"
#include "support/duration.h"

#include <inttypes.h>
#include <string.h>

#define ROWS_MAX     200 /* GitHub cuts a step summary at 1 MiB: say the most important part */
#define FINDINGS_MAX 50

static const char *plural(int64_t n)
{
    return n == 1 ? "" : "s";
}

static void verdict_line(const struct digest *d, struct buf *out)
{
    size_t failed = digest_count(d, "failed"), errors = digest_count(d, "error");
    int64_t unwanted = d->findings_more;

    for (size_t i = 0; i < d->findings_n; i++)
        unwanted += !d->findings[i].wanted && !d->findings[i].warning;
    buf_adds(out, "## sigsweep: ");
    if (strcmp(d->verdict, "clean") == 0)
        buf_adds(out, "clean");
    else if (strcmp(d->verdict, "findings") != 0)
        buf_adds(out, "not tested");
    else if (unwanted > 0)
        buf_addf(out, "%" PRId64 " finding%s", unwanted, plural(unwanted));
    else
        buf_adds(out, "an expected finding was not found");
    buf_addf(out, "\n\n**%zu scenario%s**: %zu passed, %zu failed", d->scenarios_n,
             plural((int64_t)d->scenarios_n), digest_count(d, "passed"), failed);
    if (errors > 0)
        buf_addf(out, ", %zu could not run", errors);
    if (digest_count(d, "skipped") > 0)
        buf_addf(out, ", %zu skipped", digest_count(d, "skipped"));
    if (digest_count(d, "untested") > 0)
        buf_addf(out, ", %zu untested", digest_count(d, "untested"));
    if (digest_count(d, "incomplete") > 0)
        buf_addf(out, ", %zu incomplete", digest_count(d, "incomplete"));
    buf_addf(out, ". **%" PRId64 " trial%s** run, a signal fired in %" PRId64 ".\n", d->counts.run,
             plural(d->counts.run), d->counts.fired);
}

static void item(struct buf *out, size_t *items, const char *text)
{
    if ((*items)++ == 0)
        buf_adds(out, "\n### Not tested\n\n");
    buf_adds(out, "- ");
    escape_markdown(out, text);
    buf_adds(out, "\n");
}

static void count_item(struct buf *out, size_t *items, int64_t n, const char *what)
{
    char text[160];

    if (n <= 0)
        return;
    snprintf(text, sizeof(text), "%" PRId64 " %s", n, what);
    item(out, items, text);
}

static void not_tested(const struct digest *d, struct buf *out)
{
    const struct digest_counts *c = &d->counts;
    struct buf text = {0};
    size_t items = 0;

    for (size_t i = 0; i < d->notes_n; i++)
        item(out, &items, d->notes[i]);
    count_item(out, &items, c->unreached, "trials never reached their point: no signal was sent");
    count_item(out, &items, c->masked, "trials ended with a signal still blocked by the program");
    count_item(out, &items, c->sampled_out, "points left out by `limit`: a sample, not all");
    count_item(out, &items, c->errors, "trials could not be run as planned");
    for (size_t i = 0; i < d->scenarios_n; i++) {
        const struct digest_scenario *s = &d->scenarios[i];

        if (strcmp(s->verdict, "passed") != 0 && strcmp(s->verdict, "failed") != 0) {
            buf_clear(&text);
            buf_addf(&text, "%s: %s%s%s", s->name, s->verdict, s->reason != NULL ? ": " : "",
                     s->reason != NULL ? s->reason : "");
            item(out, &items, text.data);
        }
        for (size_t k = 0; k < s->untested_n; k++) {
            buf_clear(&text);
            buf_addf(&text, "%s, %" PRId64 " trial%s: %s", s->name, s->untested[k].trials,
                     plural(s->untested[k].trials), s->untested[k].reason);
            item(out, &items, text.data);
        }
    }
    if (items == 0)
        buf_adds(out, "\nEvery planned trial ran and reached its point; every check could run.\n");
    buf_free(&text);
}

static void latency(struct buf *out, const struct stats *s, double percent)
{
    char text[32];
    int64_t ns = percent < 100 ? stats_percentile(s, percent) : stats_max(s);

    if (s->n + s->never == 0 || (percent == 99 && s->n + s->never < 100))
        buf_adds(out, " - |");
    else if (ns < 0)
        buf_adds(out, " never |");
    else
        buf_addf(out, " %s |", duration_human(ns, text, sizeof(text)));
}

static void row(const struct digest_scenario *s, struct buf *out)
{
    const struct stats *exit = &s->latency[METRIC_EXIT];

    buf_adds(out, "| ");
    escape_markdown(out, s->name);
    buf_addf(out, " | %s | %" PRId64 " | %" PRId64 " | ", s->verdict, s->counts.run,
             s->counts.unreached);
    escape_markdown(out, s->kinds[0] != '\0' ? s->kinds : "-");
    buf_addf(out, " | %zu |", exit->n + exit->never);
    latency(out, exit, 50);
    latency(out, exit, 99);
    latency(out, exit, 100);
    buf_adds(out, "\n");
}

/* A sweep's trials are copies of one execution where that is sound: how many were. */
static void engines(const struct digest *d, struct buf *out)
{
    int64_t copies = d->counts.snapshot;

    if (copies != 0)
        buf_addf(out,
                 "\n%" PRId64 " trial%s made by copying the running program, %" PRId64
                 " by a fresh start.\n",
                 copies, copies == 1 ? " was" : "s were", d->counts.run - copies);
}

/* Failed scenarios first: a long summary is read from the top. */
static int rank(const struct digest_scenario *s)
{
    static const char *const order[] = {"failed", "error", "incomplete", "untested", "skipped"};
    int i = 0;

    while (i < 5 && strcmp(s->verdict, order[i]) != 0)
        i++;
    return i;
}

static void table(const struct digest *d, struct buf *out)
{
    size_t rows = 0;

    if (d->scenarios_n == 0)
        return;
    buf_adds(out, "\n### Scenarios\n\n"
                  "| scenario | verdict | trials | unreached | findings | exits measured "
                  "| p50 | p99 | max |\n"
                  "|---|---|--:|--:|---|--:|--:|--:|--:|\n");
    for (int wanted = 0; wanted <= 5; wanted++)
        for (size_t i = 0; i < d->scenarios_n; i++)
            if (rank(&d->scenarios[i]) == wanted && rows++ < ROWS_MAX)
                row(&d->scenarios[i], out);
    if (rows > ROWS_MAX)
        buf_addf(out, "\n%zu more scenarios are not shown.\n", rows - ROWS_MAX);
    buf_adds(out, "\nTimes are from the first signal to the exit. p99 is given from 100 "
                  "measurements on; `never`: the program had to be ended.\n");
}

static void finding(const struct digest *d, const struct digest_finding *f, struct buf *out)
{
    struct buf text = {0};

    buf_adds(out, f->warning ? "\nwarning: **" : "\n**");
    escape_markdown(out, f->kind);
    buf_adds(out, "** ");
    escape_markdown(out, f->subject);
    buf_adds(out, " in ");
    escape_markdown(out, d->scenarios[f->scenario].name);
    buf_addf(out, " (%" PRId64 " trial%s)\n\n", f->trials, plural(f->trials));
    buf_addf(&text, "%s\n", f->message);
    if (f->expected[0] != '\0')
        buf_addf(&text, "expected: %s\n", f->expected);
    if (f->seen[0] != '\0')
        buf_addf(&text, "seen:     %s\n", f->seen);
    if (f->at[0] != '\0')
        buf_addf(&text, "at:       %s\n", f->at);
    escape_fenced(out, text.data);
    buf_adds(out, "\n");
    escape_fenced(out, f->replay);
    buf_free(&text);
}

static void findings(const struct digest *d, struct buf *out)
{
    size_t shown = 0, wanted = 0, more = 0;

    for (size_t i = 0; i < d->findings_n; i++) {
        if (d->findings[i].wanted) {
            wanted++;
            continue;
        }
        if (shown == FINDINGS_MAX) {
            more++;
            continue;
        }
        if (shown++ == 0)
            buf_adds(out, "\n### Findings\n");
        finding(d, &d->findings[i], out);
    }
    if (more > 0 || d->findings_more > 0)
        buf_addf(out, "\n%" PRId64 " more findings are not shown; the JSON report lists them.\n",
                 (int64_t)more + d->findings_more);
    if (wanted > 0)
        buf_addf(out, "\n%zu finding%s that the scenarios expect (`expect.findings`) %s found.\n",
                 wanted, plural((int64_t)wanted), wanted == 1 ? "was" : "were");
}

void report_markdown(const struct digest *d, struct buf *out)
{
    verdict_line(d, out);
    not_tested(d, out);
    table(d, out);
    engines(d, out);
    findings(d, out);
}
