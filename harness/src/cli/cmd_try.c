/* try: sweeps any program, without YAML, by the default judgements. */
#include "cli/child.h"
#include "cli/cli.h"
#include "cli/hold.h"
#include "cli/try_expect.h"
#include "cli/try_screen.h"
#include "cli/undisturbed.h"

#include "plan/points.h"
#include "report.h"
#include "run/run.h"
#include "scenario/point.h"
#include "support/duration.h"
#include "support/shell.h"
#include "support/signals.h"
#include "trial/scratch.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char help[] =
    "usage: sigsweep try [options] -- COMMAND [ARG]...\n"
    "\n"
    "Runs the command once undisturbed, lists its points, interrupts it at each of them, and\n"
    "judges what is left: crashes, hangs, files, processes, swallowed signals. Each trial runs in "
    "a\n"
    "fresh folder of its own, with HOME, TMPDIR and XDG_* apart.\n"
    "\n"
    "  -S, --signal SIG     what to send (default INT)\n"
    "  -T, --to TARGET      process, group, thread or terminal (default process)\n"
    "  -e, --each WHAT      syscall (default), event, function, instruction, or time\n"
    "      --side SIDE      of system calls: all (default), after, before, inside\n"
    "      --match REGEX    only calls, functions or events whose name matches\n"
    "      --in OBJECT      functions and instructions of that object file\n"
    "  -a, --at POINTS      these points instead (docs/reference/points.md); may hold sets\n"
    "  -l, --limit N        a seeded sample of at most N points of each set\n"
    "      --all            every point, however many: without it or --limit, a command that runs\n"
    "                       long or has very many is sampled, to take a minute or so\n"
    "  -c, --copy DIR       each trial starts in a copy of DIR\n"
    "  -w, --with FILE      ... with FILE (or a folder) put in; may be given again\n"
    "      --here           run in the current folder, as it is: what a trial changes there stays\n"
    "      --setup CMD      a shell command that runs first, in the trial's folder\n"
    "      --watch DIR      judge the files of DIR too, a folder elsewhere; may be repeated\n"
    "      --ignore PATTERN these files are not judged, such as 'home/.cache/*'; may be repeated\n"
    "      --strict         warnings are errors\n"
    "      --recover CMD    a shell command that must succeed in what each trial left\n"
    "      --rerun          the command itself, run again in what each trial left, must succeed\n"
    "      --ended HOW      the signal ends it so: conventional (by it, or with 128 + its number)\n"
    "                       or signals and exit codes such as INT,130\n"
    "      --within TIME    ... so soon after the signal\n"
    "      --leaks WHAT     fds, threads or both, comma-joined: none may be there when it ends\n"
    "      --memory TOOL    look for lost memory: lsan (preloaded), valgrind, or asan (built in)\n"
    "  -d, --deadline TIME  bound on each trial (default 10s)\n"
    "      --observe asyncio  report the tasks of a Python program, which is left as it is\n"
    "  -t, --terminal       on a terminal of its own\n"
    "  -j, --jobs N         workers at once (default: the processors)\n"
    "  -s, --seed S         seed of all random choices\n"
    "      --keep DIR       keep the run folder there, for reports and replays\n"
    "      --json FILE      write the verdict as one JSON object (- for stdout)\n"
    "      --scratch DIR    where trials run (default: TMPDIR, else /tmp)\n"
    "      --disk SIZE      what a trial may write (default: half of what is free, at most 4GiB)\n"
    "  -q, --quiet          only findings and the account\n"
    "      --color WHEN     auto, always, never\n"
    "  -h, --help           this text\n"
    "\n"
    "Exit status: 0 no finding, 1 findings, 2 usage, or the command fails undisturbed, 3 the\n"
    "machine does not allow it, 4 nothing was tested.\n";

