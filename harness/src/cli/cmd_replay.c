/* replay: one trial again, in this process, told in full. */
#include "cli/child.h"
#include "cli/cli.h"

#include "judge/judge.h"
#include "plan/points.h"
#include "run/folder.h"
#include "run/record_json.h"
#include "scenario/load.h"
#include "scenario/point.h"
#include "support/duration.h"
#include "support/signals.h"
#include "trial/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char help[] =
    "usage: sigsweep replay [options] RUN:TRIAL\n"
    "       sigsweep replay [options] --at POINTS -- COMMAND [ARG]...\n"
    "\n"
    "Runs one trial again and shows its course and findings: a trial of a run, or any program "
    "with\n"
    "signals at points typed here, such as 'INT@after:50ms' or "
    "'INT@event:cleanup.begin#2,INT@after:1ms'.\n"
    "\n"
    "  -a, --at POINTS      where to interrupt (docs/reference/points.md)\n"
    "  -d, --deadline TIME  bound on a typed command's trial (default 10s)\n"
    "      --scratch DIR    where the program runs (default: TMPDIR, else /tmp)\n"
    "      --programs DIR   where commands are looked up before PATH\n"
    "      --keep           leave the scratch in place, and say where it is\n"
    "      --color WHEN     auto, always, never\n"
    "  -h, --help           this text\n"
    "\n"
    "Exit status: 0 no finding, 1 findings, 2 usage, 3 the machine does not allow it, 4 the point "
    "was\n"
    "not reached.\n";

enum { OPT_SCRATCH = 256, OPT_PROGRAMS, OPT_KEEP, OPT_COLOR };

