/* The latency pictures: an ECDF for each metric, and one overview of all scenarios. */
#include "escape.h"
#include "plots.h"
#include "support/buf.h"
#include "support/duration.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX      10  /* more can't be told apart */
#define POINTS_MAX     500 /* steps of one line: more than a picture has pixels for */
#define ROWS_MAX       40
#define NAME_MAX_CHARS 44
#define WIDTH          960

/* A log axis has no zero: everything under 1 us is drawn there. */
static double seconds(int64_t ns)
{
    return (double)(ns < 1000 ? 1000 : ns) / 1e9;
}

struct range {
    double low, high;
};

static void include(struct range *r, int64_t ns)
{
    if (ns < 0)
        return;
    if (r->low == 0 || seconds(ns) < r->low)
        r->low = seconds(ns);
    if (seconds(ns) > r->high)
        r->high = seconds(ns);
}

/* To the whole decades around, so that the axis has at least two labels. */
static void set_range(struct buf *settings, const struct range *r)
{
    double low = floor(log10(r->low * 0.95)), high = ceil(log10(r->high * 1.05));

    buf_addf(settings, "xlow = 1e%d\nxhigh = 1e%d\n", (int)low, (int)high);
}

static char *short_name(const char *name)
{
    struct buf out = {0};

    escape_field(&out, name, NAME_MAX_CHARS);
    return buf_take(&out);
}

struct pick {
    size_t place;
    size_t trials;
    int64_t worst;
};

static int by_trials(const void *a, const void *b)
{
    const struct pick *x = a, *y = b;

    if (x->trials != y->trials)
        return x->trials < y->trials ? 1 : -1;
    return (x->place > y->place) - (x->place < y->place);
}

static int by_worst(const void *a, const void *b)
{
    const struct pick *x = a, *y = b;

    if (x->worst != y->worst)
        return x->worst < y->worst ? 1 : -1;
    return (x->place > y->place) - (x->place < y->place);
}

static void table_head(struct buf *settings, double y)
{
    static const char *const heads[] = {"trials", "p50", "p90", "p99", "max"};

    plots_label(settings, 58, y, "left", "#555555", "scenario");
    for (int c = 0; c < 5; c++)
        plots_label(settings, WIDTH - 25 - (4 - c) * 92, y, "right", "#555555", heads[c]);
}

static void table_row(struct buf *settings, const struct digest_scenario *s, enum metric m,
                      double y, size_t line)
{
    static const double percents[] = {50, 90, 99, 100};
    const struct stats *l = &s->latency[m];
    char *name = short_name(s->name), text[48];

    buf_addf(
        settings,
        "set arrow from screen 20.0/width,1 - %.1f/height to screen 50.0/width,1 - %.1f/height "
        "nohead lc rgb word('#0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9 #000000 #7F6000 "
        "#882255 #888888', %zu) lw 2.5 dt %d\n",
        y, y, line, line > 5 ? 4 : 1);
    plots_label(settings, 58, y, "left", "#000000", name);
    snprintf(text, sizeof(text), "%zu", l->n + l->never);
    plots_label(settings, WIDTH - 25 - 4 * 92, y, "right", "#000000", text);
    for (int c = 0; c < 4; c++) {
        int64_t ns = percents[c] < 100 ? stats_percentile(l, percents[c]) : stats_max(l);

        if (percents[c] == 99 && l->n + l->never < 100)
            strcpy(text, "-"); /* 1 in 100 can't be seen in fewer */
        else if (ns < 0)
            strcpy(text, "never");
        else
            duration_human(ns, text, sizeof(text));
        plots_label(settings, WIDTH - 25 - (3 - c) * 92, y, "right", "#000000", text);
    }
    free(name);
}

static void ecdf_data(struct buf *data, const struct digest_scenario *s, enum metric m,
                      const struct range *r)
{
    struct stats_point *points = mem_alloc(POINTS_MAX * sizeof(*points));
    size_t n = stats_ecdf(&s->latency[m], points, POINTS_MAX);
    char *name = short_name(s->name);

    buf_addf(data, "# %s: seconds, share of the trials\n", name);
    buf_addf(data, "%.9f\t0\n", n != 0 ? seconds(points[0].ns) : r->low);
    for (size_t i = 0; i < n; i++)
        buf_addf(data, "%.9f\t%.6f\n", seconds(points[i].ns), points[i].share);
    /* On to the right end: nothing more happens there, or never did. */
    buf_addf(data, "%.9f\t%.6f\n\n\n", r->high * 10, n != 0 ? points[n - 1].share : 0);
    free(name);
    free(points);
}

static int ecdf(const struct digest *d, enum metric m, struct pick *picks, size_t n,
                struct plots *p, struct error *err)
{
    static const char *const names[] = {"latency-cancel", "latency-cleanup", "latency-exit"};
    struct buf data = {0}, settings = {0}, text = {0};
    size_t lines = n < LINES_MAX ? n : LINES_MAX;
    double plot_bottom = 62 + 330, below = 74 + 24 * (double)lines + 34;
    struct range r = {0, 0};
    int rc;

