#include "cli/try_screen.h"

#include "cli/bar.h"
#include "cli/cli.h"
#include "cli/stretches.h"
#include "plan/points.h"
#include "run/record_json.h"
#include "support/duration.h"
#include "support/shell.h"
#include "support/signals.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define STRETCHES_SHOWN 40
#define FINDINGS_SHOWN  20
#define UNCHECKED_SHOWN 10

struct try_screen {
    struct run *run;
    bool color, quiet;
    const char *again, *command;
    struct bar bar;
    struct stretches stretches;
    size_t bad;        /* trials with findings so far */
    struct unchecked { /* checks that could not run */
        char *reason;
        size_t trials;
    } * unchecked;
    size_t unchecked_n;
};

static void on_phase(void *arg, enum run_phase phase)
{
    struct try_screen *s = arg;

    (void)phase;
    bar_restart(&s->bar);
}

static void on_tick(void *arg)
{
    static const char *const what[] = {"surveys", "points", "replays of findings",
                                       "shorter replays"};
    struct try_screen *s = arg;

    bar_draw(&s->bar, what[s->run->phase],
             s->run->phase == PHASE_TRIALS ? s->run->done : s->run->phase_done,
             s->run->phase == PHASE_TRIALS ? s->run->plan->trials : s->run->phase_all, s->bad);
}

static void on_note(void *arg, const char *text)
{
    struct try_screen *s = arg;

    bar_erase(&s->bar);
    fprintf(stderr, "sigsweep: %s\n", text);
}

static void see_unchecked(struct try_screen *s, const char *reason)
{
    size_t i = 0;

    while (i < s->unchecked_n && strcmp(s->unchecked[i].reason, reason) != 0)
        i++;
    if (i == s->unchecked_n) {
        if (i == UNCHECKED_SHOWN)
            return;
        s->unchecked = mem_grow(s->unchecked, i + 1, sizeof(*s->unchecked));
        s->unchecked[s->unchecked_n++] = (struct unchecked){.reason = mem_strdup(reason)};
    }
    s->unchecked[i].trials++;
}

/* Most trials have none: then the line is not even parsed. */
static void see_all_unchecked(struct try_screen *s, const struct report_head *head,
                              const char *line)
{
    json_t *parsed, *one;
    size_t i;

    if (strstr(line, "\"untested\":[]") != NULL)
        return;
    parsed = json_loadb(line, head->size, 0, NULL);
    json_array_foreach(json_object_get(parsed, "untested"), i, one)
    {
        if (json_string_value(one) != NULL)
            see_unchecked(s, json_string_value(one));
    }
    json_decref(parsed);
}

static void on_trial(void *arg, const struct report_head *head, const char *line)
{
    struct try_screen *s = arg;
    struct look look = {.outcome = (uint8_t)head->outcome,
                        .how = head->how,
                        .value = head->value,
                        .kinds = head->kinds,
                        .warnings = head->warnings,
                        .masked = head->masked != 0};

    see_all_unchecked(s, head, line);
    s->bad += head->kinds != 0;
    stretches_add(&s->stretches, head->number, look, head->site);
}

struct try_screen *try_screen_open(struct run *r, bool color, bool quiet, const char *again,
                                   const char *command)
{
    struct try_screen *s = mem_alloc(sizeof(*s));

    *s = (struct try_screen){
        .run = r, .color = color, .quiet = quiet, .again = again, .command = command};
    bar_open(&s->bar, color, quiet);
    return s;
}

struct run_listener try_screen_listener(struct try_screen *s)
{
    return (struct run_listener){
        .arg = s, .phase = on_phase, .trial = on_trial, .tick = on_tick, .note = on_note};
}

/* ------------------------------------------------------------------------------ the strip */

static const char *dash(bool *first)
{
    const char *text = *first ? "" : ", ";

    *first = false;
    return text;
}

static void add_ending(struct buf *b, const struct look *l)
{
    switch ((enum ended_how)l->how) {
    case ENDED_EXITED: buf_addf(b, "exit code %d", l->value); break;
    case ENDED_SIGNALED: buf_addf(b, "killed by SIG%s", signal_label(l->value)); break;
    case ENDED_DEADLINE: buf_adds(b, "did not end"); break;
    case ENDED_ALIVE: buf_adds(b, "lived on"); break;
    case ENDED_FLOOD: buf_adds(b, "forked without end, or filled the disk"); break;
    case ENDED_NOT_BEGUN: buf_adds(b, "not started"); break;
    }
}

