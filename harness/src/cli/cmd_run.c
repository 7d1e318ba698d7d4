#include "cli/cli.h"
#include "cli/screen.h"
#include "plan/points.h"
#include "report.h"
#include "run/run.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static const char help[] =
    "usage: sigsweep run [options] PATH...\n"
    "\n"
    "Runs the scenarios in the YAML files below the paths and judges every trial.\n"
    "\n"
    "  -j, --jobs N        workers at once (default: the processors)\n"
    "  -s, --seed S        seed of all random choices (default: drawn, and printed)\n"
    "  -f, --filter TEXT   only scenarios whose name holds TEXT, or matches a pattern with * ? [\n"
    "  -t, --tag TAG       only scenarios with the tag; may be given again for any of several\n"
    "  -n, --dry-run       print the trials that would run, and run nothing\n"
    "  -o, --out DIR       the run folder (default: runs/TIME; runs/latest points to it)\n"
    "      --scratch DIR   where programs run (default: TMPDIR, else /tmp)\n"
    "      --disk SIZE     what a trial may write (default: half of what is free, at most 4GiB)\n"
    "      --programs DIR  where commands are looked up before PATH (default: build/programs)\n"
    "      --confirm-wanted\n"
    "                      findings that scenarios expect are confirmed and made shorter, too\n"
    "      --json FILE     write the verdict as one JSON object (- for stdout)\n"
    "  -q, --quiet         only what failed, and the account\n"
    "      --color WHEN    auto, always, never\n"
    "  -h, --help          this text\n"
    "\n"
    "Exit status: 0 all as expected, 1 findings, 2 usage or an invalid scenario, 3 the machine\n"
    "does not allow it (see sigsweep doctor), 4 nothing was tested.\n";

enum { OPT_SCRATCH = 256, OPT_DISK, OPT_PROGRAMS, OPT_JSON, OPT_COLOR, OPT_CONFIRM };

