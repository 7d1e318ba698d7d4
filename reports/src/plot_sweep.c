/* The pictures of a sweep: the strip of its points' outcomes with its stretches, and, of pairs, the
 * heat map, first signal x second. */
#include "escape.h"
#include "plots.h"
#include "sweeps.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PICTURES_MAX  12 /* a run of more sweeps is no album */
#define WIDTH         960
#define STRIP_COLUMNS 455 /* two pixels each */
#define HEAT_COLUMNS  200
#define STRETCHES_MAX 20
#define LEGEND_Y      66

static const char *color_of(unsigned what)
{
    static const char *const states[] = {"#BFE3CB", "#56B4E9", "#BBBBBB", "#000000"};
    static const char *const kinds[] = {"#D55E00", "#CC79A7", "#E69F00",
                                        "#882255", "#7F6000", "#0072B2"};

    return what < SWEEP_FINDING ? states[what] : kinds[(what - SWEEP_FINDING) % 6];
}

static void swatch(struct buf *settings, double x, double y, unsigned what)
{
    buf_addf(
        settings,
        "set arrow from screen %.1f/width,1 - %.1f/height to screen %.1f/width,1 - %.1f/height "
        "nohead lc rgb '%s' lw 9\n",
        x, y, x + 12, y, color_of(what));
}

static void legend(struct buf *settings, const struct sweep *s, bool blank)
{
    double x = 14;

    for (unsigned what = 0; what < SWEEP_FINDING + s->kinds_n; what++) {
        size_t n = 0;
        char *text;

        for (size_t i = 0; i < s->n; i++)
            n += s->cells[i].what == what;
        if (n == 0 || x > WIDTH - 160)
            continue;
        text = mem_printf("%zu %s", n, sweep_what(s, what));
        swatch(settings, x, LEGEND_Y, what);
        plots_label(settings, x + 20, LEGEND_Y, "left", "#000000", text);
        x += 44 + 8.0 * (double)strlen(text);
        free(text);
    }
    if (blank)
        plots_label(settings, x, LEGEND_Y, "left", "#555555", "white: not tested");
}

static void titles(struct buf *settings, const struct sweep *s, const char *name, double height,
                   const char *what)
{
    struct buf title = {0}, under = {0};

    escape_field(&title, s->scenario->name, 60);
    buf_addf(&title, ": %s", what);
    buf_addf(&under, "%s; %zu points", s->scenario->points, s->n);
    if (s->scenario->counts.sampled_out > 0)
        buf_addf(&under, ", %" PRId64 " more sampled out: not tested",
                 s->scenario->counts.sampled_out);
    plots_text(settings, "name", name);
    plots_number(settings, "width", WIDTH);
    plots_number(settings, "height", height);
    plots_text(settings, "title_text", title.data);
    plots_text(settings, "subtitle", under.data);
    buf_free(&title);
    buf_free(&under);
}

static int draw(struct plots *p, const char *template, const char *name, struct buf *data,
                struct buf *settings, struct error *err)
{
    int rc = plots_picture(p, template, name, data, settings, err);

    buf_free(data);
    buf_free(settings);
    return rc;
}

/* --------------------------------------------------------------------------------- the strip */

/* A line for each stretch of like outcome; returns how many. */
static size_t stretches(struct buf *settings, const struct sweep *s, double y)
{
    size_t lines = 0, from = 0, more = 0;

    for (size_t i = 1; i <= s->n; i++) {
        const struct sweep_cell *first = &s->cells[from];
        char *text;

        if (i < s->n && s->cells[i].what == first->what)
            continue;
        if (lines < STRETCHES_MAX) {
            text = from + 1 == i ? mem_printf("%zu", i) : mem_printf("%zu - %zu", from + 1, i);
            swatch(settings, 20, y + 22 * (double)lines, first->what);
            plots_label(settings, 42, y + 22 * (double)lines, "left", "#000000", text);
            free(text);
            plots_label(settings, 150, y + 22 * (double)lines, "left", "#000000",
                        sweep_what(s, first->what));
            text = mem_printf("from %s", s->texts[first->where]);
            plots_label(settings, 290, y + 22 * (double)lines, "left", "#555555", text);
            free(text);
            lines++;
        } else {
            more++;
        }
        from = i;
    }
    if (more != 0) {
        char *text = mem_printf("and %zu more stretches", more);

        plots_label(settings, 42, y + 22 * (double)lines++, "left", "#555555", text);
        free(text);
    }
    return lines;
}

