/* replay: one trial again, in this process, told in full. */
#include "cli/child.h"
#include "cli/cli.h"
#include "cli/replay_json.h"
#include "cli/replay_screen.h"

#include "judge/judge.h"
#include "plan/points.h"
#include "run/folder.h"
#include "run/record_json.h"
#include "scenario/load.h"
#include "scenario/point.h"
#include "support/duration.h"
#include "support/shell.h"
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
    "      --json FILE      write the verdict as one JSON object (- for stdout, and nothing else)\n"
    "      --keep           leave the scratch in place, and say where it is\n"
    "      --color WHEN     auto, always, never\n"
    "  -h, --help           this text\n"
    "\n"
    "Exit status: 0 no finding, 1 findings, 2 usage, 3 the machine does not allow it, 4 the point "
    "was\n"
    "not reached.\n";

enum { OPT_SCRATCH = 256, OPT_PROGRAMS, OPT_KEEP, OPT_COLOR, OPT_JSON };

static const struct option options[] = {
    {"at", required_argument, NULL, 'a'},
    {"deadline", required_argument, NULL, 'd'},
    {"scratch", required_argument, NULL, OPT_SCRATCH},
    {"programs", required_argument, NULL, OPT_PROGRAMS},
    {"json", required_argument, NULL, OPT_JSON},
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
    const char *json; /* file to write the verdict to; NULL: none */
    struct buf again; /* the command line that replays it */
    kind_set stored;  /* kinds that the stored trial had */
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
        json_t *o = json_loadb(line, (size_t)n, JSON_ALLOW_NUL, NULL);
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
    buf_adds(&p->again, "sigsweep replay ");
    shell_quote(&p->again, name);
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
    buf_adds(&p->again, "sigsweep replay --at ");
    shell_quote(&p->again, at);
    buf_adds(&p->again, " --");
    for (; *command != NULL; command++) {
        buf_adds(&p->again, " ");
        shell_quote(&p->again, *command);
    }
    return -1;
}

/* --------------------------------------------------------------------------- running it */

static int status_of(const struct replay *p, const struct record *r, const struct findings *f)
{
    if (r->how == ENDED_NOT_BEGUN)
        return EXIT_USAGE;
    if (f->kinds != 0)
        return EXIT_FINDINGS;
    return outcome_of(&p->scenario, r, f) == OUTCOME_UNREACHED ? EXIT_UNTESTED : EXIT_AS_EXPECTED;
}

static int tell(const struct replay *p, const struct record *r, const struct findings *f,
                struct error *err)
{
    struct replay_view view = {.scenario = &p->scenario,
                               .color = p->color,
                               .has_stored = p->has_stored,
                               .stored = p->stored};
    struct replay_verdict verdict = {.scenario = &p->scenario,
                                     .interrupts = p->interrupts,
                                     .interrupts_n = p->n,
                                     .record = r,
                                     .findings = f,
                                     .again = p->again.data};

    if (p->json == NULL || strcmp(p->json, "-") != 0)
        replay_screen_print(&view, r, f);
    return p->json != NULL ? replay_json_write(&verdict, p->json, err) : 0;
}

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
        fprintf(p->json != NULL && strcmp(p->json, "-") == 0 ? stderr : stdout, "scratch: %s\n",
                room_scratch(room)); /* before a baseline gets one of its own */
    if (rc == 0 && judge_wants_baseline(&p->scenario, &r)) {
        struct trial_plan quiet = {.scenario = &p->scenario};
        rc = trial_run(room, &quiet, &baseline, err);
        has_baseline = rc == 0 && baseline.how == ENDED_EXITED && baseline.value == 0;
    }
    if (rc == 0) {
        judge(&p->scenario, has_baseline ? &baseline : NULL, &r, &found);
        status = status_of(p, &r, &found);
        if (tell(p, &r, &found, err) != 0)
            status = EXIT_USAGE;
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
        case OPT_JSON: p.json = optarg; break;
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
    buf_free(&p.again);
    scenario_free(&p.scenario);
    free(beside);
    return status;
}