static const struct option options[] = {
    {"at", required_argument, NULL, 'a'},
    {"deadline", required_argument, NULL, 'd'},
    {"scratch", required_argument, NULL, OPT_SCRATCH},
    {"programs", required_argument, NULL, OPT_PROGRAMS},
    {"keep", no_argument, NULL, OPT_KEEP},
    {"color", required_argument, NULL, OPT_COLOR},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct replay {
    struct scenario scenario;
    struct interrupt *interrupts;
    size_t n;
    struct room_config room;
    bool color;
    kind_set stored; /* kinds that the stored trial had */
    bool has_stored;
};

/* ------------------------------------------------------------- from a run folder to a trial */

static json_t *find_trial(const char *run_dir, uint64_t number)
{
    char *path = mem_printf("%s/trials.jsonl", run_dir), *line = NULL;
    FILE *f = fopen(path, "re");
    json_t *found = NULL;
    size_t room = 0;
    ssize_t n;

    if (f == NULL)
        fprintf(stderr, "sigsweep: cannot read %s: %s\n", path, strerror(errno));
    while (f != NULL && found == NULL && (n = getline(&line, &room, f)) > 0) {
        json_t *o = json_loadb(line, (size_t)n, 0, NULL);
        if (o != NULL && number != 0 &&
            json_integer_value(json_object_get(o, "trial")) == (json_int_t)number)
            found = json_incref(o);
        json_decref(o);
    }
    if (f != NULL && found == NULL)
        fprintf(stderr, "sigsweep: %s has no trial %" PRIu64 "\n", path, number);
    if (f != NULL)
        fclose(f);
    free(line);
    free(path);
    return found;
}

/* The scenario's file, relative to where the run was made when it is not found from here. */
static char *find_file(const char *run_dir, const char *scenario)
{
    char *path = mem_printf("%s/run.json", run_dir), *file = NULL;
    json_error_t problem;
    json_t *run = json_load_file(path, 0, &problem), *one;
    size_t i;

    if (run == NULL) {
        fprintf(stderr, "sigsweep: %s: %s\n", path, problem.text);
        free(path);
        return NULL;
    }
    if (json_integer_value(json_object_get(run, "format")) > RUN_FORMAT) {
        fprintf(stderr,
                "sigsweep: %s is of format %" JSON_INTEGER_FORMAT
                ", newer than this sigsweep reads (%d)\n",
                path, json_integer_value(json_object_get(run, "format")), RUN_FORMAT);
        goto out;
    }
    json_array_foreach(json_object_get(run, "scenarios"), i, one)
    {
        const char *name = json_string_value(json_object_get(one, "name"));
        const char *from = json_string_value(json_object_get(one, "file"));
        const char *directory = json_string_value(json_object_get(run, "directory"));
        if (name == NULL || from == NULL || strcmp(name, scenario) != 0)
            continue;
        if (access(from, R_OK) == 0 || from[0] == '/' || directory == NULL)
            file = mem_strdup(from);
        else
            file = mem_printf("%s/%s", directory, from);
    }
    if (file == NULL)
        fprintf(stderr, "sigsweep: %s does not tell where scenario %s is\n", path, scenario);
out:
    json_decref(run);
    free(path);
    return file;
}

static void note_stored(struct replay *p, json_t *trial)
{
    json_t *one;
    size_t i;

    p->has_stored = true;
    json_array_foreach(json_object_get(trial, "findings"), i, one)
    {
        const char *name = json_string_value(json_object_get(one, "kind"));
        int kind = name != NULL ? kind_parse(name) : -1;
        if (kind >= 0)
            p->stored |= KIND_BIT(kind);
    }
}

static int from_run(struct replay *p, const char *name)
{
    const char *colon = strrchr(name, ':'), *scenario, *at;
    char *run_dir, *file = NULL;
    struct buf messages = {0};
    struct error err = {0};
    json_t *trial = NULL;
    uint64_t number;
    int status = EXIT_USAGE;

    if (colon == NULL || !option_number("RUN:TRIAL", colon + 1, 1, UINT32_MAX, &number))
        return usage_error("replay", "'%s' is not RUN:TRIAL, such as runs/latest:7", name);
    run_dir = mem_strndup(name, (size_t)(colon - name));
    trial = find_trial(run_dir, number);
    if (trial == NULL)
        goto out;
    scenario = json_string_value(json_object_get(trial, "scenario"));
    at = json_string_value(json_object_get(trial, "at"));
    file = scenario != NULL && at != NULL ? find_file(run_dir, scenario) : NULL;
    if (file == NULL)
        goto out;
    if (scenario_load_named(file, scenario, &p->scenario, &messages) != 0) {
        fputs(messages.data, stderr);
        goto out;
    }
    if (at[0] != '\0' && points_parse(at, &p->interrupts, &p->n, &err) != 0) {
        fprintf(stderr, "sigsweep: %s, trial %" PRIu64 ": %s\n", run_dir, number, err.text);
        goto out;
    }
    note_stored(p, trial);
    status = -1;
out:
    json_decref(trial);
    buf_free(&messages);
    free(file);
    free(run_dir);
    return status;
}

static int from_line(struct replay *p, const char *at, char **command, int64_t deadline_ns)
{
    struct error err = {0};

    if (points_parse(at, &p->interrupts, &p->n, &err) != 0)
        return usage_error("replay", "--at: %s", err.text);
    for (size_t i = 0; i < p->n; i++) {
        if (point_is_set(p->interrupts[i].when.kind))
            return usage_error("replay", "--at: a set of points can't be replayed; name one");
        p->scenario.program.terminal |= p->interrupts[i].to == TO_TERMINAL;
    }
    scenario_typed(&p->scenario, command);
    p->scenario.program.deadline_ns = deadline_ns;
    p->room.keep_environment = true;
    return -1;
}

/* --------------------------------------------------------------------------- telling it */

static void print_time(int64_t ns)
{
    printf("  %10.3f ms  ", (double)ns / 1e6);
}

static void print_delivery(const struct replay *p, const struct delivery *d)
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

static void print_course(const struct replay *p, const struct record *r)
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
    case ENDED_FLOOD: printf("forked without end; ended by sigsweep\n"); break;
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

static void print_findings(const struct replay *p, const struct findings *f, bool reached)
{
    kind_set wanted = p->scenario.expect.has_findings ? p->scenario.expect.findings : 0;

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

/* --------------------------------------------------------------------------- running it */

static int run_judged(void *arg, struct room *room, struct error *err)
{
    struct replay *p = arg;
    struct trial_plan plan = {
        .scenario = &p->scenario, .interrupts = p->interrupts, .interrupts_n = p->n};
    struct findings found = {0};
    struct record r, baseline;
    bool has_baseline = false;
    int status = EXIT_AS_EXPECTED, rc;

    record_init(&r);
    record_init(&baseline);
    rc = trial_run(room, &plan, &r, err);
    if (p->room.keep_scratch)
        printf("scratch: %s\n", room_scratch(room)); /* before a baseline gets one of its own */
    if (rc == 0 && judge_wants_baseline(&p->scenario, &r)) {
        struct trial_plan quiet = {.scenario = &p->scenario};
        rc = trial_run(room, &quiet, &baseline, err);
        has_baseline = rc == 0 && baseline.how == ENDED_EXITED && baseline.value == 0;
    }
    if (rc == 0) {
        judge(&p->scenario, has_baseline ? &baseline : NULL, &r, &found);
        print_course(p, &r);
        print_end(&r);
        print_stream("stdout", &r.out);
        print_stream("stderr", &r.err);
        if (r.how != ENDED_NOT_BEGUN)
            print_findings(p, &found, outcome_of(&p->scenario, &r, &found) != OUTCOME_UNREACHED);
        if (r.how == ENDED_NOT_BEGUN)
            status = EXIT_USAGE;
        else if (found.n != 0)
            status = EXIT_FINDINGS;
        else if (outcome_of(&p->scenario, &r, &found) == OUTCOME_UNREACHED)
            status = EXIT_UNTESTED;
    } else {
        status = rc == -EPERM ? EXIT_MACHINE : rc == -EINVAL ? EXIT_USAGE : EXIT_MACHINE;
    }
    findings_free(&found);
    record_free(&r);
    record_free(&baseline);
    return status;
}

int cmd_replay(int argc, char **argv)
{
    struct replay p = {0};
    const char *at = NULL, *color = "auto";
    int64_t deadline_ns = 10000000000;
    char *beside = programs_beside();
    int opt, status = -1;

    p.room = (struct room_config){.programs_dir = beside, .stop_fd = -1};
    while (status < 0 && (opt = getopt_long(argc, argv, "+a:d:h", options, NULL)) != -1) {
        switch (opt) {
        case 'a': at = optarg; break;
        case 'd':
            if (duration_parse(optarg, &deadline_ns) != 0)
                status = usage_error("replay",
                                     "--deadline: '%s' is not a time such as 500ms or 10s", optarg);
            break;
        case OPT_SCRATCH: p.room.scratch_base = optarg; break;
        case OPT_PROGRAMS: p.room.programs_dir = optarg; break;
        case OPT_KEEP: p.room.keep_scratch = true; break;
        case OPT_COLOR: color = optarg; break;
        case 'h':
            fputs(help, stdout);
            status = EXIT_AS_EXPECTED;
            break;
        default: fputs("Try 'sigsweep replay --help'.\n", stderr); status = EXIT_USAGE;
        }
    }
    scenario_init(&p.scenario);
    p.color = color_wanted(color, STDOUT_FILENO);
    if (status < 0 && optind == argc)
        status =
            usage_error("replay", "name a trial, such as runs/latest:7, or --at POINTS -- COMMAND");
    if (status < 0)
        status =
            at != NULL ? from_line(&p, at, argv + optind, deadline_ns) : from_run(&p, argv[optind]);
    if (status < 0)
        status = child_with_room(&p.room, run_judged, &p);
    points_free(p.interrupts, p.n);
    scenario_free(&p.scenario);
    free(beside);
    return status;
}