enum {
    OPT_SIDE = 256,
    OPT_MATCH,
    OPT_IN,
    OPT_SETUP,
    OPT_KEEP,
    OPT_JSON,
    OPT_SCRATCH,
    OPT_DISK,
    OPT_COLOR,
    OPT_IGNORE,
    OPT_STRICT,
    OPT_RECOVER,
    OPT_RERUN,
    OPT_HERE,
    OPT_ENDED,
    OPT_WITHIN,
    OPT_LEAKS,
    OPT_MEMORY,
    OPT_WATCH,
    OPT_ALL,
    OPT_OBSERVE
};

static const struct option long_options[] = {
    {"signal", required_argument, NULL, 'S'},
    {"to", required_argument, NULL, 'T'},
    {"each", required_argument, NULL, 'e'},
    {"side", required_argument, NULL, OPT_SIDE},
    {"match", required_argument, NULL, OPT_MATCH},
    {"in", required_argument, NULL, OPT_IN},
    {"at", required_argument, NULL, 'a'},
    {"limit", required_argument, NULL, 'l'},
    {"all", no_argument, NULL, OPT_ALL},
    {"copy", required_argument, NULL, 'c'},
    {"with", required_argument, NULL, 'w'},
    {"here", no_argument, NULL, OPT_HERE},
    {"setup", required_argument, NULL, OPT_SETUP},
    {"ignore", required_argument, NULL, OPT_IGNORE},
    {"observe", required_argument, NULL, OPT_OBSERVE},
    {"strict", no_argument, NULL, OPT_STRICT},
    {"recover", required_argument, NULL, OPT_RECOVER},
    {"rerun", no_argument, NULL, OPT_RERUN},
    {"watch", required_argument, NULL, OPT_WATCH},
    {"ended", required_argument, NULL, OPT_ENDED},
    {"within", required_argument, NULL, OPT_WITHIN},
    {"leaks", required_argument, NULL, OPT_LEAKS},
    {"memory", required_argument, NULL, OPT_MEMORY},
    {"deadline", required_argument, NULL, 'd'},
    {"terminal", no_argument, NULL, 't'},
    {"jobs", required_argument, NULL, 'j'},
    {"seed", required_argument, NULL, 's'},
    {"keep", required_argument, NULL, OPT_KEEP},
    {"json", required_argument, NULL, OPT_JSON},
    {"scratch", required_argument, NULL, OPT_SCRATCH},
    {"disk", required_argument, NULL, OPT_DISK},
    {"quiet", no_argument, NULL, 'q'},
    {"color", required_argument, NULL, OPT_COLOR},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct
try {
    struct options common;
    struct scenario scenario;
    struct buf again; /* the command line to paste, up to --at */
    struct buf shown; /* the command, quoted */
    const char *at, *match, *in, *copy, *setup, *recover;
    const char **with;
    size_t with_n;
    int signal, each; /* each: enum each; -1: time */
    enum target to;
    enum side side;
    bool side_given, each_given;
    bool here, all;
    unsigned limit;
    char *template;  /* folder made for --with; owned */
    char *home;      /* folder made for the run; owned; NULL: --keep */
    int64_t took_ns; /* undisturbed */
    bool idle;
};

/* ------------------------------------------------------------------------------- options */

static void again_add(struct try *t, const char *option, const char *value)
{
    buf_addf(&t->again, " %s", option);
    if (value != NULL) {
        buf_adds(&t->again, " ");
        shell_quote(&t->again, value);
    }
}

static int read_word(struct try *t, int c, const char *word)
{
    int64_t deadline;
    uint64_t n;
    int value;

    switch (c) {
    case 'S':
        if ((t->signal = signal_number(word)) <= 0)
            return usage_error("try", "--signal: there is no signal '%s'", word);
        break;
    case 'T':
        if ((value = target_parse(word)) < 0)
            return usage_error("try", "--to takes process, group, thread or terminal, not '%s'",
                               word);
        t->to = (enum target)value;
        break;
    case OPT_MEMORY:
        if ((value = memory_parse(word)) <= 0)
            return usage_error("try", "--memory takes lsan, valgrind or asan, not '%s'", word);
        t->scenario.program.memory = (enum memory)value;
        again_add(t, "--memory", word);
        break;
    case 'e':
        t->each_given = true;
        t->each = each_parse(word);
        if (t->each < 0 && strcmp(word, "time") != 0)
            return usage_error(
                "try", "--each takes syscall, event, function, instruction or time, not '%s'",
                word);
        break;
    case OPT_SIDE:
        if ((value = side_parse(word)) < 0)
            return usage_error("try", "--side takes all, after, before or inside, not '%s'", word);
        t->side = (enum side)value;
        t->side_given = true;
        break;
    case 'l':
        if (!option_number("--limit", word, 1, TRIALS_MAX, &n))
            return EXIT_USAGE;
        t->limit = (unsigned)n;
        break;
    case 'd':
        if (duration_parse(word, &deadline) != 0 || deadline <= 0)
            return usage_error("try", "--deadline: '%s' is not a time such as 500ms or 10s", word);
        t->scenario.program.deadline_ns = deadline;
        again_add(t, "--deadline", word);
        break;
    case 'j':
        if (!option_number("--jobs", word, 1, 256, &n))
            return EXIT_USAGE;
        t->common.jobs = (int)n;
        t->common.jobs_given = true;
        break;
    case 's':
        if (!option_number("--seed", word, 0, UINT64_MAX, &t->common.seed))
            return EXIT_USAGE;
        t->common.seed_given = true;
        break;
    default: break;
    }
    return -1;
}

/* sh -c TEXT */
static char **shell_command(const char *text)
{
    char **argv = mem_alloc(4 * sizeof(*argv));

    argv[0] = mem_strdup("sh");
    argv[1] = mem_strdup("-c");
    argv[2] = mem_strdup(text);
    return argv;
}

static void add_ignore(struct try *t, const char *pattern)
{
    struct expect *e = &t->scenario.expect;

    e->files_as = mem_grow(e->files_as, e->files_as_n + 1, sizeof(*e->files_as));
    e->files_as[e->files_as_n++] = (struct file_expect){mem_strdup(pattern), FILE_ANY};
    again_add(t, "--ignore", pattern);
}

static int add_watch(struct try *t, const char *folder)
{
    struct program *p = &t->scenario.program;
    char *path = realpath(folder, NULL);
    struct stat st;
    size_t n = 0;

    if (path == NULL || stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        free(path);
        return usage_error("try", "--watch: %s is not a folder", folder);
    }
    while (p->watch != NULL && p->watch[n] != NULL)
        n++;
    p->watch = mem_grow(p->watch, n + 2, sizeof(*p->watch));
    p->watch[n] = path;
    p->watch[n + 1] = NULL;
    again_add(t, "--watch", path);
    return -1;
}

static int read_option(struct try *t, int c, const char **color)
{
    switch (c) {
    case OPT_MATCH: t->match = optarg; break;
    case OPT_IN: t->in = optarg; break;
    case 'a': t->at = optarg; break;
    case 'c':
        t->copy = optarg;
        again_add(t, "--copy", optarg);
        break;
    case 'w':
        t->with = mem_grow(t->with, t->with_n + 1, sizeof(*t->with));
        t->with[t->with_n++] = optarg;
        again_add(t, "--with", optarg);
        break;
    case OPT_HERE:
        t->here = true;
        again_add(t, "--here", NULL);
        break;
    case OPT_SETUP:
        t->setup = optarg;
        again_add(t, "--setup", optarg);
        break;
    case OPT_WATCH: return add_watch(t, optarg);
    case OPT_IGNORE: add_ignore(t, optarg); break;
    case OPT_OBSERVE:
        if (strcmp(optarg, "asyncio") != 0)
            return usage_error("try", "--observe takes asyncio, not '%s'", optarg);
        t->scenario.program.asyncio = true;
        again_add(t, "--observe", optarg);
        break;
    case OPT_ENDED:
        again_add(t, "--ended", optarg);
        return try_expect_ended(&t->scenario.expect, optarg);
    case OPT_WITHIN:
        again_add(t, "--within", optarg);
        return try_expect_within(&t->scenario.expect, optarg);
    case OPT_LEAKS:
        again_add(t, "--leaks", optarg);
        return try_expect_leaks(&t->scenario.expect, optarg);
    case OPT_STRICT:
        t->scenario.expect.strict = true;
        again_add(t, "--strict", NULL);
        break;
    case OPT_RECOVER:
        t->recover = optarg;
        again_add(t, "--recover", optarg);
        break;
    case OPT_RERUN:
        t->scenario.expect.rerun = true;
        again_add(t, "--rerun", NULL);
        break;
    case 't':
        t->scenario.program.terminal = true;
        again_add(t, "--terminal", NULL);
        break;
    case OPT_ALL: t->all = true; break;
    case OPT_KEEP: t->common.out = optarg; break;
    case OPT_JSON: t->common.json = optarg; break;
    case OPT_SCRATCH: t->common.scratch = optarg; break;
    case OPT_DISK:
        if (!option_size("--disk", optarg, &t->common.disk))
            return EXIT_USAGE;
        break;
    case 'q': t->common.quiet = true; break;
    case OPT_COLOR:
        if (strcmp(optarg, "auto") != 0 && strcmp(optarg, "always") != 0 &&
            strcmp(optarg, "never") != 0)
            return usage_error("try", "--color takes auto, always or never, not '%s'", optarg);
        *color = optarg;
        break;
    case 'h': fputs(help, stdout); return EXIT_AS_EXPECTED;
    case '?': fputs("Try 'sigsweep try --help'.\n", stderr); return EXIT_USAGE;
    default: return read_word(t, c, optarg);
    }
    return -1;
}

/* In place: nothing is put back between the trials, and two at once would disturb each other. */
static int check_here(struct try *t)
{
    if (!t->here)
        return -1;
    if (t->copy != NULL || t->with_n != 0)
        return usage_error("try", "--here runs in the folder as it is: it can't be combined with "
                                  "--copy or --with");
    if (t->common.jobs > 1 && t->common.jobs_given)
        return usage_error("try", "--here runs one trial at a time: two at once would disturb each "
                                  "other; leave out --jobs");
    t->common.jobs = 1;
    fputs(
        "sigsweep: --here: every trial runs in this folder. What an interrupted program breaks or "
        "leaves here stays, and the next trial starts from it.\n",
        stderr);
    return -1;
}

/* -1: go on; otherwise the exit status. */
static int parse(int argc, char **argv, struct try *t)
{
    const char *color = "auto";
    int c, status = -1;

    t->common.jobs = (int)sysconf(_SC_NPROCESSORS_ONLN);
    t->signal = SIGINT;
    t->each = EACH_SYSCALL;
    t->side = SIDE_ALL;
    buf_adds(&t->again, "sigsweep try");
    while (status < 0 &&
           (c = getopt_long(argc, argv, "+S:T:e:a:l:c:w:d:tj:s:qh", long_options, NULL)) != -1)
        status = read_option(t, c, &color);
    if (status >= 0)
        return status;
    if (optind == argc)
        return usage_error("try", "name a command, as in: sigsweep try -- sort big.txt");
    if (t->all && t->limit != 0)
        return usage_error("try", "--all and --limit exclude each other");
    status = check_here(t);
    if (status >= 0)
        return status;
    t->common.color = color_wanted(color, STDOUT_FILENO);
    if (!t->common.seed_given &&
        getrandom(&t->common.seed, sizeof(t->common.seed), 0) == (ssize_t)sizeof(t->common.seed))
        t->common.seed &= UINT32_MAX;
    scenario_typed(&t->scenario, argv + optind);
    for (int i = optind; i < argc; i++) {
        buf_adds(&t->shown, i > optind ? " " : "");
        shell_quote(&t->shown, argv[i]);
    }
    return -1;
}

/* ------------------------------------------------------------------------- what it starts with */

static int run_quietly(char *const *argv)
{
    posix_spawnattr_t attributes;
    sigset_t none;
    int status = -1;
    pid_t pid;

    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &none);
    if (posix_spawnp(&pid, argv[0], NULL, &attributes, argv, environ) != 0)
        pid = -1;
    posix_spawnattr_destroy(&attributes);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return pid > 0 && status == 0 ? 0 : -1;
}

