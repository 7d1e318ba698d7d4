/* try_options.c - the command line of `try`. */
#include "cli/try_options.h"

#include "cli/child.h"
#include "cli/try_expect.h"
#include "scenario/point.h"
#include "support/duration.h"
#include "support/shell.h"
#include "support/signals.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
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

static void again_add(struct try_options *o, const char *option, const char *value)
{
    buf_addf(&o->again, " %s", option);
    if (value != NULL) {
        buf_adds(&o->again, " ");
        shell_quote(&o->again, value);
    }
}

static int read_word(struct try_options *o, int c, const char *word)
{
    int64_t deadline;
    uint64_t n;
    int value;

    switch (c) {
    case 'S':
        if ((o->signal = signal_number(word)) <= 0)
            return usage_error("try", "--signal: there is no signal '%s'", word);
        break;
    case 'T':
        if ((value = target_parse(word)) < 0)
            return usage_error("try", "--to takes process, group, thread or terminal, not '%s'",
                               word);
        o->to = (enum target)value;
        break;
    case OPT_MEMORY:
        if ((value = memory_parse(word)) <= 0)
            return usage_error("try", "--memory takes lsan, valgrind or asan, not '%s'", word);
        o->scenario.program.memory = (enum memory)value;
        again_add(o, "--memory", word);
        break;
    case 'e':
        o->each_given = true;
        o->each = each_parse(word);
        if (o->each < 0 && strcmp(word, "time") != 0)
            return usage_error(
                "try", "--each takes syscall, event, function, instruction or time, not '%s'",
                word);
        break;
    case OPT_SIDE:
        if ((value = side_parse(word)) < 0)
            return usage_error("try", "--side takes all, after, before or inside, not '%s'", word);
        o->side = (enum side)value;
        break;
    case 'l':
        if (!option_number("--limit", word, 1, TRIALS_MAX, &n))
            return EXIT_USAGE;
        o->limit = (unsigned)n;
        break;
    case 'd':
        if (duration_parse(word, &deadline) != 0 || deadline <= 0)
            return usage_error("try", "--deadline: '%s' is not a time such as 500ms or 10s", word);
        o->scenario.program.deadline_ns = deadline;
        again_add(o, "--deadline", word);
        break;
    case 'j':
        if (!option_number("--jobs", word, 1, 256, &n))
            return EXIT_USAGE;
        o->common.jobs = (int)n;
        o->common.jobs_given = true;
        break;
    case 's':
        if (!option_number("--seed", word, 0, UINT64_MAX, &o->common.seed))
            return EXIT_USAGE;
        o->common.seed_given = true;
        break;
    default: break;
    }
    return -1;
}

static void add_ignore(struct try_options *o, const char *pattern)
{
    struct expect *e = &o->scenario.expect;

    e->files_as = mem_grow(e->files_as, e->files_as_n + 1, sizeof(*e->files_as));
    e->files_as[e->files_as_n++] = (struct file_expect){mem_strdup(pattern), FILE_ANY};
    again_add(o, "--ignore", pattern);
}

static int add_watch(struct try_options *o, const char *folder)
{
    struct program *p = &o->scenario.program;
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
    again_add(o, "--watch", path);
    return -1;
}