    qsort(picks, n, sizeof(*picks), by_trials);
    for (size_t i = 0; i < lines; i++) {
        include(&r, stats_min(&d->scenarios[picks[i].place].latency[m]));
        if (d->scenarios[picks[i].place].latency[m].n != 0)
            include(&r, stats_percentile(&d->scenarios[picks[i].place].latency[m], 1));
        for (size_t k = 0; k < d->scenarios[picks[i].place].latency[m].n; k++)
            include(&r, d->scenarios[picks[i].place].latency[m].values[k]);
    }
    for (size_t i = 0; i < lines; i++) {
        ecdf_data(&data, &d->scenarios[picks[i].place], m, &r);
        table_row(&settings, &d->scenarios[picks[i].place], m, plot_bottom + 96 + 24 * (double)i,
                  i + 1);
    }
    table_head(&settings, plot_bottom + 72);
    plots_text(&settings, "name", names[m]);
    plots_number(&settings, "rows", (double)lines);
    plots_number(&settings, "width", WIDTH);
    plots_number(&settings, "height", plot_bottom + below);
    plots_number(&settings, "below", below);
    set_range(&settings, &r);
    buf_addf(&text, "How soon after the signal: %s", metric_title(m));
    plots_text(&settings, "title_text", text.data);
    buf_clear(&text);
    if (n > lines)
        buf_addf(&text, "the %zu scenarios with most trials, of %zu", lines, n);
    else
        buf_adds(&text, "every scenario with two or more measured trials");
    buf_adds(&text, "; p99 from 100 trials on");
    plots_text(&settings, "subtitle", text.data);
    buf_clear(&text);
    buf_addf(&text, "from the first signal to %s (log scale)",
             m == METRIC_CANCEL ? "the cancel"
             : m == METRIC_EXIT ? "the exit"
                                : "the last cleanup");
    plots_text(&settings, "xlabel_text", text.data);
    rc = plots_picture(p, "ecdf", names[m], &data, &settings, err);
    if (rc == 0 && n > lines) {
        buf_clear(&text);
        for (size_t i = lines; i < n && i < lines + 30; i++)
            buf_addf(&text, "%s%s", i > lines ? ", " : "", d->scenarios[picks[i].place].name);
        report_written_note(p->written,
                            mem_printf("%s shows %zu of %zu scenarios; not: %s%s", names[m], lines,
                                       n, text.data, n > lines + 30 ? ", ..." : ""));
    }
    buf_free(&data);
    buf_free(&settings);
    buf_free(&text);
    return rc;
}

static void value_or_nan(struct buf *data, int64_t ns)
{
    if (ns >= 0)
        buf_addf(data, "\t%.9f", seconds(ns));
    else
        buf_adds(data, "\tNaN");
}

static int overview(const struct digest *d, struct pick *picks, size_t n, struct plots *p,
                    struct error *err)
{
    struct buf data = {0}, settings = {0}, text = {0};
    size_t rows = n < ROWS_MAX ? n : ROWS_MAX, widest = 8;
    struct range r = {0, 0};
    int rc;

    qsort(picks, n, sizeof(*picks), by_worst);
    for (size_t i = 0; i < rows; i++) {
        const struct digest_scenario *s = &d->scenarios[picks[i].place];
        char *name = short_name(s->name);

        buf_addf(&data, "%zu\t%s", i + 1, name);
        if (escape_width(name) > widest)
            widest = escape_width(name);
        for (int m = 0; m < METRICS; m++) {
            const struct stats *l = &s->latency[m];
            int64_t max = l->n != 0 ? l->values[l->n - 1] : -1;

            value_or_nan(&data, stats_percentile(l, 50));
            value_or_nan(&data, stats_min(l));
            value_or_nan(&data, max);
            include(&r, stats_min(l));
            include(&r, max);
        }
        buf_adds(&data, "\n");
        free(name);
    }
    plots_text(&settings, "name", "latency-scenarios");
    plots_number(&settings, "rows", (double)rows);
    plots_number(&settings, "width", WIDTH);
    plots_number(&settings, "left", 24 + 7.4 * (double)widest);
    plots_number(&settings, "height", 92 + 52 + 30 * (double)(rows < 3 ? 3 : rows));
    set_range(&settings, &r);
    plots_text(&settings, "title_text", "How soon each scenario was over");
    buf_addf(&text, "a dot is the median, a line goes from the fastest to the slowest trial; the "
                    "slowest scenario on top");
    if (n > rows)
        buf_addf(&text, "; %zu of %zu", rows, n);
    plots_text(&settings, "subtitle", text.data);
    rc = plots_picture(p, "scenarios", "latency-scenarios", &data, &settings, err);
    if (rc == 0 && n > rows)
        report_written_note(p->written, mem_printf("latency-scenarios shows the %zu slowest of %zu "
                                                   "scenarios",
                                                   rows, n));
    buf_free(&data);
    buf_free(&settings);
    buf_free(&text);
    return rc;
}

int plots_latency(const struct digest *d, struct plots *p, struct error *err)
{
    struct pick *picks = mem_alloc(d->scenarios_n * sizeof(*picks));
    size_t n, i;
    int rc = 0;

    for (int m = 0; m < METRICS && rc == 0; m++) {
        for (n = i = 0; i < d->scenarios_n; i++) {
            const struct stats *l = &d->scenarios[i].latency[m];

            if (l->n >= 2) /* a single trial has no distribution */
                picks[n++] = (struct pick){i, l->n + l->never, 0};
        }
        if (n > 0)
            rc = ecdf(d, (enum metric)m, picks, n, p, err);
    }
    for (n = i = 0; i < d->scenarios_n && rc == 0; i++) {
        int64_t worst = -1;

        for (int m = 0; m < METRICS; m++) {
            const struct stats *l = &d->scenarios[i].latency[m];

            if (l->n != 0 && l->values[l->n - 1] > worst)
                worst = l->values[l->n - 1];
        }
        if (worst >= 0)
            picks[n++] = (struct pick){i, 0, worst};
    }
    if (rc == 0 && n > 0)
        rc = overview(d, picks, n, p, err);
    else if (rc == 0)
        report_written_note(p->written, mem_strdup("no latency picture: no trial had a signal that "
                                                   "fired and an end that was its own"));
    free(picks);
    return rc;
}