/* --copy and --with: one folder that every trial's is a copy of. */
static int make_template(struct try *t)
{
    const char *base = getenv("TMPDIR");
    struct stat st;

    if (t->copy != NULL && (stat(t->copy, &st) != 0 || !S_ISDIR(st.st_mode)))
        return usage_error("try", "--copy: %s is not a folder", t->copy);
    if (t->copy != NULL && t->with_n == 0) {
        t->scenario.program.copy = realpath(t->copy, NULL);
        return -1;
    }
    if (t->with_n == 0)
        return -1;
    t->template = mem_printf("%s/sigsweep-with-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(t->template) == NULL) {
        fprintf(stderr, "sigsweep: cannot make %s: %s\n", t->template, strerror(errno));
        free(t->template);
        t->template = NULL;
        return EXIT_MACHINE;
    }
    if (t->copy != NULL) {
        char *from = mem_printf("%s/.", t->copy);
        char *argv[] = {(char *)"cp", (char *)"-a", (char *)"--reflink=auto", (char *)"--", from,
                        t->template,  NULL};
        int rc = run_quietly(argv);
        free(from);
        if (rc != 0)
            return EXIT_USAGE;
    }
    for (size_t i = 0; i < t->with_n; i++) {
        if (lstat(t->with[i], &st) != 0)
            return usage_error("try", "--with: %s: %s", t->with[i], strerror(errno));
    }
    for (size_t i = 0; i < t->with_n; i++) {
        char *argv[] = {(char *)"cp", (char *)"-a",       (char *)"--reflink=auto",
                        (char *)"--", (char *)t->with[i], t->template,
                        NULL};
        if (run_quietly(argv) != 0)
            return EXIT_USAGE;
    }
    t->scenario.program.copy = mem_strdup(t->template);
    return -1;
}