static int read_option(struct try_options *o, int c, const char **color)
{
    switch (c) {
    case OPT_MATCH: o->match = optarg; break;
    case OPT_IN: o->in = optarg; break;
    case 'a': o->at = optarg; break;
    case 'c':
        o->copy = optarg;
        again_add(o, "--copy", optarg);
        break;
    case 'w':
        o->with = mem_grow(o->with, o->with_n + 1, sizeof(*o->with));
        o->with[o->with_n++] = optarg;
        again_add(o, "--with", optarg);
        break;
    case OPT_HERE:
        o->here = true;
        again_add(o, "--here", NULL);
        break;
    case OPT_SETUP:
        o->setup = optarg;
        again_add(o, "--setup", optarg);
        break;
    case OPT_WATCH: return add_watch(o, optarg);
    case OPT_IGNORE: add_ignore(o, optarg); break;
    case OPT_OBSERVE:
        if (strcmp(optarg, "asyncio") != 0)
            return usage_error("try", "--observe takes asyncio, not '%s'", optarg);
        o->scenario.program.asyncio = true;
        again_add(o, "--observe", optarg);
        break;
    case OPT_ENDED:
        again_add(o, "--ended", optarg);
        return try_expect_ended(&o->scenario.expect, optarg);
    case OPT_WITHIN:
        again_add(o, "--within", optarg);
        return try_expect_within(&o->scenario.expect, optarg);
    case OPT_LEAKS:
        again_add(o, "--leaks", optarg);
        return try_expect_leaks(&o->scenario.expect, optarg);
    case OPT_STRICT:
        o->scenario.expect.strict = true;
        again_add(o, "--strict", NULL);
        break;
    case OPT_RECOVER:
        o->recover = optarg;
        again_add(o, "--recover", optarg);
        break;
    case OPT_RERUN:
        o->scenario.expect.rerun = true;
        again_add(o, "--rerun", NULL);
        break;
    case 't':
        o->scenario.program.terminal = true;
        again_add(o, "--terminal", NULL);
        break;
    case OPT_ALL: o->all = true; break;
    case OPT_KEEP: o->common.out = optarg; break;
    case OPT_JSON: o->common.json = optarg; break;
    case OPT_SCRATCH: o->common.scratch = optarg; break;
    case OPT_DISK:
        if (!option_size("--disk", optarg, &o->common.disk))
            return EXIT_USAGE;
        break;
    case 'q': o->common.quiet = true; break;
    case OPT_COLOR:
        if (strcmp(optarg, "auto") != 0 && strcmp(optarg, "always") != 0 &&
            strcmp(optarg, "never") != 0)
            return usage_error("try", "--color takes auto, always or never, not '%s'", optarg);
        *color = optarg;
        break;
    case 'h': fputs(help, stdout); return EXIT_AS_EXPECTED;
    case '?': fputs("Try 'sigsweep try --help'.\n", stderr); return EXIT_USAGE;
    default: return read_word(o, c, optarg);
    }
    return -1;
}

/* In place: nothing is put back between the trials, and two at once would disturb each other. */
static int check_here(struct try_options *o)
{
    if (!o->here)
        return -1;
    if (o->copy != NULL || o->with_n != 0)
        return usage_error("try", "--here runs in the folder as it is: it can't be combined with "
                                  "--copy or --with");
    if (o->common.jobs > 1 && o->common.jobs_given)
        return usage_error("try", "--here runs one trial at a time: two at once would disturb each "
                                  "other; leave out --jobs");
    o->common.jobs = 1;
    fputs(
        "sigsweep: --here: every trial runs in this folder. What an interrupted program breaks or "
        "leaves here stays, and the next trial starts from it.\n",
        stderr);
    return -1;
}

int try_options_parse(int argc, char **argv, struct try_options *o)
{
    const char *color = "auto";
    int c, status = -1;

    o->common.jobs = (int)sysconf(_SC_NPROCESSORS_ONLN);
    o->signal = SIGINT;
    o->each = EACH_SYSCALL;
    o->side = SIDE_ALL;
    buf_adds(&o->again, "sigsweep try");
    while (status < 0 &&
           (c = getopt_long(argc, argv, "+S:T:e:a:l:c:w:d:tj:s:qh", long_options, NULL)) != -1)
        status = read_option(o, c, &color);
    if (status >= 0)
        return status;
    if (optind == argc)
        return usage_error("try", "name a command, as in: sigsweep try -- sort big.txt");
    if (o->all && o->limit != 0)
        return usage_error("try", "--all and --limit exclude each other");
    status = check_here(o);
    if (status >= 0)
        return status;
    o->common.color = color_wanted(color, STDOUT_FILENO);
    if (!o->common.seed_given &&
        getrandom(&o->common.seed, sizeof(o->common.seed), 0) == (ssize_t)sizeof(o->common.seed))
        o->common.seed &= UINT32_MAX;
    scenario_typed(&o->scenario, argv + optind);
    for (int i = optind; i < argc; i++) {
        buf_adds(&o->shown, i > optind ? " " : "");
        shell_quote(&o->shown, argv[i]);
    }
    return -1;
}

void try_options_free(struct try_options *o)
{
    scenario_free(&o->scenario);
    buf_free(&o->again);
    buf_free(&o->shown);
    free(o->with);
}
