#include "run/rejudge.h"

#include "run/groups.h"
#include "run/record_read.h"
#include "support/buf.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BEFORE_MAX 10000

static const char *get(json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));

    return text != NULL ? text : "";
}

static struct rejudged *scenario_of(struct rejudge *j, json_t *line, size_t *part)
{
    const char *name = get(line, "scenario");

    for (size_t i = 0; i < j->n; i++) {
        if (j->list[i].loaded && strcmp(j->list[i].name, name) == 0) {
            *part = i;
            return &j->list[i];
        }
    }
    return NULL;
}

/* ------------------------------------------------------------------------------ the log */

struct reader {
    struct rejudge *j;
    FILE *log, *to; /* to: the new log; NULL: none is written */
    size_t number;  /* of the line, from 1 */
    struct error *err;
};

static int log_error(const struct reader *in, const char *what)
{
    return error_set(in->err, -EINVAL, "%s/trials.jsonl:%zu: %s", in->j->dir, in->number, what);
}

/* Calls `take` for every line. A last line without its end is left out: that run was killed. */
static int each_line(struct reader *in, int (*take)(struct reader *in, json_t *line))
{
    char *text = NULL;
    size_t room = 0;
    ssize_t len;
    int rc = 0;

    rewind(in->log);
    in->number = 0;
    while (rc == 0 && (len = getline(&text, &room, in->log)) > 0) {
        json_t *line;
        in->number++;
        if (text[len - 1] != '\n') {
            in->j->cut = true;
            break;
        }
        line = line_parse(text, (size_t)len);
        rc = line != NULL ? take(in, line) : log_error(in, "it is not JSON");
        json_decref(line);
    }
    free(text);
    return rc;
}

static int read_line(struct reader *in, json_t *line, struct rejudged *one, struct record *r)
{
    struct error why = {0};

    record_init(r);
    if (record_read(line, &one->scenario, r, &why) == 0)
        return 0;
    record_free(r);
    return log_error(in, why.text);
}

static int take_baseline(struct reader *in, json_t *line)
{
    size_t part;
    struct rejudged *one = scenario_of(in->j, line, &part);
    int rc;

    if (one == NULL)
        return log_error(in, "run.json does not have its scenario, or it was skipped");
    if (one->has_baseline || strcmp(get(line, "role"), "baseline") != 0 ||
        strcmp(get(line, "outcome"), "passed") != 0)
        return 0;
    record_free(&one->baseline);
    rc = read_line(in, line, one, &one->baseline);
    one->has_baseline = rc == 0;
    return rc;
}

/* ---------------------------------------------------------------------------- judging */

static void count(struct rejudge *j, size_t part, json_t *line, const struct record *r,
                  const struct findings *found, enum trial_outcome outcome)
{
    struct tally *t = &j->run.tallies[part];
    size_t number = (size_t)json_integer_value(json_object_get(line, "trial"));
    bool masked = false;

    t->run++;
    t->found |= found->kinds | found->warnings;
    t->fired += record_first_fired(r) != NULL;
    for (size_t i = 0; i < r->deliveries_n; i++)
        masked |= r->deliveries[i].state == DELIVERY_MASKED || r->deliveries[i].blocked;
    t->masked += masked;
    t->passed += outcome == OUTCOME_PASSED;
    t->unreached += outcome == OUTCOME_UNREACHED;
    t->failed += outcome == OUTCOME_FOUND;
    if (outcome == OUTCOME_FOUND && (t->first_bad == 0 || number < t->first_bad))
        t->first_bad = number;
}

/* Confirmations come after the trials: the groups are known by then. */
static void count_replay(struct rejudge *j, size_t part, json_t *line, const char *text, size_t len)
{
    for (size_t i = 0; i < j->run.groups_n; i++) {
        struct group *g = &j->run.groups[i];

        if (g->part != part || strcmp(g->at, get(line, "at")) != 0)
            continue;
        g->tried++;
        g->confirmed += line_shows(text, len, g);
    }
}

static bool same_findings(json_t *was, json_t *is)
{
    json_t *a, *b;
    size_t i;

    if (json_array_size(was) != json_array_size(is))
        return false;
    json_array_foreach(was, i, a)
    {
        b = json_array_get(is, i);
        if (strcmp(get(a, "kind"), get(b, "kind")) != 0 ||
            strcmp(get(a, "subject"), get(b, "subject")) != 0 ||
            strcmp(get(a, "severity"), get(b, "severity")) != 0 ||
            json_is_true(json_object_get(a, "wanted")) !=
                json_is_true(json_object_get(b, "wanted")))
            return false;
    }
    return true;
}

