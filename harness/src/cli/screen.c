#include "cli/screen.h"

#include "cli/bar.h"
#include "cli/cli.h"
#include "support/duration.h"
#include "support/shell.h"
#include "support/subject.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FINDINGS_SHOWN 20

/* One cause: same scenario, kind and subject. The lowest trial speaks for all. */
struct shown {
    char *scenario, *kind, *subject, *message, *expected, *seen, *at;
    size_t trial;  /* the lowest number seen so far */
    size_t trials; /* how many */
};

struct screen {
    struct run *run;
    bool color, quiet;
    struct bar bar;
    struct shown *list;
    size_t n;
    size_t more;     /* causes over the cap: counted only */
    char **untested; /* checks that could not run, each once */
    size_t untested_n;
};

static void on_tick(void *arg)
{
    struct screen *s = arg;

    bar_draw(&s->bar, "trials", s->run->done, s->run->plan->trials, s->n + s->more);
}

static void on_note(void *arg, const char *text)
{
    struct screen *s = arg;

    bar_erase(&s->bar);
    fprintf(stderr, "sigsweep: %s\n", text);
}

static char *get(json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));

    return mem_strdup(text != NULL ? text : "");
}

static struct shown *shown_find(struct screen *s, const char *scenario, json_t *finding)
{
    const char *kind = json_string_value(json_object_get(finding, "kind"));
    const char *subject = json_string_value(json_object_get(finding, "subject"));

    for (size_t i = 0; i < s->n; i++) {
        struct shown *one = &s->list[i];
        if (strcmp(one->scenario, scenario) == 0 && kind != NULL && strcmp(one->kind, kind) == 0 &&
            subject != NULL && subjects_same(one->subject, subject))
            return one;
    }
    return NULL;
}

static void shown_drop(struct shown *one)
{
    free(one->scenario);
    free(one->kind);
    free(one->subject);
    free(one->message);
    free(one->expected);
    free(one->seen);
    free(one->at);
}

static void see_finding(struct screen *s, json_t *line, json_t *finding, size_t number)
{
    const char *scenario = json_string_value(json_object_get(line, "scenario"));
    struct shown *one = shown_find(s, scenario, finding);
    size_t before = one != NULL ? one->trials : 0;

    if (one != NULL && number > one->trial) {
        one->trials++;
        return;
    }
    if (one == NULL) {
        if (s->n == FINDINGS_SHOWN) {
            s->more++;
            return;
        }
        s->list = mem_grow(s->list, s->n + 1, sizeof(*s->list));
        one = &s->list[s->n++];
    } else {
        shown_drop(one);
    }
    *one = (struct shown){.scenario = mem_strdup(scenario),
                          .kind = get(finding, "kind"),
                          .subject = get(finding, "subject"),
                          .message = get(finding, "message"),
                          .expected = get(finding, "expected"),
                          .seen = get(finding, "seen"),
                          .at = get(line, "at"),
                          .trial = number,
                          .trials = before + 1};
}

static void see_untested(struct screen *s, const char *text)
{
    for (size_t i = 0; i < s->untested_n; i++) {
        if (strcmp(s->untested[i], text) == 0)
            return;
    }
    if (s->untested_n >= 20)
        return;
    s->untested = mem_grow(s->untested, s->untested_n + 1, sizeof(*s->untested));
    s->untested[s->untested_n++] = mem_strdup(text);
}

static void on_trial(void *arg, const struct report_head *head, const char *text)
{
    struct screen *s = arg;
    json_t *line, *one;
    size_t i;

    /* Most trials have nothing to tell: then the line is not even parsed. */
    if (!head->unexpected && strstr(text, "\"untested\":[]") != NULL)
        return;
    line = json_loadb(text, head->size, JSON_ALLOW_NUL, NULL);
    if (line == NULL)
        return;
    json_array_foreach(json_object_get(line, "findings"), i, one)
    {
        if (!json_is_true(json_object_get(one, "wanted")))
            see_finding(s, line, one, head->number);
    }
    json_array_foreach(json_object_get(line, "untested"), i, one)
    {
        if (json_string_value(one) != NULL)
            see_untested(s, json_string_value(one));
    }
    json_decref(line);
}

