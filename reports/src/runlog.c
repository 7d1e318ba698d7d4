#include "runlog.h"

#include "escape.h"
#include "support/buf.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *text_of(const json_t *object, const char *key, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : otherwise;
}

static int64_t count_of(const json_t *object, const char *key, int64_t otherwise)
{
    const json_t *value = json_object_get(object, key);

    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

/* jansson refuses text that is not UTF-8, and one bad byte must not make a whole run unreadable. */
static json_t *parse(const char *data, size_t len, json_error_t *problem)
{
    struct buf clean = {0};
    json_t *value;

    escape_utf8(&clean, data, len);
    buf_add(&clean, "", 0);
    value = json_loadb(clean.data, clean.len, JSON_ALLOW_NUL, problem);
    buf_free(&clean);
    return value;
}

static int read_whole(const char *path, struct buf *out)
{
    char part[16384];
    size_t got;
    int rc = 0;
    FILE *f = fopen(path, "re");

    if (f == NULL)
        return -errno;
    while ((got = fread(part, 1, sizeof(part), f)) > 0)
        buf_add(out, part, got);
    if (ferror(f))
        rc = errno != 0 ? -errno : -EIO;
    fclose(f);
    return rc;
}

static int read_scenarios(struct runlog *log, const char *path, struct error *err)
{
    json_t *list = json_object_get(log->root, "scenarios"), *item;
    size_t i;

    if (list != NULL && !json_is_array(list))
        return error_set(err, -EINVAL, "%s: \"scenarios\" is not a list", path);
    log->scenarios_n = json_array_size(list);
    log->scenarios = mem_alloc(log->scenarios_n * sizeof(*log->scenarios));
    json_array_foreach(list, i, item)
    {
        struct runlog_scenario *s = &log->scenarios[i];

        s->name = text_of(item, "name", NULL);
        if (s->name == NULL)
            return error_set(err, -EINVAL, "%s: scenario %zu has no \"name\"", path, i + 1);
        s->file = text_of(item, "file", "");
        s->points = text_of(item, "points", "");
        s->verdict = text_of(item, "verdict", NULL);
        s->reason = text_of(item, "reason", NULL);
        s->replay = text_of(item, "replay", NULL);
        s->expected_kinds = json_object_get(item, "expected_kinds");
        s->found_kinds = json_object_get(item, "found_kinds");
        s->planned = count_of(item, "planned", 0);
        s->run = count_of(item, "run", -1);
        s->sampled_out = count_of(item, "sampled_out", 0);
    }
    return 0;
}

static int check_format(const struct runlog *log, const char *path, struct error *err)
{
    const json_t *format = json_object_get(log->root, "format");

    if (!json_is_integer(format))
        return error_set(err, -EINVAL, "%s: no \"format\" number: not the record of a run", path);
    if (json_integer_value(format) > RUNLOG_FORMAT)
        return error_set(err, -EPROTONOSUPPORT,
                         "%s: format %" JSON_INTEGER_FORMAT
                         " (written by sigsweep %s) is newer than "
                         "format %d, which this sigsweep %s reads; use a newer sigsweep",
                         path, json_integer_value(format), text_of(log->root, "sigsweep", "?"),
                         RUNLOG_FORMAT, SIGSWEEP_VERSION);
    if (json_integer_value(format) < 1)
        return error_set(err, -EINVAL, "%s: format %" JSON_INTEGER_FORMAT " does not exist", path,
                         json_integer_value(format));
    return 0;
}

static int read_run(struct runlog *log, const char *path, struct error *err)
{
    struct buf text = {0};
    json_error_t problem;
    int rc = read_whole(path, &text);

    if (rc == -ENOENT)
        error_set(err, rc, "%s: not a run folder: it has no run.json", log->dir);
    else if (rc < 0)
        error_set(err, rc, "%s: %s", path, strerror(-rc));
    if (rc < 0)
        goto out;
    log->root = parse(text.data != NULL ? text.data : "", text.len, &problem);
    if (!json_is_object(log->root)) {
        if (log->root != NULL)
            rc = error_set(err, -EINVAL, "%s: not a JSON object", path);
        else
            rc = error_set(err, -EINVAL, "%s:%d: not JSON: %s", path, problem.line, problem.text);
        goto out;
    }
    if ((rc = check_format(log, path, err)) < 0)
        goto out;
    log->name = text_of(log->root, "name", "run");
    log->state = text_of(log->root, "state", "running");
    log->started = text_of(log->root, "started", "");
    log->version = text_of(log->root, "sigsweep", "?");
    log->seed = text_of(log->root, "seed", "");
    log->host = text_of(json_object_get(log->root, "machine"), "host", "");
    log->elapsed_ns = count_of(log->root, "elapsed_ns", -1);
    rc = read_scenarios(log, path, err);
out:
    buf_free(&text);
    return rc;
}

int runlog_open(const char *dir, struct runlog *log, struct error *err)
{
    struct stat st;
    size_t len = strlen(dir);
    char *path;
    int rc;

    *log = (struct runlog){0};
    while (len > 1 && dir[len - 1] == '/')
        len--;
    log->dir = mem_strndup(dir, len);
    if (stat(log->dir, &st) < 0)
        rc = errno == ENOENT ? error_set(err, -ENOENT, "%s: no such run folder", log->dir)
                             : error_set(err, -errno, "%s: %s", log->dir, strerror(errno));
    else if (!S_ISDIR(st.st_mode))
        rc = error_set(err, -ENOTDIR, "%s: not a folder; name the run's folder, as in runs/NAME",
                       log->dir);
    else {
        path = mem_printf("%s/run.json", log->dir);
        rc = read_run(log, path, err);
        free(path);
    }
    if (rc < 0)
        runlog_close(log);
    return rc;
}

void runlog_close(struct runlog *log)
{
    json_decref(log->root);
    free(log->scenarios);
    free(log->dir);
    *log = (struct runlog){0};
}

static void read_deliveries(struct runlog_trial *t)
{
    json_t *item;
    size_t i;

    json_array_foreach(json_object_get(t->root, "deliveries"), i, item)
    {
        const char *state = text_of(item, "state", "");

        t->fired = t->fired || strcmp(state, "fired") == 0;
        t->masked = t->masked || strcmp(state, "masked") == 0;
    }
}

/* The words of enum trial_outcome, in its order. */
static const char *const outcomes[] = {"passed", "failed", "unreached", "error"};

/* Fills t from t->root. NULL, or what is wrong with it. */
static const char *read_trial(struct runlog_trial *t)
{
    const json_t *times, *ended;
    const char *outcome;
    size_t i;

    if (!json_is_object(t->root))
        return "not a JSON object";
    t->number = count_of(t->root, "trial", -1);
    if (t->number < 0)
        return "no \"trial\" number";
    t->scenario = text_of(t->root, "scenario", NULL);
    if (t->scenario == NULL)
        return "no \"scenario\"";
    t->baseline = strcmp(text_of(t->root, "role", "trial"), "trial") != 0;
    t->snapshot = strcmp(text_of(t->root, "engine", "replay"), "snapshot") == 0;
    outcome = text_of(t->root, "outcome", t->baseline ? "passed" : "");
    for (i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
        if (strcmp(outcome, outcomes[i]) == 0)
            break;
    if (i == sizeof(outcomes) / sizeof(outcomes[0]) && !t->baseline)
        return "\"outcome\" is none of passed, failed, unreached, error";
    t->outcome = i < sizeof(outcomes) / sizeof(outcomes[0]) ? (enum trial_outcome)i : TRIAL_PASSED;
    t->at = text_of(t->root, "at", "");
    t->trouble = text_of(t->root, "trouble", NULL);
    ended = json_object_get(t->root, "ended");
    t->cut_off = json_is_true(json_object_get(ended, "deadline")) ||
                 json_is_true(json_object_get(ended, "flood"));
    times = json_object_get(t->root, "times_ns");
    t->signal_ns = count_of(times, "signal", -1);
    t->cancel_ns = count_of(times, "cancel", -1);
    t->last_cleanup_ns = count_of(times, "last_cleanup", -1);
    t->exit_ns = count_of(times, "exit", -1);
    t->end_ns = count_of(times, "end", -1);
    read_deliveries(t);
    return NULL;
}

static int one_line(const char *path, size_t number, const char *line, size_t len, bool whole,
                    runlog_trial_fn *fn, void *ctx, struct runlog_end *end, struct error *err)
{
    struct runlog_trial trial = {0};
    json_error_t problem;
    const char *wrong;
    int rc = 0;

    trial.root = parse(line, len, &problem);
    if (trial.root == NULL && !whole)
        end->torn = true; /* the writer was killed in the middle of its last write */
    else if (trial.root == NULL)
        rc = error_set(err, -EINVAL, "%s:%zu: not JSON: %s (column %d)", path, number, problem.text,
                       problem.column);
    else if ((wrong = read_trial(&trial)) != NULL)
        rc = error_set(err, -EINVAL, "%s:%zu: not a trial: %s", path, number, wrong);
    else
        rc = fn(&trial, ctx);
    json_decref(trial.root);
    return rc;
}

int runlog_trials(const struct runlog *log, runlog_trial_fn *fn, void *ctx, struct runlog_end *end,
                  struct error *err)
{
    char *path = mem_printf("%s/trials.jsonl", log->dir), *line = NULL;
    size_t room = 0, number = 0;
    ssize_t len;
    int rc = 0;
    FILE *f = fopen(path, "re");

    *end = (struct runlog_end){0};
    if (f == NULL && errno == ENOENT) {
        end->missing = true;
        goto out;
    }
    if (f == NULL) {
        rc = error_set(err, -errno, "%s: %s", path, strerror(errno));
        goto out;
    }
    while (rc == 0 && (errno = 0, len = getline(&line, &room, f)) > 0) {
        bool whole = line[len - 1] == '\n';

        number++;
        if (strspn(line, " \t\r\n") == (size_t)len)
            continue;
        rc = one_line(path, number, line, (size_t)len, whole, fn, ctx, end, err);
        end->lines++;
    }
    if (rc == 0 && (ferror(f) || errno != 0))
        rc = error_set(err, errno != 0 ? -errno : -EIO, "%s:%zu: %s", path, number + 1,
                       strerror(errno != 0 ? errno : EIO));
    fclose(f);
out:
    free(line);
    free(path);
    return rc;
}