static void look_text(struct buf *b, const struct look *l)
{
    bool first = true;

    if (l->outcome == OUTCOME_UNREACHED) {
        buf_adds(b, "not reached");
        return;
    }
    add_ending(b, l);
    if (l->masked)
        buf_adds(b, ", the signal was blocked");
    if ((l->kinds | l->warnings) != 0)
        buf_adds(b, ": ");
    for (int k = 0; k < KIND_COUNT; k++) {
        if ((l->kinds | l->warnings) & KIND_BIT(k))
            buf_addf(b, "%s%s", dash(&first), kind_name((enum finding_kind)k));
    }
}

static enum tint tint_of(const struct look *l)
{
    if (l->kinds != 0)
        return TINT_BAD;
    return l->outcome == OUTCOME_PASSED && !l->masked && l->warnings == 0 ? TINT_GOOD : TINT_WARN;
}

static char *where_of(const struct try_screen *s, uint32_t site)
{
    const struct plan *plan = s->run->plan;

    return site > 0 && site < plan->sites_n ? site_text(&plan->sites[site]) : mem_strdup("");
}

/* The name of the point alone: "openat, after", out of INT@syscall:1.1.32=openat. */
static void print_stretch(const struct try_screen *s, const struct stretch *one, int digits)
{
    struct buf text = {0};
    char *where = where_of(s, one->site);

    look_text(&text, &one->look);
    if (one->first == one->last)
        printf("  %*zu %*s  ", digits, one->first, digits + 1, "");
    else
        printf("  %*zu - %-*zu ", digits, one->first, digits, one->last);
    printf("%s%-44s%s", tint(s->color, tint_of(&one->look)), text.data, tint(s->color, TINT_NONE));
    if (where[0] != '\0')
        printf("  %sfrom %s%s", tint(s->color, TINT_DIM), where, tint(s->color, TINT_NONE));
    putchar('\n');
    buf_free(&text);
    free(where);
}

static int digits_of(size_t n)
{
    int digits = 1;

    for (; n >= 10; n /= 10)
        digits++;
    return digits;
}

/* One glyph for each part of the sweep; the worst outcome in it wins. */
static void print_line_of_blocks(const struct try_screen *s)
{
    size_t all = s->run->plan->trials, width = all < 80 ? all : 80, at = 0;

    fputs("  ", stdout);
    for (size_t i = 0; i < width; i++) {
        size_t first = i * all / width + 1, last = (i + 1) * all / width;
        enum tint worst = TINT_GOOD;
        while (at < s->stretches.n && s->stretches.list[at].last < first)
            at++;
        for (size_t k = at; k < s->stretches.n && s->stretches.list[k].first <= last; k++) {
            enum tint here = tint_of(&s->stretches.list[k].look);
            if (here == TINT_BAD || worst == TINT_GOOD)
                worst = here;
        }
        printf("%s%s%s", tint(s->color, worst),
               worst == TINT_BAD    ? "#"
               : worst == TINT_WARN ? "-"
                                    : ".",
               tint(s->color, TINT_NONE));
    }
    putchar('\n');
}

static void print_strip(const struct try_screen *s)
{
    int digits = digits_of(s->run->plan->trials);

    if (s->stretches.n == 0)
        return;
    putchar('\n');
    if (s->stretches.n > 1)
        print_line_of_blocks(s);
    for (size_t i = 0; i < s->stretches.n && i < STRETCHES_SHOWN; i++)
        print_stretch(s, &s->stretches.list[i], digits);
    if (s->stretches.n > STRETCHES_SHOWN)
        printf("  ... and %zu more stretches\n", s->stretches.n - STRETCHES_SHOWN);
}

/* --------------------------------------------------------------------------- findings, account */

static void print_group(const struct try_screen *s, const struct group *g)
{
    const char *at = g->shrunk != NULL ? g->shrunk : g->at;
    struct buf word = {0};

    printf("\n%s%s: %s%s  at %zu of %zu points", tint(s->color, g->warning ? TINT_WARN : TINT_BAD),
           g->warning ? "warning" : "finding", kind_name(g->kind), tint(s->color, TINT_NONE),
           g->trials, s->run->plan->trials);
    if (g->tried != 0)
        printf(", confirmed %u/%u", g->confirmed, g->tried);
    printf("\n  what      %s\n", g->message);
    if (g->where[0] != '\0')
        printf("  where     %s\n", g->where);
    printf("  at        %s\n", g->at);
    if (g->expected[0] != '\0')
        printf("  expected  %s\n", g->expected);
    if (g->seen[0] != '\0')
        printf("  seen      %s\n", g->seen);
    shell_quote(&word, at);
    printf("  again     %s%s --at %s -- %s%s\n", tint(s->color, TINT_BOLD), s->again, word.data,
           s->command, tint(s->color, TINT_NONE));
    buf_free(&word);
}