static int strip(const struct sweep *s, size_t number, struct plots *p, struct error *err)
{
    struct buf data = {0}, settings = {0}, lines = {0};
    size_t bin = (s->n + STRIP_COLUMNS - 1) / STRIP_COLUMNS, listed;
    char *name = mem_printf("strip-%zu", number);
    int rc;

    buf_adds(&data, "# first point, last point, outcome, colour\n");
    for (size_t i = 0; i < s->n; i += bin) {
        size_t end = i + bin < s->n ? i + bin : s->n;
        unsigned worst = 0;

        for (size_t k = i; k < end; k++)
            worst = s->cells[k].what > worst ? s->cells[k].what : worst;
        buf_addf(&data, "%zu\t%zu\t%s\t0x%s\n", i + 1, end, sweep_what(s, worst),
                 color_of(worst) + 1);
    }
    listed = stretches(&lines, s, 200);
    titles(&settings, s, name, 210 + 22 * (double)listed, "outcome at each point");
    plots_number(&settings, "points", (double)s->n);
    legend(&settings, s, false);
    buf_add(&settings, lines.data, lines.len);
    buf_free(&lines);
    rc = draw(p, "strip", name, &data, &settings, err);
    free(name);
    return rc;
}

/* ------------------------------------------------------------------------------ the heat map */

struct rank {
    unsigned text;
    double key;
};

/* Calls in the order of their count in the thread; points of other kinds as they first came. */
static double order_of(const char *point)
{
    const char *call = strstr(point, "@syscall:");
    unsigned process, thread;
    unsigned long nth;

    if (call == NULL || sscanf(call, "@syscall:%u.%u.%lu", &process, &thread, &nth) != 3)
        return 0;
    return process * 1e12 + thread * 1e9 + (double)nth;
}

static int by_order(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->text > y->text) - (x->text < y->text);
}

/* place[text]: where on the axis the point is. Returns how many there are. */
static size_t axis(const struct sweep *s, bool second, size_t *place)
{
    struct rank *list = mem_alloc((s->texts_n + 1) * sizeof(*list));
    bool *seen = mem_alloc(s->texts_n + 1);
    size_t n = 0;

    memset(seen, 0, s->texts_n + 1);
    for (size_t i = 0; i < s->n; i++) {
        unsigned text = second ? s->cells[i].second : s->cells[i].first;

        if (!seen[text])
            list[n++] = (struct rank){text, order_of(s->texts[text])};
        seen[text] = true;
    }
    qsort(list, n, sizeof(*list), by_order);
    for (size_t i = 0; i < n; i++)
        place[list[i].text] = i;
    free(list);
    free(seen);
    return n;
}

static size_t binned(size_t n)
{
    return (n + HEAT_COLUMNS - 1) / HEAT_COLUMNS;
}

static void heat_data(struct buf *data, const struct sweep *s, const size_t *x, const size_t *y,
                      size_t columns, size_t rows)
{
    size_t bin_x = binned(columns), bin_y = binned(rows);
    size_t wide = columns / bin_x + 1, high = rows / bin_y + 1;
    int *worst = mem_alloc(wide * high * sizeof(*worst));

    memset(worst, -1, wide * high * sizeof(*worst));
    for (size_t i = 0; i < s->n; i++) {
        const struct sweep_cell *c = &s->cells[i];
        int *at = &worst[y[c->second] / bin_y * wide + x[c->first] / bin_x];

        *at = (int)c->what > *at ? (int)c->what : *at;
    }
    buf_adds(data, "# first signal's point: from, to; second's: from, to; outcome, colour\n");
    for (size_t i = 0; i < wide * high; i++) {
        if (worst[i] >= 0)
            buf_addf(data, "%zu\t%zu\t%zu\t%zu\t%s\t0x%s\n", i % wide * bin_x + 1,
                     i % wide * bin_x + bin_x, i / wide * bin_y + 1, i / wide * bin_y + bin_y,
                     sweep_what(s, (unsigned)worst[i]), color_of((unsigned)worst[i]) + 1);
    }
    free(worst);
}

static int heat(const struct sweep *s, size_t number, struct plots *p, struct error *err)
{
    struct buf data = {0}, settings = {0};
    char *name = mem_printf("pairs-%zu", number);
    size_t *x = mem_alloc((s->texts_n + 1) * sizeof(*x));
    size_t *y = mem_alloc((s->texts_n + 1) * sizeof(*y));
    size_t columns = axis(s, false, x), rows = axis(s, true, y);
    int rc;

    heat_data(&data, s, x, y, columns, rows);
    titles(&settings, s, name, 640, "outcome of each pair of signals");
    plots_number(&settings, "columns", (double)columns);
    plots_number(&settings, "rows", (double)rows);
    legend(&settings, s, true);
    rc = draw(p, "pairs", name, &data, &settings, err);
    free(x);
    free(y);
    free(name);
    return rc;
}

int plots_sweeps(const struct digest *d, struct plots *p, struct error *err)
{
    struct sweep *list = NULL;
    size_t n = 0;
    int rc = sweeps_read(d, &list, &n, err);

    for (size_t i = 0; i < n && i < PICTURES_MAX && rc == 0; i++) {
        if (list[i].n != 0)
            rc = list[i].pairs ? heat(&list[i], i + 1, p, err) : strip(&list[i], i + 1, p, err);
    }
    if (n > PICTURES_MAX && rc == 0)
        report_written_note(p->written,
                            mem_printf("pictures of the first %d of %zu sweeps", PICTURES_MAX, n));
    sweeps_free(list, n);
    return rc;
}
