/* Interruption coverage as an lcov tracefile (geninfo(1)): a line's count is how many trials'
 * signals landed at a point of that line. Read from RUN/sites.jsonl and the trials. */
#include "formats.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct site {
    char *file, *function; /* file NULL: no source line is known for it */
    int64_t line;
    int64_t landed;
    bool reached; /* a trial had its point here */
};

struct coverage {
    struct site *sites; /* by number; [0] is none */
    size_t n;
    int64_t unplaced; /* signals that landed where no source line is known */
};

static int read_site(struct coverage *c, const json_t *o)
{
    int64_t number = json_integer_value(json_object_get(o, "site"));
    const char *file = json_string_value(json_object_get(o, "file"));
    const char *function = json_string_value(json_object_get(o, "function"));
    int64_t line = json_integer_value(json_object_get(o, "line"));

    /* They are numbered as they are written, from 1. */
    if (number < 1 || (uint64_t)number != (c->n != 0 ? c->n : 1))
        return -EINVAL;
    c->sites = mem_grow(c->sites, (size_t)number + 1, sizeof(*c->sites));
    if (c->n == 0)
        c->sites[0] = (struct site){0};
    c->n = (size_t)number + 1;
    c->sites[number] = (struct site){.line = line};
    if (file != NULL && line > 0 && strchr(file, '\n') == NULL) {
        c->sites[number].file = mem_strdup(file);
        c->sites[number].function = mem_strdup(function != NULL ? function : "?");
        c->sites[number].function[strcspn(c->sites[number].function, "\n")] = '\0';
    }
    return 0;
}

/* A cut-off last line is left out, as in trials.jsonl. */
static int read_sites(const struct digest *d, struct coverage *c, struct error *err)
{
    char *path = mem_printf("%s/sites.jsonl", d->log->dir), *line = NULL;
    size_t room = 0, number = 0;
    ssize_t len;
    int rc = 0;
    FILE *f = fopen(path, "re");

    if (f == NULL)
        rc = errno == ENOENT ? 0 : error_set(err, -errno, "%s: %s", path, strerror(errno));
    while (f != NULL && rc == 0 && (len = getline(&line, &room, f)) > 0) {
        json_t *o;

        number++;
        if (line[len - 1] != '\n')
            break;
        o = json_loadb(line, (size_t)len, 0, NULL);
        if (o == NULL || read_site(c, o) != 0)
            rc = error_set(err, -EINVAL, "%s:%zu: not a call site", path, number);
        json_decref(o);
    }
    if (f != NULL)
        fclose(f);
    free(line);
    free(path);
    return rc;
}

static int count(const struct runlog_trial *t, void *ctx)
{
    struct coverage *c = ctx;
    int64_t number = json_integer_value(json_object_get(t->root, "site"));
    struct site *s = number > 0 && (size_t)number < c->n ? &c->sites[number] : NULL;

    if (t->baseline)
        return 0;
    if (s != NULL)
        s->reached = true;
    if (t->fired && s != NULL && s->file != NULL)
        s->landed++;
    else if (t->fired)
        c->unplaced++;
    return 0;
}

static int by_line(const void *a, const void *b)
{
    const struct site *x = *(const struct site *const *)a, *y = *(const struct site *const *)b;
    int order = strcmp(x->file, y->file);

    if (order == 0)
        order = (x->line > y->line) - (x->line < y->line);
    return order != 0 ? order : strcmp(x->function, y->function);
}

static int by_function(const void *a, const void *b)
{
    const struct site *x = *(const struct site *const *)a, *y = *(const struct site *const *)b;
    int order = strcmp(x->function, y->function);

    return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

/* One file's lines, in order; then they are sorted by function, whose line is its first one seen.
 */
static void one_file(struct buf *out, const struct site **list, size_t n)
{
    struct buf calls = {0};
    int64_t lines = 0, hit = 0, functions = 0, entered = 0, landed;
    struct buf data = {0};

    for (size_t i = 0, next; i < n; i = next, lines++) {
        landed = 0;
        for (next = i; next < n && list[next]->line == list[i]->line; next++)
            landed += list[next]->landed;
        buf_addf(&data, "DA:%" PRId64 ",%" PRId64 "\n", list[i]->line, landed);
        hit += landed > 0;
    }
    buf_addf(out, "TN:\nSF:%s\n", list[0]->file);
    qsort(list, n, sizeof(*list), by_function);
    for (size_t i = 0, next; i < n; i = next, functions++) {
        landed = 0;
        for (next = i; next < n && strcmp(list[next]->function, list[i]->function) == 0; next++)
            landed += list[next]->landed;
        buf_addf(out, "FN:%" PRId64 ",%s\n", list[i]->line, list[i]->function);
        buf_addf(&calls, "FNDA:%" PRId64 ",%s\n", landed, list[i]->function);
        entered += landed > 0;
    }
    if (calls.len != 0)
        buf_add(out, calls.data, calls.len);
    buf_addf(out, "FNF:%" PRId64 "\nFNH:%" PRId64 "\n", functions, entered);
    if (data.len != 0)
        buf_add(out, data.data, data.len);
    buf_addf(out, "LF:%" PRId64 "\nLH:%" PRId64 "\nend_of_record\n", lines, hit);
    buf_free(&calls);
    buf_free(&data);
}

int report_lcov(const struct digest *d, struct buf *out, int64_t *unplaced, struct error *err)
{
    struct coverage c = {0};
    const struct site **list = NULL;
    struct runlog_end end;
    size_t n = 0;
    int rc = read_sites(d, &c, err);

    if (rc == 0)
        rc = runlog_trials(d->log, count, &c, &end, err);
    list = mem_alloc((c.n + 1) * sizeof(*list));
    for (size_t i = 1; i < c.n && rc == 0; i++)
        if (c.sites[i].file != NULL && c.sites[i].reached)
            list[n++] = &c.sites[i];
    qsort(list, n, sizeof(*list), by_line);
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i; next < n && strcmp(list[next]->file, list[i]->file) == 0; next++)
            ;
        one_file(out, list + i, next - i);
    }
    *unplaced = c.unplaced;
    for (size_t i = 0; i < c.n; i++) {
        free(c.sites[i].file);
        free(c.sites[i].function);
    }
    free(c.sites);
    free(list);
    return rc;
}