static void judge_line(const struct rejudged *one, const struct record *r, struct findings *found)
{
    judge(&one->scenario, one->has_baseline ? &one->baseline : NULL, r, found);
    if (!one->has_baseline && judge_wants_baseline(&one->scenario, r))
        findings_untested(found, "there is no uninterrupted run in the log to compare with");
}

static void note(struct reader *in, size_t part, json_t *line, const struct record *r,
                 const struct findings *found, bool changed)
{
    struct rejudge *j = in->j;
    const struct expect *e = &j->list[part].scenario.expect;
    struct report_head head = {.number =
                                   (uint32_t)json_integer_value(json_object_get(line, "trial")),
                               .site = (uint32_t)json_integer_value(json_object_get(line, "site")),
                               .engine = (uint8_t)r->engine};
    bool is_trial = strcmp(get(line, "role"), "trial") == 0;
    enum trial_outcome outcome = outcome_of(&j->list[part].scenario, r, found);
    char *text = json_dumps(line, JSON_COMPACT);

    head.size = text != NULL ? (uint32_t)strlen(text) : 0;
    if (is_trial) {
        j->trials++;
        j->changed += changed;
        j->list[part].changed += changed;
        count(j, part, line, r, found, outcome);
        if (found->n != 0 && text != NULL)
            groups_see(&j->run, part, &head, text);
        if (in->to != NULL && changed && text != NULL && (found->kinds & ~expect_wanted(e)) != 0)
            folder_keep_artifacts(&j->run.folder, head.number, text, head.size);
    } else if (text != NULL) {
        count_replay(j, part, line, text, head.size);
    }
    free(text);
}

static int take_line(struct reader *in, json_t *line)
{
    struct findings found = {0};
    struct record r;
    size_t part;
    struct rejudged *one = scenario_of(in->j, line, &part);
    int rc = 0;

    if (strcmp(get(line, "role"), "baseline") != 0) {
        json_t *list, *untested;
        bool changed;
        rc = read_line(in, line, one, &r);
        if (rc != 0)
            return rc;
        untested = json_array();
        judge_line(one, &r, &found);
        list = findings_print(&one->scenario, &found);
        changed = !same_findings(json_object_get(line, "findings"), list);
        for (size_t i = 0; i < found.untested_n; i++)
            json_array_append_new(untested, json_string(found.untested[i]) ?: json_string("?"));
        json_object_set_new(line, "findings", list);
        json_object_set_new(line, "untested", untested);
        json_object_set_new(line, "outcome",
                            json_string(outcome_name(outcome_of(&one->scenario, &r, &found))));
        note(in, part, line, &r, &found, changed);
        record_free(&r);
        findings_free(&found);
    }
    if (in->to != NULL &&
        (json_dumpf(line, in->to, JSON_COMPACT) != 0 || putc('\n', in->to) == EOF))
        rc = error_set(in->err, -errno, "cannot write %s/trials.jsonl.new: %s", in->j->dir,
                       strerror(errno));
    return rc;
}

/* ---------------------------------------------------------------------------- the verdicts */

/* What replays and shrinking found out of a cause stays true of it. */
static void keep_confirmations(struct rejudge *j)
{
    char *path = mem_printf("%s/findings.json", j->dir);
    json_t *file = json_load_file(path, 0, NULL), *old;
    size_t k;

    for (size_t i = 0; i < j->run.groups_n; i++) {
        struct group *g = &j->run.groups[i];

        json_array_foreach(json_object_get(file, "groups"), k, old)
        {
            if (strcmp(get(old, "scenario"), j->list[g->part].name) != 0 ||
                strcmp(get(old, "kind"), kind_name(g->kind)) != 0 ||
                strcmp(get(old, "subject"), g->subject) != 0 || strcmp(get(old, "at"), g->at) != 0)
                continue;
            g->tried = (unsigned)json_integer_value(json_object_get(old, "tried"));
            g->confirmed = (unsigned)json_integer_value(json_object_get(old, "confirmed"));
            if (g->shrunk == NULL && json_object_get(old, "shrunk") != NULL)
                g->shrunk = mem_strdup(get(old, "shrunk"));
        }
    }
    json_decref(file);
    free(path);
}

