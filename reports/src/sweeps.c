#include "sweeps.h"

#include "support/buf.h"

#include <stdlib.h>
#include <string.h>

struct gather {
    struct sweep *list;
    size_t n;
};

static size_t sets_in(const char *points)
{
    static const char mark[] = "@each:";
    size_t n = 0;

    for (const char *p = points; (p = strstr(p, mark)) != NULL; p += strlen(mark))
        n++;
    return n;
}

static unsigned keep_text(struct sweep *s, char *text)
{
    const json_t *place = json_object_get(s->index, text);

    if (place != NULL) {
        free(text);
        return (unsigned)json_integer_value(place);
    }
    if ((s->texts_n & (s->texts_n - 1)) == 0)
        s->texts = mem_grow(s->texts, s->texts_n != 0 ? 2 * s->texts_n : 1, sizeof(*s->texts));
    json_object_set_new(s->index, text, json_integer((json_int_t)s->texts_n));
    s->texts[s->texts_n] = text;
    return (unsigned)s->texts_n++;
}

static unsigned kind_place(struct sweep *s, const char *kind)
{
    for (size_t i = 0; i < s->kinds_n; i++)
        if (strcmp(s->kinds[i], kind) == 0)
            return (unsigned)i;
    s->kinds = mem_grow(s->kinds, s->kinds_n + 1, sizeof(*s->kinds));
    s->kinds[s->kinds_n] = mem_strdup(kind);
    return (unsigned)s->kinds_n++;
}

static unsigned what_of(struct sweep *s, const struct runlog_trial *t)
{
    const json_t *finding = json_array_get(json_object_get(t->root, "findings"), 0);
    const char *kind = json_string_value(json_object_get(finding, "kind"));

    if (kind != NULL)
        return SWEEP_FINDING + kind_place(s, kind);
    if (t->outcome == TRIAL_ERROR)
        return SWEEP_ERROR;
    if (t->outcome == TRIAL_UNREACHED)
        return SWEEP_UNREACHED;
    return t->masked ? SWEEP_MASKED : SWEEP_CLEAN;
}

static int add_trial(const struct runlog_trial *t, void *ctx)
{
    struct gather *g = ctx;
    const char *where, *comma;
    struct sweep *s = NULL;
    struct sweep_cell *cell;

    for (size_t i = 0; i < g->n && s == NULL; i++)
        if (strcmp(g->list[i].scenario->name, t->scenario) == 0)
            s = &g->list[i];
    if (s == NULL || t->baseline)
        return 0;
    if ((s->n & (s->n - 1)) == 0)
        s->cells = mem_grow(s->cells, s->n != 0 ? 2 * s->n : 1, sizeof(*s->cells));
    cell = &s->cells[s->n++];
    where = json_string_value(json_object_get(t->root, "where"));
    *cell = (struct sweep_cell){.what = what_of(s, t)};
    cell->where = keep_text(s, mem_strdup(where != NULL ? where : "?"));
    comma = strchr(t->at, ',');
    if (s->pairs && comma != NULL) {
        cell->first = keep_text(s, mem_strndup(t->at, (size_t)(comma - t->at)));
        cell->second = keep_text(s, mem_strdup(strrchr(t->at, ',') + 1));
    }
    return 0;
}

int sweeps_read(const struct digest *d, struct sweep **list, size_t *n, struct error *err)
{
    struct gather g = {0};
    struct runlog_end end;
    int rc = 0;

    for (size_t i = 0; i < d->scenarios_n; i++) {
        const struct digest_scenario *s = &d->scenarios[i];
        size_t sets = s->points != NULL ? sets_in(s->points) : 0;

        if (sets == 0 || s->counts.run == 0)
            continue;
        g.list = mem_grow(g.list, g.n + 1, sizeof(*g.list));
        g.list[g.n++] = (struct sweep){.scenario = s, .pairs = sets > 1, .index = json_object()};
    }
    if (g.n != 0)
        rc = runlog_trials(d->log, add_trial, &g, &end, err);
    *list = g.list;
    *n = g.n;
    return rc;
}

void sweeps_free(struct sweep *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < list[i].kinds_n; k++)
            free(list[i].kinds[k]);
        for (size_t k = 0; k < list[i].texts_n; k++)
            free(list[i].texts[k]);
        free(list[i].kinds);
        free(list[i].texts);
        free(list[i].cells);
        json_decref(list[i].index);
    }
    free(list);
}

const char *sweep_what(const struct sweep *s, unsigned what)
{
    static const char *const names[] = {"clean", "masked", "unreached", "error"};

    return what < SWEEP_FINDING ? names[what] : s->kinds[what - SWEEP_FINDING];
}
