/* rejudge_open.c - whether the records of a run still belong to the scenarios as they are now. */
#include "run/rejudge.h"

#include "scenario/fingerprint.h"
#include "scenario/load.h"
#include "support/buf.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *get(json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static size_t count(json_t *o, const char *key)
{
    return (size_t)json_integer_value(json_object_get(o, key));
}

static int check_run(const struct rejudge *j, bool unfinished, struct buf *messages)
{
    json_t *format = json_object_get(j->root, "format");
    const char *state = get(j->root, "state");

    if (!json_is_integer(format) || json_integer_value(format) < 1) {
        buf_addf(messages, "sigsweep: %s/run.json tells no format: it is not a run of sigsweep\n",
                 j->dir);
        return -EINVAL;
    }
    if (json_integer_value(format) != RUN_FORMAT) {
        bool newer = json_integer_value(format) > RUN_FORMAT;
        buf_addf(messages,
                 "sigsweep: %s/run.json is of format %" JSON_INTEGER_FORMAT ", %s than this "
                 "sigsweep judges (%d); %s\n",
                 j->dir, json_integer_value(format), newer ? "newer" : "older", RUN_FORMAT,
                 newer ? "use the sigsweep that made it, or a later one" : "run it again");
        return -EINVAL;
    }
    if (!unfinished && (state == NULL || strcmp(state, "running") == 0)) {
        buf_addf(
            messages,
            "sigsweep: %s is still running, or was killed; --unfinished judges what is there\n",
            j->dir);
        return -EBUSY;
    }
    return 0;
}

/* As it was given; else below the folder that the run was made in. */
static char *file_of(const struct rejudge *j, const char *file)
{
    const char *directory = get(j->root, "directory");

    if (access(file, R_OK) == 0 || file[0] == '/' || directory == NULL)
        return mem_strdup(file);
    return mem_printf("%s/%s", directory, file);
}

static bool same(json_t *prints, const char *key, uint64_t now)
{
    char text[20];

    snprintf(text, sizeof(text), "%016" PRIx64, now);
    return get(prints, key) != NULL && strcmp(get(prints, key), text) == 0;
}

/* What keeps the records from being judged by the scenario as it is now; NULL: nothing. */
static const char *why_foreign(json_t *entry, const struct scenario *s)
{
    json_t *prints = json_object_get(entry, "fingerprint");
    struct fingerprint now = fingerprint_of(s);

    if (prints == NULL)
        return "the run does not tell which program its records are of: an older sigsweep made it";
    if (!same(prints, "program", now.program))
        return "its `program` is not the one that was run";
    if (!same(prints, "interrupts", now.interrupts))
        return "its `interrupts` are not those that were fired";
    if (!same(prints, "afterwards", now.afterwards) &&
        (s->expect.recover != NULL || s->expect.rerun))
        return "its `recover` or `rerun` is not what was run afterwards";
    return NULL;
}

static void load(struct rejudge *j, struct rejudged *one, json_t *entry, struct buf *messages)
{
    const char *from = get(entry, "file"), *why;
    char *file;

    if (from == NULL) {
        buf_addf(messages,
                 "sigsweep: %s was typed on a command line: there is no file with what is "
                 "expected of it\n",
                 one->name);
        return;
    }
    file = file_of(j, from);
    if (access(file, R_OK) != 0) {
        buf_addf(messages, "sigsweep: scenario %s is gone: cannot read %s: %s\n", one->name, file,
                 strerror(errno));
    } else if (scenario_load_named(file, one->name, &one->scenario, messages) == 0) {
        one->loaded = true;
        why = why_foreign(entry, &one->scenario);
        if (why != NULL) {
            buf_addf(messages,
                     "sigsweep: %s: the records of %s can't be judged by it: %s; run it again\n",
                     file, one->name, why);
            one->loaded = false;
            scenario_free(&one->scenario);
        }
    }
    free(file);
}

/* What the log does not tell: lost trials, points left out, which engine checked which. */
static void carry_over(struct rejudge *j, size_t i, json_t *entry)
{
    struct plan_part *part = &j->plan.parts[i];
    struct tally *t = &j->run.tallies[i];
    json_t *account = json_object_get(entry, "account");

    part->scenario = &j->list[i].scenario;
    part->trials = count(entry, "planned");
    part->first = count(entry, "first_trial");
    part->sampled_out = count(entry, "sampled_out");
    part->unreached = count(account, "unreached") - count(entry, "unreached");
    t->errors = count(entry, "errors");
    t->snapshot = count(account, "snapshot");
    t->replayed = count(account, "replayed");
    t->checked = count(account, "checked");
    t->disagreed = count(account, "disagreed");
    if (get(entry, "verdict") != NULL)
        j->list[i].was = mem_strdup(get(entry, "verdict"));
    if (get(entry, "reason") != NULL && t->errors != 0)
        t->error = mem_strdup(get(entry, "reason"));
    else if (get(entry, "reason") != NULL)
        part->empty = mem_strdup(get(entry, "reason"));
}

int rejudge_open(struct rejudge *j, const char *dir, bool unfinished, struct buf *messages)
{
    char *path = mem_printf("%s/run.json", dir);
    json_error_t problem;
    json_t *entries, *entry;
    size_t i, before = messages->len;
    int rc;

    *j = (struct rejudge){.dir = mem_strdup(dir), .run.folder.trials_fd = -1};
    j->root = json_load_file(path, 0, &problem);
    if (j->root == NULL)
        buf_addf(messages, "sigsweep: %s is no run folder: %s\n", dir, problem.text);
    free(path);
    rc = j->root == NULL ? -ENOENT : check_run(j, unfinished, messages);
    if (rc != 0)
        return rc;
    entries = json_object_get(j->root, "scenarios");
    j->n = j->plan.parts_n = json_array_size(entries);
    j->list = mem_alloc((j->n + 1) * sizeof(*j->list));
    j->plan.parts = mem_alloc((j->n + 1) * sizeof(*j->plan.parts));
    j->run.tallies = mem_alloc((j->n + 1) * sizeof(*j->run.tallies));
    j->run.plan = &j->plan;
    j->run.confirm_wanted = json_is_true(json_object_get(j->root, "confirm_wanted"));
    j->run.folder.path = mem_strdup(dir);
    j->run.folder.state = "interrupted";
    if (get(j->root, "state") != NULL && strcmp(get(j->root, "state"), "finished") == 0)
        j->run.folder.state = "finished";
    json_array_foreach(entries, i, entry)
    {
        struct rejudged *one = &j->list[i];

        one->name = get(entry, "name") != NULL ? get(entry, "name") : "?";
        record_init(&one->baseline);
        carry_over(j, i, entry);
        if (one->was == NULL || strcmp(one->was, "skipped") != 0)
            load(j, one, entry, messages);
        else if (j->plan.parts[i].empty != NULL)
            j->plan.parts[i].skip = mem_strdup(j->plan.parts[i].empty);
    }
    return messages->len == before ? 0 : -EINVAL;
}

void rejudge_close(struct rejudge *j)
{
    for (size_t i = 0; i < j->n; i++) {
        struct rejudged *one = &j->list[i];

        record_free(&one->baseline);
        free(one->was);
        if (one->loaded)
            scenario_free(&one->scenario);
    }
    run_free(&j->run);
    plan_free(&j->plan);
    free(j->list);
    json_decref(j->root);
    free(j->dir);
}
