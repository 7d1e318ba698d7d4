#include "run/folder.h"

#include "plan/points.h"
#include "scenario/fingerprint.h"
#include "support/buf.h"
#include "support/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

const char *verdict_name(enum scenario_verdict verdict)
{
    static const char *const names[] = {"passed", "failed", "skipped", "untested", "error"};

    return names[verdict];
}

enum scenario_verdict verdict_of(const struct plan_part *part, const struct tally *t)
{
    const struct expect *e = &part->scenario->expect;

    if (part->skip != NULL)
        return VERDICT_SKIPPED;
    if (t->errors != 0)
        return VERDICT_ERROR;
    if (t->failed != 0 && !t->doubted)
        return VERDICT_FAILED;
    if (part->scenario->interrupts_n != 0 && (t->fired == 0 || t->unreached == t->run))
        return VERDICT_UNTESTED;
    if (e->has_findings && (e->findings & ~t->found) != 0)
        return VERDICT_FAILED;
    return VERDICT_PASSED;
}

static int make_parents(const char *path)
{
    char *copy = mem_strdup(path);

    for (char *at = copy + 1; *at != '\0'; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        (void)mkdir(copy, 0777); /* the last mkdir tells */
        *at = '/';
    }
    free(copy);
    return 0;
}

static void point_latest(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *link;

    if (slash == NULL)
        return;
    link = mem_printf("%.*s/latest", (int)(slash - path), path);
    (void)unlink(link); /* a convenience: without it, nothing is lost */
    (void)!symlink(slash + 1, link);
    free(link);
}

static char *dated_name(int try)
{
    char stamp[32];
    time_t now = time(NULL);
    struct tm tm;

    localtime_r(&now, &tm);
    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H-%M-%S", &tm);
    return try == 0 ? mem_printf("runs/%s", stamp) : mem_printf("runs/%s-%d", stamp, try + 1);
}

int folder_open(struct folder *f, const char *path, struct error *err)
{
    char *inner;
    int rc = -EEXIST;

    f->trials_fd = -1;
    f->good = 0;
    f->state = "running";
    f->started_s = time(NULL);
    for (int try = 0; rc == -EEXIST && try < 100; try++) {
        free(f->path);
        f->path = path != NULL ? mem_strdup(path) : dated_name(try);
        make_parents(f->path);
        rc = mkdir(f->path, 0777) == 0 ? 0 : -errno;
        if (path != NULL)
            break;
    }
    if (rc != 0)
        return error_set(err, rc, "cannot make the run folder %s: %s%s", f->path, strerror(-rc),
                         rc == -EEXIST ? " (choose another: --out DIR)" : "");
    inner = mem_printf("%s/trials.jsonl", f->path);
    f->trials_fd = open(inner, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (f->trials_fd < 0) {
        rc = -errno;
        error_set(err, rc, "cannot write %s: %s", inner, strerror(errno));
    }
    free(inner);
    if (rc == 0 && path == NULL)
        point_latest(f->path);
    return rc;
}

int folder_append(struct folder *f, const char *line, size_t len, struct error *err)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = pwrite(f->trials_fd, line + done, len - done, (off_t)(f->good + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            int code = n < 0 ? -errno : -EIO;
            (void)!ftruncate(f->trials_fd, (off_t)f->good);
            return error_set(
                err, code, "cannot write %s/trials.jsonl: %s (the trials before this one are kept)",
                f->path, strerror(-code));
        }
        done += (size_t)n;
    }
    f->good += len;
    return 0;
}

#define ARTIFACTS_MAX 1000

static void keep_text(const char *dir, const char *name, const struct buf *text)
{
    char *path;
    FILE *file;

    if (text->len == 0)
        return;
    path = mem_printf("%s/%s", dir, name);
    file = fopen(path, "we");
    if (file != NULL) {
        (void)fwrite(text->data, 1, text->len, file);
        fclose(file);
    }
    free(path);
}

static void stream_text(json_t *stream, struct buf *out)
{
    json_t *head = json_object_get(stream, "head"), *tail = json_object_get(stream, "tail");
    uint64_t bytes = (uint64_t)json_integer_value(json_object_get(stream, "bytes"));
    uint64_t kept = json_string_length(head) + json_string_length(tail);

    buf_add(out, json_string_value(head), json_string_length(head));
    if (bytes > kept)
        buf_addf(out, "\n[... %" PRIu64 " bytes not kept ...]\n", bytes - kept);
    buf_add(out, json_string_value(tail), json_string_length(tail));
}

static void list_text(json_t *list, struct buf *out)
{
    json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        if (json_is_string(one))
            buf_addf(out, "%s\n", json_string_value(one));
        else
            buf_addf(out, "%s: %s\n", json_string_value(json_object_get(one, "comm")),
                     json_string_value(json_object_get(one, "where")));
    }
}

