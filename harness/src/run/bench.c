#include "run/bench.h"

#include "judge/judge.h"
#include "plan/expand.h"
#include "plan/points.h"
#include "support/clock.h"
#include "support/rng.h"
#include "support/subject.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH_BYTES 65536
#define BATCH_NS    50000000
/* One snapshot trial in so many is replayed too; fewer of those whose copy executed nothing. */
#define CHECKED_OF         64
#define CHECKED_OF_AT_ONCE 512

/* One trial to be made, and what came of it. */
struct shot {
    enum job_kind kind;
    size_t number;
    const struct scenario *scenario;
    struct interrupt *list; /* owned */
    size_t n;
    char *at;    /* the same as text; owned */
    char *where; /* call site of the last; owned; NULL: not known */
    uint32_t site;
    bool idle;       /* the program does not end by itself: no baseline */
    bool again;      /* has to be replayed */
    bool missed;     /* the execution was another one: one that is made anew may come to it */
    char *signature; /* of the snapshot trial that is checked by the replay; owned */
    struct buf kept; /* its report */
};

/* ------------------------------------------------------------------------------- reports */

static int send_out(struct bench *b)
{
    const char *at = b->out.data;
    size_t left = b->out.len;

    while (left > 0) {
        ssize_t n = send(b->fd, at, left, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -EPIPE;
        at += n;
        left -= (size_t)n;
    }
    buf_clear(&b->out);
    b->sent_ns = clock_now_ns();
    return 0;
}

static int send_when_due(struct bench *b)
{
    if (b->out.len < BATCH_BYTES && clock_now_ns() - b->sent_ns < BATCH_NS)
        return 0;
    return send_out(b);
}

static void add_report(struct buf *out, struct report_head head, const void *text, size_t len)
{
    head.size = (uint32_t)len;
    buf_add(out, &head, sizeof(head));
    buf_add(out, text, len);
}

void bench_fatal(struct bench *b, enum job_kind kind, size_t number, int code,
                 const struct error *err)
{
    struct report_head head = {
        .kind = (uint8_t)kind, .number = (uint32_t)number, .fatal = 1, .code = code};

    add_report(&b->out, head, err->text, strlen(err->text));
    (void)send_out(b); /* when nobody is there, nobody wants to know */
}

static struct report_head head_of(const struct trial_line *line, enum job_kind kind)
{
    const struct scenario *s = line->scenario;
    const struct record *r = line->record;
    kind_set wanted = expect_wanted(&s->expect);
    struct report_head head;

    memset(&head, 0, sizeof(head)); /* its padding travels too */
    head.kind = (uint8_t)kind;
    head.number = (uint32_t)line->number;
    head.outcome = (uint32_t)line->outcome;
    head.kinds = line->findings->kinds;
    head.warnings = line->findings->warnings;
    head.fired = record_first_fired(r) != NULL;
    head.unexpected = (line->findings->kinds & ~wanted) != 0;
    head.engine = (uint8_t)r->engine;
    head.how = (uint8_t)r->how;
    head.value = (int16_t)r->value;
    head.site = line->site;
    head.disagreed = line->disagreed;
    for (size_t i = 0; i < r->deliveries_n; i++)
        head.masked |= r->deliveries[i].state == DELIVERY_MASKED || r->deliveries[i].blocked;
    return head;
}

static int report(const struct trial_line *line, enum job_kind kind, bool checked, struct buf *out)
{
    struct report_head head = head_of(line, kind);
    size_t at = out->len;
    int rc;

    head.checked = checked;
    buf_add(out, &head, sizeof(head)); /* room for it; its size is known below */
    rc = trial_line_print(line, out);
    head.size = (uint32_t)(out->len - at - sizeof(head));
    memcpy(out->data + at, &head, sizeof(head));
    return rc;
}

/* ------------------------------------------------------------------------------ judgement */

/* A second uninterrupted run: contents that differ between the two (a time, a random number) tell
 * nothing about a trial's. Its files are older at the start: many formats keep the time of a file
 * in them, in whole seconds, and set-up commands make the files anew for each trial. Not made when
 * the first left no file. */
static int mark_unstable(struct bench *b, const struct trial_plan *plan, struct error *err)
{
    struct trial_plan older = *plan;
    struct record again, *r = &b->baseline;
    bool any = false;
    int rc;

    for (size_t i = 0; i < r->files_n; i++)
        any |= r->files[i].hashed && r->files[i].state != FILE_REMOVED;
    if (!any)
        return 0;
    record_init(&again);
    older.aged = plan->scenario->program.setup != NULL;
    rc = trial_run(b->room, &older, &again, err);
    for (size_t i = 0, k = 0; rc == 0 && i < r->files_n; i++) {
        struct left_file *f = &r->files[i];

        while (k < again.files_n && strcmp(again.files[k].path, f->path) < 0)
            k++;
        bool both = k < again.files_n && strcmp(again.files[k].path, f->path) == 0;
        f->steady = both && again.files[k].size == f->size && again.files[k].hash != f->hash;
        f->unstable = !both || again.files[k].size != f->size || again.files[k].hash != f->hash;
    }
    record_free(&again);
    return rc;
}

/* The uninterrupted trial of a scenario, run when a first record asks for it, kept while the
 * worker's trials are of that scenario. One that does not end by itself is no baseline. */
static int baseline_of(struct bench *b, const struct scenario *s, struct error *err)
{
    struct trial_plan plan = {.scenario = s, .seed = b->work->plan->seed};
    struct findings none = {0};
    struct trial_line line = {.scenario = s, .at = "", .record = &b->baseline, .findings = &none};
    int rc;

    if (b->based == s)
        return 0;
    if (b->based != NULL)
        record_free(&b->baseline);
    record_init(&b->baseline);
    b->based = s;
    b->has_baseline = false;
    rc = trial_run(b->room, &plan, &b->baseline, err);
    if (rc != 0)
        return rc;
    b->has_baseline = b->baseline.how == ENDED_EXITED && b->baseline.value == 0;
    if (b->has_baseline && (rc = mark_unstable(b, &plan, err)) != 0)
        return rc;
    line.outcome = b->has_baseline ? OUTCOME_PASSED : OUTCOME_ERROR;
    return report(&line, JOB_TRIALS, false, &b->out);
}

/* The ending and the findings: what two trials of one point must have in common. */
static char *signature_of(const struct record *r, const struct findings *f)
{
    struct buf text = {0};

    buf_addf(&text, "%d %d", (int)r->how, r->value);
    for (size_t i = 0; i < f->n; i++)
        buf_addf(&text, "\n%d %s", (int)f->list[i].kind, f->list[i].subject);
    return buf_take(&text);
}

/* Line by line: in each is one subject. */
static bool signatures_same(const char *a, const char *b)
{
    bool same = true;

    while (same) {
        size_t mine = strcspn(a, "\n"), its = strcspn(b, "\n");
        char *x = mem_strndup(a, mine), *y = mem_strndup(b, its);

        same = subjects_same(x, y) && a[mine] == b[its];
        free(x);
        free(y);
        if (a[mine] == '\0')
            break;
        a += mine + 1;
        b += its + 1;
    }
    return same;
}

static void judge_shot(const struct bench *b, const struct shot *t, const struct record *r,
                       struct findings *found)
{
    bool based = b->based == t->scenario && b->has_baseline;

    judge(t->scenario, based ? &b->baseline : NULL, r, found);
    if (t->idle && judge_wants_baseline(t->scenario, r))
        findings_untested(found, "the program does not end by itself: there is no baseline to "
                                 "compare with");
}

static struct trial_line line_of(const struct shot *t, const struct record *r,
                                 const struct findings *found)
{
    return (struct trial_line){.number = t->number,
                               .role = t->kind == JOB_REPLAY ? "confirm" : "trial",
                               .scenario = t->scenario,
                               .at = t->at,
                               .record = r,
                               .findings = found,
                               .site = t->site,
                               .where = t->where,
                               .outcome = outcome_of(t->scenario, r, found)};
}

/* ------------------------------------------------------------------------------- replays */

/* The report in `kept` is of a trial that could not be checked after all. */
static void uncheck(struct buf *kept)
{
    struct report_head head;

    memcpy(&head, kept->data, sizeof(head));
    head.checked = false;
    memcpy(kept->data, &head, sizeof(head));
}

/* A fresh start. When it checks a snapshot trial that ended the same way, that one is reported; and
 * when it did not come to the point: then it checks nothing. */
static int replay(struct bench *b, struct shot *t, struct error *err)
{
    struct trial_plan plan = {.scenario = t->scenario,
                              .seed = b->work->plan->seed,
                              .interrupts = t->list,
                              .interrupts_n = t->n};
    struct findings found = {0};
    struct record r;
    int rc = b->out.len != 0 ? send_out(b) : 0; /* it may take long */

    record_init(&r);
    if (rc == 0)
        rc = trial_run(b->room, &plan, &r, err);
    if (rc == 0 && !t->idle && judge_wants_baseline(t->scenario, &r))
        rc = baseline_of(b, t->scenario, err);
    if (rc == 0) {
        struct trial_line line;
        char *signature;
        judge_shot(b, t, &r, &found);
        signature = signature_of(&r, &found);
        line = line_of(t, &r, &found);
        line.disagreed = t->signature != NULL && !signatures_same(signature, t->signature);
        if (line.disagreed && line.outcome == OUTCOME_UNREACHED) {
            uncheck(&t->kept);
            line.disagreed = false;
        }
        if (t->signature != NULL && !line.disagreed)
            buf_add(&b->out, t->kept.data, t->kept.len);
        else
            rc = report(&line, t->kind, t->signature != NULL, &b->out);
        free(signature);
    }
    findings_free(&found);
    record_free(&r);
    return rc;
}

/* As replay; trouble with this scenario alone is told, and the worker goes on. */
static int replay_or_tell(struct bench *b, struct shot *t, struct error *err)
{
    int rc = replay(b, t, err);

    if (rc != 0 && rc != -ECANCELED && rc != -EPIPE)
        bench_fatal(b, t->kind, t->number, rc, err);
    if (rc == -EPERM || rc == -EINVAL) {
        err->text[0] = '\0';
        return 0;
    }
    return rc;
}

/* --------------------------------------------------------------------------------- shots */

static struct shot shot_of(const struct plan *p, size_t number)
{
    const struct plan_row *row = plan_row_of(p, number);
    struct shot t = {.kind = JOB_TRIALS,
                     .number = number,
                     .scenario = plan_part_of(p, number)->scenario,
                     .idle = row != NULL && row->idle,
                     .site = plan_site_of(p, number)};
    struct buf at = {0};

    t.list = plan_interrupts(p, number, &t.n);
    points_print(t.list, t.n, &at);
    t.at = buf_take(&at);
    t.where = t.site != 0 ? site_text(&p->sites[t.site]) : NULL;
    return t;
}

static void shot_free(struct shot *t)
{
    points_free(t->list, t->n);
    free(t->at);
    free(t->where);
    free(t->signature);
    buf_free(&t->kept);
}

/* -------------------------------------------------------------------------------- sweeps */

struct sweeping {
    struct bench *b;
    struct shot *shots;
    size_t *at; /* of each point of the sweep, the shot */
};

static int take(void *arg, size_t index, struct record *r, const char *why)
{
    struct sweeping *s = arg;
    struct bench *b = s->b;
    struct shot *t = &s->shots[s->at[index]];
    struct findings found = {0};
    struct trial_line line;
    struct rng rng;
    int rc;

    t->missed = r == NULL && why == sweep_diverged;
    if (r == NULL) {
        t->again = true;
        return 0;
    }
    rng = rng_for(b->work->plan->seed, "cross-check", t->number);
    t->again = rng_below(&rng, r->at_once ? CHECKED_OF_AT_ONCE : CHECKED_OF) == 0;
    judge_shot(b, t, r, &found);
    line = line_of(t, r, &found);
    if (t->again)
        t->signature = signature_of(r, &found);
    rc = report(&line, JOB_TRIALS, t->again, t->again ? &t->kept : &b->out);
    findings_free(&found);
    return rc != 0 ? rc : send_when_due(b);
}

/* True when the job's trials can be copies of one execution. */
static bool can_copy(const struct plan *p, const struct job *job)
{
    const struct plan_row *row = plan_row_of(p, job->first);
    const struct plan_option *o = row != NULL ? row->options : NULL;

    const struct expect *e = &plan_part_of(p, job->first)->scenario->expect;

    if (plan_part_of(p, job->first)->scenario->program.memory != MEMORY_OFF)
        return false; /* LeakSanitizer looks at a program, not at a copy of one */
    if (e->alive || plan_part_of(p, job->first)->scenario->client != NULL ||
        plan_part_of(p, job->first)->scenario->program.dialogue_n != 0)
        return false;                   /* a copy would not end, nobody talks to it */
    if (e->recover != NULL || e->rerun) /* the original still needs what the copy left */
        return false;
    return o != NULL && o->thread != 0 && !row->sharing &&
           !plan_part_of(p, job->first)->scenario->program.untraced &&
           plan_part_of(p, job->first)->scenario->interrupts[row->prefix_n].times == 1 &&
           (o->kind == POINT_SYSCALL || o->kind == POINT_FUNCTION || o->kind == POINT_INSTRUCTION);
}

/* The points that are still to be come to, into the sweep; their number. */
static size_t points_of(const struct shot *shots, size_t n, bool first, struct interrupt *points,
                        size_t *at)
{
    size_t found = 0;

    for (size_t i = 0; i < n; i++) {
        if (!first && !shots[i].missed)
            continue;
        points[found] = shots[i].list[shots[i].n - 1];
        at[found++] = i;
    }
    return found;
}

#define SWEEPS_MOST 6

/* Programs differ a little from one execution to the next: where their memory lies, and in which
 * order a table is walked, decides at which call they ask for more. What one execution has not come
 * to, the next may; that is one execution for all such points, where replays need one for each. */
static int sweep(struct bench *b, struct shot *shots, size_t n, struct error *err)
{
    struct interrupt *points = mem_alloc(n * sizeof(*points));
    struct sweeping arg = {.b = b, .shots = shots, .at = mem_alloc(n * sizeof(*arg.at))};
    struct sweep s = {.plan = {.scenario = shots[0].scenario,
                               .seed = b->work->plan->seed,
                               .interrupts = shots[0].list,
                               .interrupts_n = shots[0].n - 1},
                      .points = points,
                      .n = points_of(shots, n, true, points, arg.at),
                      .take = take,
                      .arg = &arg};
    int rc = shots[0].idle ? 0 : baseline_of(b, shots[0].scenario, err);

    for (int i = 0; i < SWEEPS_MOST && s.n != 0 && rc == 0; i++) {
        rc = trial_sweep(b->room, &s, err);
        if (i > 0 && (rc == -EPERM || rc == -EINVAL)) {
            rc = 0; /* those that are left are replayed */
            break;
        }
        s.n = points_of(shots, n, false, points, arg.at);
    }
    free(arg.at);
    free(points);
    return rc;
}

static int do_trials(struct bench *b, const struct job *job, struct error *err)
{
    const struct plan *p = b->work->plan;
    struct shot *shots = mem_alloc(job->n * sizeof(*shots));
    bool copies = can_copy(p, job);
    int rc = 0;

    for (size_t i = 0; i < job->n; i++) {
        shots[i] = shot_of(p, job->first + i);
        shots[i].again = !copies;
    }
    if (copies) {
        rc = sweep(b, shots, job->n, err);
        if (rc == -EPERM || rc == -EINVAL) { /* each replay tells the same */
            for (size_t i = 0; i < job->n; i++)
                shots[i].again = true;
            rc = 0;
        } else if (rc != 0 && rc != -ECANCELED && rc != -EPIPE) {
            bench_fatal(b, JOB_END, 0, rc, err);
        }
    }
    for (size_t i = 0; i < job->n && rc == 0; i++) {
        if (shots[i].again)
            rc = replay_or_tell(b, &shots[i], err);
    }
    for (size_t i = 0; i < job->n; i++)
        shot_free(&shots[i]);
    free(shots);
    return rc;
}

/* ------------------------------------------------------------------------- the other jobs */

#define SURVEY_MOST 1000000 /* points kept; the rest is counted as left out */

static int do_survey(struct bench *b, size_t number, struct error *err)
{
    const struct survey_step *step = &b->work->surveys[number - 1];
    const struct plan_part *part = &b->work->plan->parts[step->part];
    const struct plan_row *row = &part->rows[step->row];
    struct trial_plan plan = {.scenario = part->scenario,
                              .seed = b->work->plan->seed,
                              .interrupts = row->prefix,
                              .interrupts_n = row->prefix_n};
    struct report_head head;
    struct survey survey;
    struct record r;
    int rc;

    memset(&head, 0, sizeof(head));
    head.kind = JOB_SURVEY;
    head.number = (uint32_t)number;
    survey_init(&survey, &expand_set(part, row)->when);
    survey.most = SURVEY_MOST;
    plan.survey = &survey;
    record_init(&r);
    rc = trial_run(b->room, &plan, &r, err);
    if (rc == 0) {
        struct buf packed = {0};
        expand_pack(b->work->plan, part, row, &survey, &packed);
        add_report(&b->out, head, packed.data, packed.len);
        buf_free(&packed);
    } else if (rc != -ECANCELED) {
        bench_fatal(b, JOB_SURVEY, number, rc, err);
        if (rc == -EPERM || rc == -EINVAL)
            rc = 0;
    }
    record_free(&r);
    survey_free(&survey);
    return rc;
}

static int do_replay(struct bench *b, size_t number, struct error *err)
{
    const struct replay_step *step = &b->work->replays[number - 1];
    struct shot t = {.kind = JOB_REPLAY, .number = number, .scenario = step->scenario};
    int rc = points_parse(step->at, &t.list, &t.n, err);

    t.at = mem_strdup(step->at);
    if (rc == 0)
        rc = replay_or_tell(b, &t, err);
    else
        bench_fatal(b, JOB_REPLAY, number, -EINVAL, err);
    shot_free(&t);
    return rc == -EINVAL ? 0 : rc;
}

int bench_do(struct bench *b, const struct job *job, struct error *err)
{
    int rc = 0;

    b->sent_ns = clock_now_ns();
    if (job->kind == JOB_TRIALS)
        rc = do_trials(b, job, err);
    for (size_t i = 0; i < job->n && rc == 0 && job->kind != JOB_TRIALS; i++)
        rc = job->kind == JOB_SURVEY ? do_survey(b, job->first + i, err)
                                     : do_replay(b, job->first + i, err);
    return rc == 0 ? send_out(b) : rc;
}

void bench_close(struct bench *b)
{
    if (b->based != NULL)
        record_free(&b->baseline);
    buf_free(&b->out);
}