/* Why there was nothing to interrupt, and what to do about it. */
static void print_empty(const struct plan_part *part)
{
    const struct point *set = NULL;
    const char *hint = "";

    for (size_t i = 0; i < part->scenario->interrupts_n; i++) {
        if (part->scenario->interrupts[i].when.kind == POINT_EACH)
            set = &part->scenario->interrupts[i].when;
    }
    if (part->unreached == 0 && set != NULL && set->each == EACH_EVENT)
        hint = "\n  only programs that report events have such points: docs/reference/events.md";
    else if (part->unreached == 0 && set != NULL && (set->match != NULL || set->in != NULL))
        hint = "\n  a wider --match or --in, or none, may find some";
    printf("  not tested: %s%s\n", part->empty, hint);
}

static void print_untested(const struct try_screen *s)
{
    const struct account *a = &s->run->account;
    const struct plan_part *part = &s->run->plan->parts[0];

    if (a->masked != 0)
        printf("  %zu where the program blocks the signal: it came later, or never\n", a->masked);
    if (a->unreached != 0)
        printf("  not tested: %zu point%s not reached again\n", a->unreached,
               a->unreached == 1 ? " that was" : "s that were");
    if (a->sampled_out != 0)
        printf("  not tested: %zu point%s left out by the limit (--all tries each)\n",
               a->sampled_out, a->sampled_out == 1 ? "" : "s");
    for (size_t i = 0; i < s->unchecked_n; i++)
        printf("  not tested: %s (%zu trial%s)\n", s->unchecked[i].reason, s->unchecked[i].trials,
               s->unchecked[i].trials == 1 ? "" : "s");
    if (part->empty != NULL)
        print_empty(part);
    if (part->idle)
        printf("  the program does not end by itself: its points are those until it was idle\n");
}

static void print_account(const struct try_screen *s)
{
    const struct account *a = &s->run->account;
    char spent[32];

    printf("\n%zu point%s, %zu fired, in %s: %zu in copies of a running program, %zu by a fresh "
           "start\n",
           a->points, a->points == 1 ? "" : "s", a->fired,
           duration_human(s->run->folder.elapsed_ns, spent, sizeof(spent)), a->snapshot,
           a->replayed);
    if (a->checked != 0)
        printf("  %zu of the copies %s checked by a fresh start: %zu ended otherwise%s\n",
               a->checked, a->checked == 1 ? "was" : "were", a->disagreed,
               a->disagreed != 0 ? " (the fresh start is what counts)" : "");
    print_untested(s);
}

static void print_verdict(const struct try_screen *s)
{
    const struct account *a = &s->run->account;
    size_t warnings = s->run->warnings_n;

    if (s->run->groups_n != warnings || a->fired == 0)
        return;
    printf("\n%sno finding", tint(s->color, warnings != 0 ? TINT_WARN : TINT_GOOD));
    if (warnings != 0)
        printf(" beside the warning%s", warnings == 1 ? "" : "s");
    if (a->sampled_out != 0)
        printf(" in a sample of %zu of %zu points", a->points - a->sampled_out, a->points);
    printf("%s\n", tint(s->color, TINT_NONE));
}

void try_screen_close(struct try_screen *s)
{
    bar_erase(&s->bar);
    if (!s->quiet)
        print_strip(s);
    for (size_t i = 0; i < s->run->groups_n && i < FINDINGS_SHOWN; i++)
        print_group(s, &s->run->groups[i]);
    if (s->run->groups_n > FINDINGS_SHOWN)
        printf("\n... and %zu more\n", s->run->groups_n - FINDINGS_SHOWN + s->run->groups_more);
    print_verdict(s);
    print_account(s);
    stretches_free(&s->stretches);
    for (size_t i = 0; i < s->unchecked_n; i++)
        free(s->unchecked[i].reason);
    free(s->unchecked);
    free(s);
    fflush(stdout);
}