void folder_keep_artifacts(struct folder *f, size_t number, const char *line, size_t len)
{
    static const char *const names[] = {"stdout", "stderr", "events", "stuck"};
    json_t *trial =
        f->artifacts < ARTIFACTS_MAX ? json_loadb(line, len, JSON_ALLOW_NUL, NULL) : NULL;
    char *dir;

    if (trial == NULL)
        return;
    f->artifacts++;
    dir = mem_printf("%s/artifacts/%zu", f->path, number);
    make_parents(dir);
    (void)mkdir(dir, 0777);
    for (int i = 0; i < 4; i++) {
        struct buf text = {0};
        if (i < 2)
            stream_text(json_object_get(trial, names[i]), &text);
        else
            list_text(json_object_get(trial, names[i]), &text);
        keep_text(dir, names[i], &text);
        buf_free(&text);
    }
    free(dir);
    json_decref(trial);
}

void folder_write_sites(const struct folder *f, const struct plan *plan)
{
    struct buf lines = {0};

    for (size_t i = 1; i < plan->sites_n; i++) {
        const struct site *s = &plan->sites[i];
        char *text = site_text(s), *line;
        json_t *o = json_pack("{s:I, s:s?, s:s?, s:s?, s:i, s:s}", "site", (json_int_t)i,
                              "function", s->function, "object", s->object, "file", s->file, "line",
                              s->line, "text", text);
        line = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL; /* NULL: a name is not UTF-8 */
        if (line != NULL)
            buf_addf(&lines, "%s\n", line);
        free(line);
        free(text);
        json_decref(o);
    }
    keep_text(f->path, "sites.jsonl", &lines);
    buf_free(&lines);
}

static json_t *string_list(char *const *list, int n)
{
    json_t *out = json_array();

    for (int i = 0; list != NULL && (n < 0 ? list[i] != NULL : i < n); i++)
        json_array_append_new(out, json_string(list[i]) ?: json_string("?"));
    return out;
}

static json_t *kinds_json(kind_set kinds)
{
    json_t *out = json_array();

    for (int k = 0; k < KIND_COUNT; k++) {
        if (kinds & KIND_BIT(k))
            json_array_append_new(out, json_string(kind_name(k)));
    }
    return out;
}

static void set_account(json_t *o, const struct plan_part *part, const struct tally *t)
{
    json_object_set_new(o, "account",
                        json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "points",
                                  (json_int_t)(part->trials + part->sampled_out), "fired",
                                  (json_int_t)t->fired, "masked", (json_int_t)t->masked,
                                  "unreached", (json_int_t)(t->unreached + part->unreached),
                                  "sampled_out", (json_int_t)part->sampled_out, "snapshot",
                                  (json_int_t)t->snapshot, "replayed", (json_int_t)t->replayed,
                                  "checked", (json_int_t)t->checked, "disagreed",
                                  (json_int_t)t->disagreed));
}

static const char *reason_of(const struct plan_part *part, const struct tally *t)
{
    return part->skip != NULL ? part->skip : t->error != NULL ? t->error : part->empty;
}

void folder_set_counts(const struct folder *f, json_t *o, const struct plan_part *part,
                       const struct tally *t)
{
    enum scenario_verdict verdict = verdict_of(part, t);

    if (part->scenario->expect.has_findings)
        json_object_set_new(o, "expected_kinds", kinds_json(part->scenario->expect.findings));
    if (strcmp(f->state, "running") == 0)
        return;
    if (part->skip == NULL && t->run < part->trials && verdict == VERDICT_PASSED)
        verdict = VERDICT_UNTESTED; /* interrupted before it was done */
    json_object_set_new(o, "verdict", json_string(verdict_name(verdict)));
    if (reason_of(part, t) != NULL)
        json_object_set_new(o, "reason", json_string(reason_of(part, t)));
    if (t->doubted)
        json_object_set_new(o, "doubted", json_true());
    set_account(o, part, t);
    json_object_set_new(o, "run", json_integer((json_int_t)t->run));
    json_object_set_new(o, "passed", json_integer((json_int_t)t->passed));
    json_object_set_new(o, "failed", json_integer((json_int_t)t->failed));
    json_object_set_new(o, "unreached", json_integer((json_int_t)t->unreached));
    json_object_set_new(o, "masked", json_integer((json_int_t)t->masked));
    json_object_set_new(o, "errors", json_integer((json_int_t)t->errors));
    json_object_set_new(o, "fired", json_integer((json_int_t)t->fired));
    json_object_set_new(o, "sampled_out", json_integer((json_int_t)part->sampled_out));
    json_object_set_new(o, "found_kinds", kinds_json(t->found));
    if (t->first_bad != 0) {
        char *where = mem_printf("%s:%zu", f->path, t->first_bad);
        struct buf replay = {0};
        buf_adds(&replay, "sigsweep replay ");
        shell_quote(&replay, where);
        json_object_set_new(o, "replay", json_string(replay.data));
        buf_free(&replay);
        free(where);
    }
}

