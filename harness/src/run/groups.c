#include "run/groups.h"

#include "support/buf.h"
#include "support/subject.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *get(json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));

    return text != NULL ? text : "";
}

static int kind_of(json_t *finding)
{
    const char *name = get(finding, "kind");

    for (int k = 0; k < KIND_COUNT; k++) {
        if (strcmp(name, kind_name((enum finding_kind)k)) == 0)
            return k;
    }
    return -1;
}

/* What is left over says itself which cause it is: whatever the point after it was made, it is the
 * same file, and one finding. */
static bool is_left_over(int kind)
{
    return kind == KIND_FILE_LEFT || kind == KIND_PROCESS_LEFT || kind == KIND_FD_LEAK ||
           kind == KIND_THREAD_LEFT || kind == KIND_FILE_TORN || kind == KIND_LOCK_LEFT ||
           kind == KIND_IPC_LEFT || kind == KIND_MEMORY_LEAK || kind == KIND_TERMINAL;
}

static bool is_wanted(json_t *finding)
{
    return json_is_true(json_object_get(finding, "wanted"));
}

static struct group *find(struct run *r, size_t part, uint32_t site, json_t *finding)
{
    const char *subject = get(finding, "subject");
    bool warning = strcmp(get(finding, "severity"), "warning") == 0;
    int kind = kind_of(finding);

    for (size_t i = 0; i < r->groups_n; i++) {
        struct group *g = &r->groups[i];
        if (g->part == part && (int)g->kind == kind && g->warning == warning &&
            g->wanted == is_wanted(finding) && (g->site == site || is_left_over(kind)) &&
            subjects_same(g->subject, subject))
            return g;
    }
    if (kind < 0)
        return NULL;
    if (r->groups_n == GROUPS_MAX) {
        r->groups_more++;
        return NULL;
    }
    r->groups = mem_grow(r->groups, r->groups_n + 1, sizeof(*r->groups));
    r->groups[r->groups_n] = (struct group){.part = part,
                                            .kind = (enum finding_kind)kind,
                                            .site = site,
                                            .warning = warning,
                                            .wanted = is_wanted(finding),
                                            .subject = mem_strdup(subject)};
    r->warnings_n += warning;
    return &r->groups[r->groups_n++];
}

static void replace(char **at, const char *text)
{
    free(*at);
    *at = mem_strdup(text);
}

static void stands_for(struct group *g, size_t number, json_t *trial, json_t *finding)
{
    g->trial = number;
    replace(&g->message, get(finding, "message"));
    replace(&g->expected, get(finding, "expected"));
    replace(&g->seen, get(finding, "seen"));
    replace(&g->where, get(trial, "where"));
    replace(&g->at, get(trial, "at"));
}

void groups_see(struct run *r, size_t part, const struct report_head *head, const char *line)
{
    json_t *trial = json_loadb(line, head->size, JSON_ALLOW_NUL, NULL), *finding;
    size_t i;

    json_array_foreach(json_object_get(trial, "findings"), i, finding)
    {
        struct group *g =
            is_wanted(finding) && !r->confirm_wanted ? NULL : find(r, part, head->site, finding);
        if (g == NULL)
            continue;
        if (g->trial == 0 || head->number < g->trial)
            stands_for(g, head->number, trial, finding);
        g->trials++;
        g->replayed |= head->engine == ENGINE_REPLAY;
    }
    json_decref(trial);
}

static int by_trial(const void *a, const void *b)
{
    const struct group *x = a, *y = b;

    if (x->trial != y->trial)
        return x->trial < y->trial ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return strcmp(x->subject, y->subject);
}

void groups_sort(struct run *r)
{
    if (r->groups_n != 0)
        qsort(r->groups, r->groups_n, sizeof(*r->groups), by_trial);
}

bool line_shows(const char *line, size_t len, const struct group *g)
{
    json_t *trial = json_loadb(line, len, JSON_ALLOW_NUL, NULL), *finding;
    bool shown = false;
    size_t i;

    json_array_foreach(json_object_get(trial, "findings"), i, finding)
    {
        shown |= kind_of(finding) == (int)g->kind &&
                 subjects_same(get(finding, "subject"), g->subject) &&
                 is_wanted(finding) == g->wanted;
    }
    json_decref(trial);
    return shown;
}

bool groups_doubt(struct run *r)
{
    bool any = false;

    for (size_t i = 0; i < r->plan->parts_n; i++) {
        size_t all = 0, refuted = 0;
        for (size_t k = 0; k < r->groups_n; k++) {
            const struct group *g = &r->groups[k];
            all += g->part == i && !g->warning && !g->wanted;
            refuted += g->part == i && !g->warning && !g->wanted && g->tried != 0 &&
                       g->confirmed == 0 && !g->replayed;
        }
        if (all == 0 || refuted < all || r->groups_more != 0)
            continue;
        r->tallies[i].doubted = any = true;
    }
    return any;
}

static json_t *group_json(const struct run *r, const struct group *g)
{
    json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:I, s:I, s:b}",
                          "scenario", r->plan->parts[g->part].scenario->name, "kind",
                          kind_name(g->kind), "subject", g->subject, "message", g->message,
                          "expected", g->expected, "seen", g->seen, "where", g->where, "site",
                          (json_int_t)g->site, "at", g->at, "trial", (json_int_t)g->trial, "trials",
                          (json_int_t)g->trials, "snapshot_only", !g->replayed);

    if (o != NULL && g->warning)
        json_object_set_new(o, "severity", json_string("warning"));
    if (o != NULL && g->wanted)
        json_object_set_new(o, "wanted", json_true());
    if (o != NULL && g->shrunk != NULL)
        json_object_set_new(o, "shrunk", json_string(g->shrunk));
    if (o != NULL && g->tried != 0) {
        json_object_set_new(o, "confirmed", json_integer(g->confirmed));
        json_object_set_new(o, "tried", json_integer(g->tried));
    }
    return o;
}

void groups_write(const struct run *r)
{
    char *path = mem_printf("%s/findings.json", r->folder.path);
    char *next = mem_printf("%s.new", path);
    json_t *list = json_array(), *o;

    for (size_t i = 0; i < r->groups_n; i++)
        json_array_append_new(list, group_json(r, &r->groups[i]));
    o = json_pack("{s:i, s:o, s:I}", "format", RUN_FORMAT, "groups", list, "more",
                  (json_int_t)r->groups_more);
    if (o != NULL && (json_dump_file(o, next, JSON_INDENT(1)) != 0 || rename(next, path) != 0))
        (void)unlink(next);
    json_decref(o);
    free(next);
    free(path);
}

void groups_free(struct run *r)
{
    for (size_t i = 0; i < r->groups_n; i++) {
        struct group *g = &r->groups[i];
        free(g->subject);
        free(g->message);
        free(g->expected);
        free(g->seen);
        free(g->where);
        free(g->at);
        free(g->shrunk);
    }
    free(r->groups);
    r->groups = NULL;
    r->groups_n = 0;
}