static const struct option long_options[] = {
    {"jobs", required_argument, NULL, 'j'},
    {"seed", required_argument, NULL, 's'},
    {"filter", required_argument, NULL, 'f'},
    {"tag", required_argument, NULL, 't'},
    {"dry-run", no_argument, NULL, 'n'},
    {"out", required_argument, NULL, 'o'},
    {"scratch", required_argument, NULL, OPT_SCRATCH},
    {"disk", required_argument, NULL, OPT_DISK},
    {"programs", required_argument, NULL, OPT_PROGRAMS},
    {"json", required_argument, NULL, OPT_JSON},
    {"confirm-wanted", no_argument, NULL, OPT_CONFIRM},
    {"quiet", no_argument, NULL, 'q'},
    {"color", required_argument, NULL, OPT_COLOR},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void add_tag(struct options *o, char *tag)
{
    size_t n = 0;

    while (o->tags != NULL && o->tags[n] != NULL)
        n++;
    o->tags = mem_grow(o->tags, n + 2, sizeof(*o->tags));
    o->tags[n] = tag;
    o->tags[n + 1] = NULL;
}

/* -1: go on; otherwise the exit status. */
static int parse(int argc, char **argv, struct options *o)
{
    const char *color = "auto";
    uint64_t number;
    int c;

    o->jobs = (int)sysconf(_SC_NPROCESSORS_ONLN);
    while ((c = getopt_long(argc, argv, "j:s:f:t:no:qh", long_options, NULL)) != -1) {
        switch (c) {
        case 'j':
            if (!option_number("--jobs", optarg, 1, 256, &number))
                return EXIT_USAGE;
            o->jobs = (int)number;
            break;
        case 's':
            if (!option_number("--seed", optarg, 0, UINT64_MAX, &o->seed))
                return EXIT_USAGE;
            o->seed_given = true;
            break;
        case 'f': o->filter = optarg; break;
        case 't': add_tag(o, optarg); break;
        case 'n': o->dry_run = true; break;
        case 'o': o->out = optarg; break;
        case OPT_SCRATCH: o->scratch = optarg; break;
        case OPT_DISK:
            if (!option_size("--disk", optarg, &o->disk))
                return EXIT_USAGE;
            break;
        case OPT_PROGRAMS: o->programs = optarg; break;
        case OPT_JSON: o->json = optarg; break;
        case OPT_CONFIRM: o->confirm_wanted = true; break;
        case 'q': o->quiet = true; break;
        case OPT_COLOR:
            if (strcmp(optarg, "auto") != 0 && strcmp(optarg, "always") != 0 &&
                strcmp(optarg, "never") != 0)
                return usage_error("run", "--color takes auto, always or never, not '%s'", optarg);
            color = optarg;
            break;
        case 'h': fputs(help, stdout); return EXIT_AS_EXPECTED;
        default: fputs("Try 'sigsweep run --help'.\n", stderr); return EXIT_USAGE;
        }
    }
    if (optind == argc)
        return usage_error("run", "no scenario given; name a YAML file or a folder");
    o->color = color_wanted(color, STDOUT_FILENO);
    if (!o->seed_given && getrandom(&o->seed, sizeof(o->seed), 0) == (ssize_t)sizeof(o->seed))
        o->seed &= UINT32_MAX; /* short enough to type */
    return -1;
}

static char *why_skipped(const struct scenario *s, const char *programs)
{
    for (char **need = s->program.needs; need != NULL && *need != NULL; need++) {
        char *path = program_find(*need, programs);
        bool there = path != NULL && access(path, X_OK) == 0;
        free(path);
        if (!there)
            return mem_printf("needs %s, which is not on PATH", *need);
    }
    return NULL;
}

static int make_plan(const struct collection *c, const struct options *o, struct plan *plan,
                     struct error *err)
{
    plan->seed = o->seed;
    for (size_t i = 0; i < c->n; i++) {
        char *skip = why_skipped(c->list[i], o->programs);
        int rc = plan_add(plan, c->list[i], skip, err);
        free(skip);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static void print_plan(const struct plan *plan)
{
    for (size_t number = 1; number <= plan->trials; number++) {
        struct buf at = {0};
        size_t n;
        struct interrupt *list = plan_interrupts(plan, number, &n);
        points_print(list, n, &at);
        printf("%6zu  %-36s %s\n", number, plan_part_of(plan, number)->scenario->name,
               at.data != NULL ? at.data : "(no signal)");
        points_free(list, n);
        buf_free(&at);
    }
    for (size_t i = 0; i < plan->parts_n; i++) {
        if (plan->parts[i].skip != NULL)
            printf("     -  %-36s skipped: %s\n", plan->parts[i].scenario->name,
                   plan->parts[i].skip);
    }
    printf("%zu trials of %zu scenarios, seed %" PRIu64 "\n", plan->trials, plan->parts_n,
           plan->seed);
}

int exit_by_verdicts(const struct run *r)
{
    bool tested = false, failed = false, broken = false, untested = false;

    for (size_t i = 0; i < r->plan->parts_n; i++) {
        switch (verdict_of(&r->plan->parts[i], &r->tallies[i])) {
        case VERDICT_PASSED: tested = true; break;
        case VERDICT_FAILED: failed = true; break;
        case VERDICT_ERROR: broken = true; break;
        case VERDICT_UNTESTED: untested = true; break;
        case VERDICT_SKIPPED: break;
        }
    }
    if (failed)
        return EXIT_FINDINGS;
    if (r->refused)
        return EXIT_MACHINE;
    if (broken)
        return EXIT_USAGE;
    return untested || !tested ? EXIT_UNTESTED : EXIT_AS_EXPECTED;
}

static int write_json(const struct run *r, const char *file)
{
    struct error err = {0};
    int rc = report_write(r->folder.path, "json", strcmp(file, "-") == 0 ? NULL : file, &err);

    if (rc != 0)
        fprintf(stderr, "sigsweep: %s\n", err.text);
    return rc;
}

static int start(struct plan *plan, int argc, char **argv, const struct options *o)
{
    struct run run = {.plan = plan, .jobs = o->jobs, .confirm_wanted = o->confirm_wanted};
    struct error err = {0};
    struct run_listener listener;
    struct screen *screen;
    int status, rc;

    run.room = (struct room_config){
        .scratch_base = o->scratch, .disk = o->disk, .programs_dir = o->programs, .stop_fd = -1};
    run.folder.argc = argc;
    run.folder.argv = argv;
    run.folder.jobs = o->jobs;
    run.folder.confirm_wanted = o->confirm_wanted;
    rc = folder_open(&run.folder, o->out, &err);
    if (rc != 0) {
        fprintf(stderr, "sigsweep: %s\n", err.text);
        run_free(&run);
        return rc == -EEXIST ? EXIT_USAGE : EXIT_MACHINE;
    }
    screen = screen_open(&run, o->color, o->quiet);
    listener = screen_listener(screen);
    rc = run_all(&run, &listener, &err);
    screen_close(screen);
    if (rc != 0)
        fprintf(stderr, "sigsweep: %s\n", err.text[0] != '\0' ? err.text : strerror(-rc));
    status = rc != 0 ? EXIT_MACHINE : exit_by_verdicts(&run);
    if (o->json != NULL && write_json(&run, o->json) != 0)
        status = EXIT_MACHINE;
    if (run.interrupted != 0) {
        fprintf(stderr, "sigsweep: interrupted by SIG%s; the finished trials are in %s\n",
                sigabbrev_np(run.interrupted), run.folder.path);
        signal(run.interrupted, SIG_DFL);
        raise(run.interrupted);
    }
    run_free(&run);
    return status;
}

int cmd_run(int argc, char **argv)
{
    struct options o = {0};
    struct collection c = {0};
    struct plan plan = {0};
    struct buf messages = {0};
    struct error err = {0};
    char *beside = programs_beside();
    int status = parse(argc, argv, &o), rc;

    if (status >= 0)
        goto out;
    if (o.programs == NULL)
        o.programs = beside;
    rc = collect(argv + optind, &c, &messages);
    if (rc != 0 || c.mistakes != 0) {
        fputs(messages.data != NULL ? messages.data : "", stderr);
        fprintf(stderr, "sigsweep: %zu mistake%s; nothing was run\n", c.mistakes + (rc != 0),
                c.mistakes + (rc != 0) == 1 ? "" : "s");
        status = EXIT_USAGE;
        goto out;
    }
    collection_select(&c, &o);
    if (c.n == 0) {
        fprintf(stderr, "sigsweep: no scenario was selected (%zu files read)\n", c.files);
        status = EXIT_UNTESTED;
        goto out;
    }
    if (make_plan(&c, &o, &plan, &err) != 0) {
        fprintf(stderr, "sigsweep: %s\n", err.text);
        status = EXIT_USAGE;
        goto out;
    }
    if (o.dry_run) {
        print_plan(&plan);
        status = EXIT_AS_EXPECTED;
    } else {
        status = start(&plan, argc, argv, &o);
    }
out:
    plan_free(&plan);
    collection_free(&c);
    buf_free(&messages);
    free(o.tags);
    free(beside);
    return status;
}