static void make_setup(struct try *t)
{
    if (t->setup != NULL) {
        t->scenario.program.setup = mem_alloc(2 * sizeof(*t->scenario.program.setup));
        t->scenario.program.setup[0] = shell_command(t->setup);
    }
    if (t->recover != NULL)
        t->scenario.expect.recover = shell_command(t->recover);
}

static void remove_folder(char *path)
{
    if (path != NULL)
        (void)tree_remove(path);
    free(path);
}

/* ---------------------------------------------------------------------------------- the sweep */

static int undisturbed(struct try *t, const struct room_config *room)
{
    struct undisturbed u = {.scenario = &t->scenario,
                            .seed = t->common.seed,
                            .shown = t->shown.data,
                            .filled = t->copy != NULL || t->with_n != 0 || t->here,
                            .prepared = t->setup != NULL,
                            .by_time =
                                t->each < 0 || t->at != NULL || t->scenario.program.memory != 0};
    int status = undisturbed_run(&u, room);

    t->took_ns = u.took_ns;
    t->idle = u.idle;
    return status;
}

/* A sweep is exhaustive while that takes a minute or so. The steps are coarse, so that the same
 * seed draws the same sample although no two runs take equally long. */
static unsigned limit_for(const struct try *t)
{
    static const unsigned steps[] = {5000, 2000, 1000, 500, 200, 100};
    const int64_t bound_ns = INT64_C(60000000000);
    size_t i = t->idle ? 2 : 0;

    while (!t->idle && i + 1 < sizeof(steps) / sizeof(steps[0]) && steps[i] * t->took_ns > bound_ns)
        i++;
    return steps[i];
}