static void set_verdicts(struct rejudge *j)
{
    json_t *entry;
    size_t i;

    json_array_foreach(json_object_get(j->root, "scenarios"), i, entry)
    {
        struct rejudged *one = &j->list[i];
        const struct plan_part *part = &j->plan.parts[i];
        struct tally *t = &j->run.tallies[i];

        one->is = part->skip != NULL ? "skipped" : NULL;
        if (!one->loaded)
            continue;
        t->run += t->errors; /* trials without a line: their worker was lost */
        for (const char *const *key =
                 (const char *const[]){"reason", "doubted", "replay", "expected_kinds", NULL};
             *key != NULL; key++)
            json_object_del(entry, *key);
        folder_set_counts(&j->run.folder, entry, part, t);
        one->is = get(entry, "verdict");
    }
}

static void say_judged(struct rejudge *j)
{
    json_t *judged = json_object_get(j->root, "judged");
    json_int_t times = json_integer_value(json_object_get(judged, "times"));
    time_t now = time(NULL);
    char when[32];
    struct tm tm;

    gmtime_r(&now, &tm);
    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
    json_object_set_new(
        j->root, "judged",
        json_pack("{s:I, s:s, s:s}", "times", times + 1, "at", when, "sigsweep", SIGSWEEP_VERSION));
    json_object_set_new(j->root, "state", json_string(j->run.folder.state));
}

/* --------------------------------------------------------------------------- putting it there */

static int keep_old(const struct rejudge *j, struct error *err)
{
    static const char *const names[] = {"trials.jsonl", "run.json", "findings.json"};
    char *dir = mem_printf("%s/before", j->dir);
    int rc = mkdir(dir, 0777) == 0 || errno == EEXIST ? -EEXIST : -errno;

    for (int n = 1; rc == -EEXIST && n < BEFORE_MAX; n++) {
        free(dir);
        dir = mem_printf("%s/before/%d", j->dir, n);
        rc = mkdir(dir, 0777) == 0 ? 0 : -errno;
    }
    for (int i = 0; rc == 0 && i < 3; i++) {
        char *from = mem_printf("%s/%s", j->dir, names[i]),
             *to = mem_printf("%s/%s", dir, names[i]);
        if (link(from, to) != 0 && errno != ENOENT)
            rc = -errno;
        free(from);
        free(to);
    }
    if (rc != 0)
        error_set(err, rc, "cannot keep the old verdicts in %s: %s", dir, strerror(-rc));
    free(dir);
    return rc;
}

static int take_place(const struct rejudge *j, const char *name, struct error *err)
{
    char *to = mem_printf("%s/%s", j->dir, name), *from = mem_printf("%s.new", to);
    int rc = rename(from, to) == 0 ? 0 : -errno;

    if (rc != 0)
        error_set(err, rc, "cannot write %s: %s", to, strerror(-rc));
    free(from);
    free(to);
    return rc;
}

static int put_there(struct rejudge *j, struct error *err)
{
    char *path = mem_printf("%s/run.json.new", j->dir);
    int rc = keep_old(j, err);

    if (rc == 0)
        rc = take_place(j, "trials.jsonl", err);
    if (rc == 0) {
        groups_write(&j->run);
        say_judged(j);
        if (json_dump_file(j->root, path, JSON_INDENT(2)) != 0)
            rc = error_set(err, -EIO, "cannot write %s", path);
        else
            rc = take_place(j, "run.json", err);
    }
    free(path);
    return rc;
}

int rejudge_all(struct rejudge *j, bool write, struct error *err)
{
    struct reader in = {.j = j, .err = err};
    char *path = mem_printf("%s/trials.jsonl", j->dir), *next = mem_printf("%s.new", path);
    int rc = 0;

    in.log = fopen(path, "re");
    if (in.log == NULL)
        rc = error_set(err, -errno, "cannot read %s: %s", path, strerror(errno));
    if (rc == 0 && write && (in.to = fopen(next, "we")) == NULL)
        rc = error_set(err, -errno, "cannot write %s: %s", next, strerror(errno));
    if (rc == 0)
        rc = each_line(&in, take_baseline);
    if (rc == 0)
        rc = each_line(&in, take_line);
    if (in.log != NULL)
        fclose(in.log);
    if (in.to != NULL) {
        bool whole = fflush(in.to) == 0 && fdatasync(fileno(in.to)) == 0;
        if ((fclose(in.to) != 0 || !whole) && rc == 0)
            rc = error_set(err, -EIO, "cannot write %s", next);
    }
    if (rc == 0) {
        keep_confirmations(j);
        groups_sort(&j->run);
        (void)groups_doubt(&j->run);
        set_verdicts(j);
    }
    if (rc == 0 && write)
        rc = put_there(j, err);
    if (rc != 0 && write)
        (void)unlink(next);
    free(path);
    free(next);
    return rc;
}