static void print_kinds(kind_set kinds)
{
    const char *comma = "";

    for (int k = 0; k < KIND_COUNT; k++) {
        if (kinds & KIND_BIT(k)) {
            printf("%s%s", comma, kind_name(k));
            comma = ", ";
        }
    }
}

static void on_part(void *arg, size_t index)
{
    struct screen *s = arg;
    const struct plan_part *part = &s->run->plan->parts[index];
    const struct tally *t = &s->run->tallies[index];
    const struct expect *e = &part->scenario->expect;
    enum scenario_verdict verdict = verdict_of(part, t);
    static const char *const words[] = {"pass", "FAIL", "skip", "untested", "ERROR"};
    static const enum tint tints[] = {TINT_GOOD, TINT_BAD, TINT_WARN, TINT_WARN, TINT_BAD};

    if (s->quiet && verdict != VERDICT_FAILED && verdict != VERDICT_ERROR)
        return;
    bar_erase(&s->bar);
    printf("  %s%-8s%s %-36s", tint(s->color, tints[verdict]), words[verdict],
           tint(s->color, TINT_NONE), part->scenario->name);
    if (part->skip != NULL) {
        printf(" %s", part->skip);
    } else {
        printf(" %4zu trial%s", t->run, t->run == 1 ? "" : "s");
        if (t->unreached != 0)
            printf(", %zu unreached", t->unreached);
        if (t->masked != 0)
            printf(", %zu masked", t->masked);
        if (part->sampled_out != 0)
            printf(", a sample: %zu left out", part->sampled_out);
        if (t->failed != 0)
            printf(", %zu with findings", t->failed);
        if ((t->found & expect_wanted(e)) != 0) {
            printf(", caught: ");
            print_kinds(t->found & expect_wanted(e));
        }
        if (e->has_findings && (e->findings & ~t->found) != 0) {
            printf(", not caught: ");
            print_kinds(e->findings & ~t->found);
        }
        if (t->error != NULL || part->empty != NULL)
            printf(": %s", t->error != NULL ? t->error : part->empty);
    }
    putchar('\n');
    if (s->bar.on)
        fflush(stdout);
}

struct screen *screen_open(struct run *r, bool color, bool quiet)
{
    struct screen *s = mem_alloc(sizeof(*s));
    size_t sets = 0;

    s->run = r;
    s->color = color;
    s->quiet = quiet;
    bar_open(&s->bar, color, quiet);
    for (size_t i = 0; i < r->plan->parts_n; i++)
        sets += r->plan->parts[i].expands;
    printf("sigsweep run: %zu scenario%s, %zu trial%s", r->plan->parts_n,
           r->plan->parts_n == 1 ? "" : "s", r->plan->trials, r->plan->trials == 1 ? "" : "s");
    if (sets != 0)
        printf(" and the points of %zu set%s", sets, sets == 1 ? "" : "s");
    printf(", seed %" PRIu64 ", -j %d, into %s\n", r->plan->seed, r->jobs, r->folder.path);
    fflush(stdout); /* before the workers are forked: else each would print it again */
    return s;
}

struct run_listener screen_listener(struct screen *s)
{
    return (struct run_listener){
        .arg = s, .trial = on_trial, .part = on_part, .tick = on_tick, .note = on_note};
}

