/* memory.c - what sanitizers and valgrind reported, on stderr or beside the program: an error is a
 * crash, memory that nothing leads to any more is a leak. What an uninterrupted run loses too is
 * the program's habit, not the signal's doing. */
#include "judge/check.h"
#include "judge/reports.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES_SHOWN 6

static void read_all(const struct record *r, struct tool_reports *all)
{
    const struct stream *err = r->terminal ? &r->out : &r->err;

    if (err->head_len != 0)
        tool_reports_read(all, err->head, err->head_len);
    if (err->tail_len != 0)
        tool_reports_read(all, err->tail, err->tail_len);
    if (r->memory_text != NULL)
        tool_reports_read(all, r->memory_text, strlen(r->memory_text));
}

/* ------------------------------------------------------------------------------------ errors */

static bool same_error(const struct tool_report *a, const struct tool_report *b)
{
    char *x = tool_report_function(a), *y = tool_report_function(b);
    bool same = strcmp(a->tool, b->tool) == 0 && strcmp(a->what, b->what) == 0 &&
                strcmp(x, y) == 0 && !a->leak && !b->leak;

    free(x);
    free(y);
    return same;
}

static void report_error(const struct view *v, const struct tool_report *one)
{
    char *function = tool_report_function(one), *stack = tool_report_stack(one, FRAMES_SHOWN);
    bool placed = one->stack_n != 0;
    char *subject = mem_printf("%s: %.80s%s%.100s", one->tool, one->what, placed ? " in " : "",
                               placed ? function : "");
    char *message = mem_printf("%s reported an error in the program: %.200s%s%.600s", one->tool,
                               one->what, placed ? ", at " : "", placed ? stack : "");

    char *whole = tool_report_stack(one, SIZE_MAX);
    char *seen = mem_printf("%s%s%.1500s", one->line, placed ? ", at " : "", placed ? whole : "");

    findings_add(v->out, KIND_CRASH, subject, message, "no report", seen);
    free(seen);
    free(whole);
    free(function);
    free(stack);
    free(subject);
    free(message);
}

bool check_reports(const struct view *v)
{
    struct tool_reports all = {0};
    bool found = false;

    read_all(v->r, &all);
    for (size_t i = 0; i < all.n; i++) {
        bool again = all.list[i].leak;
        for (size_t k = 0; k < i && !again; k++)
            again = same_error(&all.list[i], &all.list[k]);
        if (!again) {
            report_error(v, &all.list[i]);
            found = true;
        }
    }
    tool_reports_free(&all);
    return found;
}

/* ------------------------------------------------------------------------------------- leaks */

/* Blocks lost at that place. Lines may differ by an inlined frame; functions tell the place. */
static uint64_t blocks_at(const struct tool_reports *all, const char *place)
{
    uint64_t blocks = 0;

    for (size_t i = 0; i < all->n; i++) {
        char *its = tool_report_stack(&all->list[i], FRAMES_SHOWN);
        if (all->list[i].leak && strcmp(its, place) == 0)
            blocks += all->list[i].blocks;
        free(its);
    }
    return blocks;
}

static void report_leak(const struct view *v, const struct tool_report *one, const char *stack)
{
    char *function = tool_report_function(one);
    char *message = mem_printf("memory was lost: %" PRIu64 " byte%s in %" PRIu64
                               " block%s that nothing leads to any more, from %.600s",
                               one->bytes, one->bytes == 1 ? "" : "s", one->blocks,
                               one->blocks == 1 ? "" : "s", stack);
    char *expected = v->s->expect.memory > 0
                         ? mem_printf("at most %ld bytes lost", v->s->expect.memory)
                         : mem_strdup("no memory lost beyond what an uninterrupted run loses");

    char *whole = tool_report_stack(one, SIZE_MAX);
    char *seen = mem_printf("%s %.1500s", one->line, whole);

    findings_add(v->out, KIND_MEMORY_LEAK, function, message, expected, seen);
    free(seen);
    free(whole);
    free(function);
    free(message);
    free(expected);
}

/* The first report of each place that lost more than an uninterrupted run does there. */
static void check_leaks(const struct view *v, const struct tool_reports *mine,
                        const struct tool_reports *usual)
{
    bool *lost = mem_alloc((mine->n + 1) * sizeof(*lost));
    uint64_t bytes = 0;

    for (size_t i = 0; i < mine->n; i++) {
        char *stack = tool_report_stack(&mine->list[i], FRAMES_SHOWN);
        lost[i] = mine->list[i].leak && blocks_at(mine, stack) > blocks_at(usual, stack);
        for (size_t k = 0; k < i && lost[i]; k++) {
            char *other = tool_report_stack(&mine->list[k], FRAMES_SHOWN);
            lost[i] = !(lost[k] && strcmp(stack, other) == 0);
            free(other);
        }
        bytes += lost[i] ? mine->list[i].bytes : 0;
        free(stack);
    }
    for (size_t i = 0; i < mine->n; i++) {
        char *stack = tool_report_stack(&mine->list[i], FRAMES_SHOWN);
        if (lost[i] && (v->s->expect.memory <= 0 || bytes > (uint64_t)v->s->expect.memory))
            report_leak(v, &mine->list[i], stack);
        free(stack);
    }
    free(lost);
}

static const char *why_unchecked(const struct record *r)
{
    if (r->memory_absent != NULL)
        return r->memory_absent;
    if (r->how == ENDED_SIGNALED)
        return "the check is made when the program exits, and a signal ended it (valgrind looks "
               "then too: `memory: valgrind`)";
    if (r->how == ENDED_EXITED && r->memory == MEMORY_LSAN)
        return "LeakSanitizer did not come to its check: a static program, or one that ends by "
               "_exit (valgrind looks then too: `memory: valgrind`)";
    if (r->how == ENDED_EXITED && r->memory == MEMORY_VALGRIND)
        return "valgrind left no summary";
    return NULL;
}

void check_memory(const struct view *v)
{
    struct tool_reports mine = {0}, usual = {0};
    const struct record *r = v->r;
    const char *why = r->memory != MEMORY_OFF && !r->memory_checked ? why_unchecked(r) : NULL;
    bool leaks = false;

    read_all(r, &mine);
    for (size_t i = 0; i < mine.n; i++)
        leaks |= mine.list[i].leak;
    if (leaks && v->baseline != NULL)
        read_all(v->baseline, &usual);
    if (leaks)
        check_leaks(v, &mine, &usual);
    if (mine.cannot)
        findings_untested(v->out, "memory: LeakSanitizer does not work in a traced trial; set "
                                  "`memory: asan`, or `trace: off`");
    else if (why != NULL) {
        char *reason = mem_printf("memory: %s", why);
        findings_untested(v->out, reason);
        free(reason);
    }
    tool_reports_free(&mine);
    tool_reports_free(&usual);
}

bool memory_wants_baseline(const struct view *v)
{
    struct tool_reports all = {0};
    bool wanted = false;

    read_all(v->r, &all);
    for (size_t i = 0; i < all.n; i++)
        wanted |= all.list[i].leak;
    tool_reports_free(&all);
    return wanted;
}