/* Nobody said how many: the points of sets are limited all the same. */
static void limit_by_time(struct try *t)
{
    struct scenario *s = &t->scenario;

    for (size_t i = 0; i < s->interrupts_n && !t->all; i++) {
        if (s->interrupts[i].when.kind == POINT_EACH && s->interrupts[i].limit == 0)
            s->interrupts[i].limit = limit_for(t);
    }
}

/* Where lost memory can't be looked for with such points: said before anything runs. */
static int memory_agrees(const struct try *t)
{
    for (size_t i = 0; i < t->scenario.interrupts_n; i++) {
        const char *why =
            memory_refuses(t->scenario.program.memory, &t->scenario.interrupts[i].when);
        if (why != NULL)
            return usage_error("try", "%s", why);
    }
    return -1;
}

static int choose_points(struct try *t)
{
    struct scenario *s = &t->scenario;
    struct interrupt *in;
    struct error err = {0};

    /* Its system calls are not the program's, and its start takes long: so by time. */
    if (t->scenario.program.memory == MEMORY_VALGRIND && !t->each_given)
        t->each = -1;
    if (t->at != NULL) {
        if (points_parse(t->at, &s->interrupts, &s->interrupts_n, &err) != 0)
            return usage_error("try", "--at: %s", err.text);
        for (size_t i = 0; i < s->interrupts_n; i++) {
            if (t->limit != 0 && point_is_set(s->interrupts[i].when.kind))
                s->interrupts[i].limit = t->limit;
        }
        return -1;
    }
    if (t->each == EACH_INSTRUCTION && t->match == NULL)
        return usage_error("try", "--each instruction needs --match REGEX: the functions whose "
                                  "instructions are stepped through");
    in = s->interrupts = mem_alloc(sizeof(*in));
    s->interrupts_n = 1;
    in->signal = t->signal;
    in->to = t->to;
    in->times = 1;
    in->limit = t->limit;
    if (t->each < 0) {
        point_init(&in->when, POINT_BETWEEN);
        in->when.to_ns = (t->took_ns / 1000000 + 1) * 1000000;
        in->when.trials = t->limit != 0 ? t->limit : 200;
        return -1;
    }
    point_init(&in->when, POINT_EACH);
    in->when.each = (enum each)t->each;
    in->when.side = t->each == EACH_SYSCALL ? t->side : SIDE_AFTER;
    in->when.match = t->match != NULL ? mem_strdup(t->match) : NULL;
    in->when.in = t->in != NULL ? mem_strdup(t->in) : NULL;
    return -1;
}