static void print_finding(const struct screen *s, const struct shown *f, size_t trials)
{
    const bool c = s->color;
    char *where = mem_printf("%s:%zu", s->run->folder.path, f->trial);
    struct buf word = {0};

    printf("\n%sfinding: %s%s  in %s", tint(c, TINT_BAD), f->kind, tint(c, TINT_NONE), f->scenario);
    if (trials > 1)
        printf(", %zu of %zu trials", f->trials, trials);
    printf("\n  what      %s\n  at        %s\n", f->message,
           f->at[0] != '\0' ? f->at : "(no signal)");
    if (f->expected[0] != '\0')
        printf("  expected  %s\n", f->expected);
    if (f->seen[0] != '\0')
        printf("  seen      %s\n", f->seen);
    shell_quote(&word, where);
    printf("  replay    %ssigsweep replay %s%s\n", tint(c, TINT_BOLD), word.data,
           tint(c, TINT_NONE));
    buf_free(&word);
    free(where);
}

static void print_account(const struct screen *s)
{
    const struct plan *plan = s->run->plan;
    size_t by_verdict[5] = {0}, fired = 0, unreached = 0, masked = 0, left_out = 0;
    char spent[32];

    for (size_t i = 0; i < plan->parts_n; i++) {
        const struct tally *t = &s->run->tallies[i];
        by_verdict[t->run < plan->parts[i].trials ? VERDICT_UNTESTED
                                                  : verdict_of(&plan->parts[i], t)]++;
        fired += t->fired;
        unreached += t->unreached;
        masked += t->masked;
        left_out += plan->parts[i].sampled_out;
    }
    printf("\n%zu scenario%s: %zu passed", plan->parts_n, plan->parts_n == 1 ? "" : "s",
           by_verdict[VERDICT_PASSED]);
    for (int v = VERDICT_FAILED; v <= VERDICT_ERROR; v++) {
        if (by_verdict[v] != 0)
            printf(", %zu %s", by_verdict[v], v == VERDICT_ERROR ? "with errors" : verdict_name(v));
    }
    printf("; %zu of %zu %s in %s: %zu fired", s->run->done, plan->trials,
           plan->trials == 1 ? "trial" : "trials",
           duration_human(s->run->folder.elapsed_ns, spent, sizeof(spent)), fired);
    if (masked != 0)
        printf(", %zu masked", masked);
    putchar('\n');
    if (unreached != 0 || left_out != 0 || s->untested_n != 0 || by_verdict[VERDICT_SKIPPED] != 0) {
        printf("not tested:");
        if (unreached != 0)
            printf(" %zu %s whose point was not reached;", unreached,
                   unreached == 1 ? "trial" : "trials");
        if (left_out != 0)
            printf(" %zu %s left out by a limit;", left_out, left_out == 1 ? "point" : "points");
        if (by_verdict[VERDICT_SKIPPED] != 0)
            printf(" %zu %s skipped;", by_verdict[VERDICT_SKIPPED],
                   by_verdict[VERDICT_SKIPPED] == 1 ? "scenario" : "scenarios");
        for (size_t i = 0; i < s->untested_n; i++)
            printf(" %s;", s->untested[i]);
        putchar('\n');
    }
}

static int by_trial(const void *a, const void *b)
{
    size_t x = ((const struct shown *)a)->trial, y = ((const struct shown *)b)->trial;

    return (x > y) - (x < y);
}

void screen_close(struct screen *s)
{
    bar_erase(&s->bar);
    if (s->n > 1)
        qsort(s->list, s->n, sizeof(*s->list), by_trial);
    for (size_t i = 0; i < s->n; i++) {
        const struct plan_part *part = plan_part_of(s->run->plan, s->list[i].trial);
        print_finding(s, &s->list[i], part->trials);
        shown_drop(&s->list[i]);
    }
    if (s->more != 0)
        printf("\n... and %zu more; sigsweep report -F markdown %s lists all\n", s->more,
               s->run->folder.path);
    print_account(s);
    for (size_t i = 0; i < s->untested_n; i++)
        free(s->untested[i]);
    free(s->untested);
    free(s->list);
    free(s);
    fflush(stdout);
}