static void set_fingerprint(json_t *o, const struct scenario *s)
{
    struct fingerprint f = fingerprint_of(s);
    char texts[3][20];

    snprintf(texts[0], sizeof(texts[0]), "%016" PRIx64, f.program);
    snprintf(texts[1], sizeof(texts[1]), "%016" PRIx64, f.interrupts);
    snprintf(texts[2], sizeof(texts[2]), "%016" PRIx64, f.afterwards);
    json_object_set_new(o, "fingerprint",
                        json_pack("{s:s, s:s, s:s}", "program", texts[0], "interrupts", texts[1],
                                  "afterwards", texts[2]));
}

static json_t *scenario_json(const struct folder *f, const struct plan_part *part,
                             const struct tally *t)
{
    const struct scenario *s = part->scenario;
    json_t *o = json_object();
    struct buf points = {0};

    points_print(s->interrupts, s->interrupts_n, &points);
    json_object_set_new(o, "name", json_string(s->name));
    if (s->file != NULL)
        json_object_set_new(o, "file", json_string(s->file));
    if (s->about != NULL)
        json_object_set_new(o, "about", json_string(s->about));
    json_object_set_new(o, "tags", string_list(s->tags, -1));
    json_object_set_new(o, "command", string_list(s->program.command, -1));
    json_object_set_new(o, "points", json_string(points.data != NULL ? points.data : ""));
    json_object_set_new(o, "planned", json_integer((json_int_t)part->trials));
    json_object_set_new(o, "first_trial", json_integer((json_int_t)part->first));
    set_fingerprint(o, s);
    folder_set_counts(f, o, part, t);
    buf_free(&points);
    return o;
}

static json_t *run_json(const struct folder *f, const struct plan *plan,
                        const struct tally *tallies)
{
    char seed[24], started[32], kernel[200], here[4096];
    const char *slash = strrchr(f->path, '/');
    json_t *list = json_array();
    time_t when = f->started_s;
    struct utsname u;
    struct tm tm;
    json_t *o;

    snprintf(seed, sizeof(seed), "%" PRIu64, plan->seed);
    gmtime_r(&when, &tm);
    strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (uname(&u) != 0)
        memset(&u, 0, sizeof(u));
    snprintf(kernel, sizeof(kernel), "%s %s", u.sysname, u.release);
    if (getcwd(here, sizeof(here)) == NULL)
        here[0] = '\0';
    for (size_t i = 0; i < plan->parts_n; i++)
        json_array_append_new(list, scenario_json(f, &plan->parts[i], &tallies[i]));
    o = json_object();
    json_object_set_new(o, "format", json_integer(RUN_FORMAT));
    json_object_set_new(o, "sigsweep", json_string(SIGSWEEP_VERSION));
    json_object_set_new(o, "name", json_string(slash != NULL ? slash + 1 : f->path));
    json_object_set_new(o, "command", string_list(f->argv, f->argc));
    if (f->again != NULL)
        json_object_set_new(
            o, "again", json_pack("{s:s, s:s}", "options", f->again, "command", f->again_command));
    json_object_set_new(o, "directory", json_string(here));
    json_object_set_new(o, "seed", json_string(seed));
    json_object_set_new(o, "jobs", json_integer(f->jobs));
    if (f->confirm_wanted)
        json_object_set_new(o, "confirm_wanted", json_true());
    json_object_set_new(o, "machine",
                        json_pack("{s:s, s:s, s:s, s:I}", "host", u.nodename, "kernel", kernel,
                                  "arch", u.machine, "cpus",
                                  (json_int_t)sysconf(_SC_NPROCESSORS_ONLN)));
    json_object_set_new(o, "started", json_string(started));
    if (strcmp(f->state, "running") != 0)
        json_object_set_new(o, "elapsed_ns", json_integer(f->elapsed_ns));
    json_object_set_new(o, "state", json_string(f->state));
    json_object_set_new(o, "scenarios", list);
    return o;
}

int folder_describe(struct folder *f, const struct plan *plan, const struct tally *tallies,
                    struct error *err)
{
    char *path = mem_printf("%s/run.json", f->path), *next = mem_printf("%s/run.json.new", f->path);
    json_t *o = run_json(f, plan, tallies);
    int rc = 0;

    errno = EIO;
    if (json_dump_file(o, next, JSON_INDENT(2)) != 0 || rename(next, path) != 0) {
        rc = -errno;
        (void)unlink(next);
        error_set(err, rc, "cannot write %s: %s", path, strerror(-rc));
    }
    json_decref(o);
    free(path);
    free(next);
    return rc;
}

void folder_close(struct folder *f)
{
    if (f->trials_fd >= 0)
        close(f->trials_fd);
    free(f->path);
    f->path = NULL;
    f->trials_fd = -1;
}