static int make_interrupts(struct try *t)
{
    int status = choose_points(t);

    return status < 0 ? memory_agrees(t) : status;
}

static int exit_status_of(const struct run *r, int rc)
{
    if (rc != 0)
        return EXIT_MACHINE;
    if (r->groups_n != r->warnings_n)
        return EXIT_FINDINGS;
    if (r->refused)
        return EXIT_MACHINE;
    return r->account.fired == 0 ? EXIT_UNTESTED : EXIT_AS_EXPECTED;
}

static void print_head(const struct try *t, const struct run *r)
{
    struct buf points = {0};

    points_print(t->scenario.interrupts, t->scenario.interrupts_n, &points);
    printf("sigsweep try: %s\n  %s, seed %" PRIu64 ", -j %d%s%s\n", t->shown.data, points.data,
           r->plan->seed, r->jobs, t->common.out != NULL ? ", into " : "",
           t->common.out != NULL ? t->common.out : "");
    fflush(stdout); /* before the workers are forked: else each would print it again */
    buf_free(&points);
}

static int sweep(struct try *t, int argc, char **argv, const struct room_config *room)
{
    struct plan plan = {.seed = t->common.seed};
    struct run run = {.plan = &plan, .jobs = t->common.jobs, .room = *room};
    char *folder = t->home != NULL ? mem_printf("%s/run", t->home) : mem_strdup(t->common.out);
    struct error err = {0};
    struct run_listener listener;
    struct try_screen *screen;
    int status, rc;

    rc = plan_add(&plan, &t->scenario, NULL, &err);
    run.folder.argc = argc;
    run.folder.argv = argv;
    run.folder.jobs = run.jobs;
    if (t->home != NULL) {
        run.folder.again = t->again.data;
        run.folder.again_command = t->shown.data;
    }
    if (rc == 0)
        rc = folder_open(&run.folder, folder, &err);
    free(folder);
    if (rc != 0) {
        fprintf(stderr, "sigsweep: %s\n", err.text);
        plan_free(&plan);
        run_free(&run);
        return rc == -EEXIST || rc == -E2BIG ? EXIT_USAGE : EXIT_MACHINE;
    }
    print_head(t, &run);
    screen = try_screen_open(&run, t->common.color, t->common.quiet, t->again.data, t->shown.data);
    listener = try_screen_listener(screen);
    rc = run_all(&run, &listener, &err);
    try_screen_close(screen);
    if (rc != 0)
        fprintf(stderr, "sigsweep: %s\n", err.text[0] != '\0' ? err.text : strerror(-rc));
    status = exit_status_of(&run, rc);
    if (t->common.json != NULL &&
        report_write(run.folder.path, "json",
                     strcmp(t->common.json, "-") == 0 ? NULL : t->common.json, &err) != 0) {
        fprintf(stderr, "sigsweep: %s\n", err.text);
        status = EXIT_MACHINE;
    }
    if (run.interrupted != 0) { /* the folders of its own go first */
        status = 128 + run.interrupted;
        fprintf(stderr, "sigsweep: interrupted by SIG%s\n", signal_label(run.interrupted));
    }
    run_free(&run);
    plan_free(&plan);
    return status;
}

