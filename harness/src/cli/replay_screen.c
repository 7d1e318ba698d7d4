/* One replayed trial on the screen: its course, its end, its output, its findings. */
#include "cli/replay_screen.h"

#include "cli/cli.h"
#include "run/record_json.h"
#include "support/signals.h"

#include <inttypes.h>
#include <stdio.h>

static void print_time(int64_t ns)
{
    printf("  %10.3f ms  ", (double)ns / 1e6);
}

static void print_delivery(const struct replay_view *p, const struct delivery *d)
{
    static const char *const states[] = {"not sent: the point was not reached", "sent",
                                         "sent, but blocked to the end",
                                         "sent, but the program was already ending"};

    printf("%s>> SIG%s to %s%s %s%s", tint(p->color, TINT_BOLD), signal_label(d->signal),
           target_name(d->to), d->exact ? ", program stopped at the point:" : ":", states[d->state],
           tint(p->color, TINT_NONE));
    if (d->taken_ns >= 0)
        printf(" (taken %.0f us later)", (double)(d->taken_ns - d->sent_ns) / 1e3);
    putchar('\n');
}

static void print_course(const struct replay_view *p, const struct record *r)
{
    char line[EVENT_LINE_MAX];
    size_t d = 0;

    for (size_t i = 0; i <= r->events_n; i++) {
        int64_t until = i < r->events_n ? r->events[i].t_ns : INT64_MAX;
        while (d < r->deliveries_n && r->deliveries[d].state != DELIVERY_UNREACHED &&
               r->deliveries[d].sent_ns < until) {
            print_time(r->deliveries[d].sent_ns);
            print_delivery(p, &r->deliveries[d++]);
        }
        if (i < r->events_n) {
            event_print(&r->events[i], line, sizeof(line));
            print_time(until);
            printf("%s\n", line);
        }
    }
    for (; d < r->deliveries_n; d++) {
        printf("              -  ");
        print_delivery(p, &r->deliveries[d]);
    }
}

static void print_end(const struct record *r)
{
    if (r->exit_ns >= 0)
        print_time(r->exit_ns);
    else
        printf("              -  ");
    switch (r->how) {
    case ENDED_EXITED: printf("exit code %d\n", r->value); break;
    case ENDED_SIGNALED:
        printf("died by SIG%s%s\n", signal_label(r->value),
               r->outsider ? " (sent from outside)" : "");
        break;
    case ENDED_DEADLINE: printf("still alive at the deadline; ended by sigsweep\n"); break;
    case ENDED_ALIVE: printf("alive, as it should be; ended by sigsweep\n"); break;
    case ENDED_FLOOD:
        printf(r->flood == FLOOD_DISK ? "filled the disk; ended by sigsweep\n"
                                      : "forked without end; ended by sigsweep\n");
        break;
    case ENDED_NOT_BEGUN: printf("not started: %s\n", r->trouble != NULL ? r->trouble : "?"); break;
    }
    for (size_t i = 0; i < r->stuck_n; i++) {
        const struct stuck_thread *t = &r->stuck[i];
        printf("                 thread %d (%s): %s\n", t->tid, t->comm, t->where);
        for (size_t k = 0; k < t->stack_n; k++)
            printf("                   %s\n", t->stack[k]);
    }
}

static void print_stream(const char *name, const struct stream *s)
{
    if (s->bytes == 0)
        return;
    printf("%s (%" PRIu64 " bytes):\n", name, s->bytes);
    fwrite(s->head, 1, s->head_len < 2000 ? s->head_len : 2000, stdout);
    if (s->head_len > 2000 || s->bytes > s->head_len)
        printf("\n[...]");
    if (s->head_len == 0 || s->head[s->head_len - 1] != '\n' || s->head_len > 2000)
        putchar('\n');
}

static void print_findings(const struct replay_view *p, const struct findings *f, bool reached)
{
    kind_set wanted = expect_wanted(&p->scenario->expect);

    for (size_t i = 0; i < f->n; i++) {
        const struct finding *one = &f->list[i];
        printf("\n%sfinding: %s%s%s\n  what      %s\n", tint(p->color, TINT_BAD),
               kind_name(one->kind), tint(p->color, TINT_NONE),
               wanted & KIND_BIT(one->kind) ? " (the scenario expects it)" : "", one->message);
        if (one->expected[0] != '\0')
            printf("  expected  %s\n", one->expected);
        if (one->seen[0] != '\0')
            printf("  seen      %s\n", one->seen);
    }
    if (f->n == 0 && !reached)
        printf("\n%snothing was tested: the point was not reached%s\n", tint(p->color, TINT_WARN),
               tint(p->color, TINT_NONE));
    else if (f->n == 0)
        printf("\n%sno finding%s\n", tint(p->color, TINT_GOOD), tint(p->color, TINT_NONE));
    for (size_t i = 0; i < f->untested_n; i++)
        printf("not tested: %s\n", f->untested[i]);
    if (p->has_stored)
        printf(p->stored == f->kinds
                   ? "The same kinds as in the stored trial.\n"
                   : "The stored trial had other kinds: what you see may be rare.\n");
}

void replay_screen_print(const struct replay_view *p, const struct record *r,
                         const struct findings *f)
{
    print_course(p, r);
    print_end(r);
    print_stream("stdout", &r->out);
    print_stream("stderr", &r->err);
    if (r->how != ENDED_NOT_BEGUN)
        print_findings(p, f, outcome_of(p->scenario, r, f) != OUTCOME_UNREACHED);
}
