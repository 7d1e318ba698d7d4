#include "cli/undisturbed.h"

#include "cli/child.h"
#include "cli/cli.h"
#include "support/signals.h"
#include "trial/survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TAIL_SHOWN 1000

/* Written by the child that makes the run. */
struct told {
    int64_t took_ns;
    bool idle;
};

struct work {
    struct undisturbed *u;
    struct told *told; /* shared memory */
};

static void print_tail(const char *name, const struct stream *s)
{
    const char *text = s->head_len != 0 ? s->head : "";
    size_t from = s->head_len > TAIL_SHOWN ? s->head_len - TAIL_SHOWN : 0;

    if (s->head_len == 0)
        return;
    fprintf(stderr, "%s:\n%s%s", name, text + from, text[s->head_len - 1] == '\n' ? "" : "\n");
}

/* An argument that is a file here, and will not be there. */
static const char *file_named(const struct undisturbed *u)
{
    char **arg = u->scenario->program.command;

    while (!u->filled && *++arg != NULL) {
        if ((*arg)[0] != '/' && (*arg)[0] != '-' && access(*arg, F_OK) == 0)
            return *arg;
    }
    return NULL;
}

static void print_advice(const struct undisturbed *u)
{
    const char *file = file_named(u);

    fputs("A sweep starts from a run that goes well. What may help:\n", stderr);
    if (file != NULL)
        fprintf(stderr,
                "  --with %-18s each trial starts in a fresh, empty folder: put the file in\n",
                file);
    else if (!u->filled)
        fputs("  --with FILE, --copy DIR   each trial starts in a fresh, empty folder: put in what "
              "the command reads\n",
              stderr);
    if (!u->prepared)
        fputs("  --setup CMD               a shell command that prepares it\n", stderr);
    if (!u->scenario->program.terminal)
        fputs("  --terminal                when it wants to be on a terminal\n", stderr);
}

/* It was never started: no folder and no preparation would help. */
static void print_not_begun(const struct undisturbed *u, const struct record *r)
{
    const char *name = u->scenario->program.command[0];

    fprintf(stderr, "sigsweep: `%s` can't be run: %s\n", u->shown,
            r->trouble != NULL ? r->trouble : "?");
    if (strchr(name, '/') == NULL && access(name, X_OK) == 0)
        fprintf(stderr, "There is a file of that name here: ./%s\n", name);
}

static void print_failed(const struct undisturbed *u, const struct record *r)
{
    fprintf(stderr, "sigsweep: undisturbed, `%s` ", u->shown);
    if (r->how == ENDED_EXITED)
        fprintf(stderr, "ends with exit code %d\n", r->value);
    else if (r->how == ENDED_SIGNALED)
        fprintf(stderr, "is killed by SIG%s\n", signal_label(r->value));
    else
        fputs("makes too many processes\n", stderr);
    print_tail("its stdout", &r->out);
    print_tail("its stderr", &r->err);
    print_advice(u);
}

/* Looking at its calls shows when it waits for ever; none of them is listed. */
static void look_for_idle(struct trial_plan *plan, struct survey *survey, const struct point *none)
{
    survey_init(survey, none);
    plan->survey = survey;
}

static int once(void *arg, struct room *room, struct error *err)
{
    const struct work *w = arg;
    const struct point none = {
        .kind = POINT_EACH, .each = EACH_SYSCALL, .side = SIDE_AFTER, .match = (char *)"^$"};
    struct trial_plan plan = {.scenario = w->u->scenario, .seed = w->u->seed};
    struct survey survey = {0};
    struct record r;
    int rc, status = EXIT_USAGE;

    record_init(&r);
    if (!w->u->by_time)
        look_for_idle(&plan, &survey, &none);
    rc = trial_run(room, &plan, &r, err);
    w->told->took_ns = r.exit_ns > 0 ? r.exit_ns : survey.run_ns;
    w->told->idle = r.how == ENDED_DEADLINE;
    if (rc != 0) {
        status = EXIT_MACHINE;
    } else if ((r.how == ENDED_EXITED && r.value == 0) || w->told->idle) {
        status = EXIT_AS_EXPECTED;
    } else if (r.how == ENDED_NOT_BEGUN) {
        print_not_begun(w->u, &r);
    } else {
        print_failed(w->u, &r);
    }
    if (plan.survey != NULL)
        survey_free(&survey);
    record_free(&r);
    return status;
}

int undisturbed_run(struct undisturbed *u, const struct room_config *config)
{
    struct told *told =
        mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct work work = {u, told};
    int status;

    if (told == MAP_FAILED) {
        fputs("sigsweep: out of memory\n", stderr);
        return EXIT_MACHINE;
    }
    status = child_with_room(config, once, &work);
    u->took_ns = told->took_ns;
    u->idle = told->idle;
    (void)munmap(told, sizeof(*told));
    return status == EXIT_AS_EXPECTED ? -1 : status;
}