int cmd_try(int argc, char **argv)
{
    struct try t = {0};
    struct room_config room = {.stop_fd = -1, .keep_environment = true};
    const char *base = getenv("TMPDIR");
    char *here = getcwd(NULL, 0);
    struct hold hold;
    int status;

    scenario_init(&t.scenario);
    status = parse(argc, argv, &t);
    hold_begin(&hold); /* until the folders made here are gone */
    if (status < 0)
        status = make_template(&t);
    if (status < 0) {
        make_setup(&t);
        room.scratch_base = t.common.scratch;
        room.disk = t.common.disk;
        room.here = t.here ? here : NULL;
        t.scenario.program.terminal |= t.to == TO_TERMINAL;
        status = undisturbed(&t, &room);
    }
    if (status < 0)
        status = make_interrupts(&t);
    if (status < 0)
        limit_by_time(&t);
    if (status < 0 && t.common.out == NULL) {
        t.home = mem_printf("%s/sigsweep-try-XXXXXX", base != NULL ? base : "/tmp");
        if (mkdtemp(t.home) == NULL) {
            fprintf(stderr, "sigsweep: cannot make %s: %s\n", t.home, strerror(errno));
            status = EXIT_MACHINE;
        }
    }
    if (status < 0)
        status = sweep(&t, argc, argv, &room);
    remove_folder(t.home);
    remove_folder(t.template);
    scenario_free(&t.scenario);
    buf_free(&t.again);
    buf_free(&t.shown);
    free(t.with);
    free(here);
    hold_end(&hold);
    if (status > 128) { /* dies as it was asked to */
        signal(status - 128, SIG_DFL);
        raise(status - 128);
    }
    return status;
}
