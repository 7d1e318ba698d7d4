/* try: sweeps any program, without YAML, by the default judgements. */
#include "cli/child.h"
#include "cli/cli.h"
#include "cli/hold.h"
#include "cli/try_options.h"
#include "cli/try_screen.h"
#include "cli/undisturbed.h"

#include "plan/points.h"
#include "report.h"
#include "run/run.h"
#include "scenario/point.h"
#include "support/signals.h"
#include "trial/scratch.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct attempt {
    struct try_options o;
    char *template;  /* folder made for --with; owned */
    char *home;      /* folder made for the run; owned; NULL: --keep */
    int64_t took_ns; /* undisturbed */
    bool idle;       /* it did not end by itself then */
};

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
static int make_template(struct attempt *t)
{
    const char *base = getenv("TMPDIR");
    struct stat st;

    if (t->o.copy != NULL && (stat(t->o.copy, &st) != 0 || !S_ISDIR(st.st_mode)))
        return usage_error("try", "--copy: %s is not a folder", t->o.copy);
    if (t->o.copy != NULL && t->o.with_n == 0) {
        t->o.scenario.program.copy = realpath(t->o.copy, NULL);
        return -1;
    }
    if (t->o.with_n == 0)
        return -1;
    t->template = mem_printf("%s/sigsweep-with-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(t->template) == NULL) {
        fprintf(stderr, "sigsweep: cannot make %s: %s\n", t->template, strerror(errno));
        free(t->template);
        t->template = NULL;
        return EXIT_MACHINE;
    }
    if (t->o.copy != NULL) {
        char *from = mem_printf("%s/.", t->o.copy);
        char *argv[] = {(char *)"cp", (char *)"-a", (char *)"--reflink=auto", (char *)"--", from,
                        t->template,  NULL};
        int rc = run_quietly(argv);
        free(from);
        if (rc != 0)
            return EXIT_USAGE;
    }
    for (size_t i = 0; i < t->o.with_n; i++) {
        if (lstat(t->o.with[i], &st) != 0)
            return usage_error("try", "--with: %s: %s", t->o.with[i], strerror(errno));
    }
    for (size_t i = 0; i < t->o.with_n; i++) {
        char *argv[] = {(char *)"cp", (char *)"-a",         (char *)"--reflink=auto",
                        (char *)"--", (char *)t->o.with[i], t->template,
                        NULL};
        if (run_quietly(argv) != 0)
            return EXIT_USAGE;
    }
    t->o.scenario.program.copy = mem_strdup(t->template);
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

static void make_setup(struct attempt *t)
{
    if (t->o.setup != NULL) {
        t->o.scenario.program.setup = mem_alloc(2 * sizeof(*t->o.scenario.program.setup));
        t->o.scenario.program.setup[0] = shell_command(t->o.setup);
    }
    if (t->o.recover != NULL)
        t->o.scenario.expect.recover = shell_command(t->o.recover);
}

static void remove_folder(char *path)
{
    if (path != NULL)
        (void)tree_remove(path);
    free(path);
}

/* ---------------------------------------------------------------------------------- the sweep */

static int undisturbed(struct attempt *t, const struct room_config *room)
{
    struct undisturbed u = {.scenario = &t->o.scenario,
                            .seed = t->o.common.seed,
                            .shown = t->o.shown.data,
                            .filled = t->o.copy != NULL || t->o.with_n != 0 || t->o.here,
                            .prepared = t->o.setup != NULL,
                            .by_time = t->o.each < 0 || t->o.at != NULL ||
                                       t->o.scenario.program.memory != 0};
    int status = undisturbed_run(&u, room);

    t->took_ns = u.took_ns;
    t->idle = u.idle;
    return status;
}

/* A sweep is exhaustive while that takes a minute or so. The steps are coarse, so that the same
 * seed draws the same sample although no two runs take equally long. */
static unsigned limit_for(const struct attempt *t)
{
    static const unsigned steps[] = {5000, 2000, 1000, 500, 200, 100};
    const int64_t bound_ns = INT64_C(60000000000);
    size_t i = t->idle ? 2 : 0;

    while (!t->idle && i + 1 < sizeof(steps) / sizeof(steps[0]) && steps[i] * t->took_ns > bound_ns)
        i++;
    return steps[i];
}

/* Nobody said how many: the points of sets are limited all the same. */
static void limit_by_time(struct attempt *t)
{
    struct scenario *s = &t->o.scenario;

    for (size_t i = 0; i < s->interrupts_n && !t->o.all; i++) {
        if (s->interrupts[i].when.kind == POINT_EACH && s->interrupts[i].limit == 0)
            s->interrupts[i].limit = limit_for(t);
    }
}

/* Where lost memory can't be looked for with such points: said before anything runs. */
static int memory_agrees(const struct attempt *t)
{
    for (size_t i = 0; i < t->o.scenario.interrupts_n; i++) {
        const char *why =
            memory_refuses(t->o.scenario.program.memory, &t->o.scenario.interrupts[i].when);
        if (why != NULL)
            return usage_error("try", "%s", why);
    }
    return -1;
}

static int choose_points(struct attempt *t)
{
    struct scenario *s = &t->o.scenario;
    struct interrupt *in;
    struct error err = {0};

    /* Its system calls are not the program's, and its start takes long: so by time. */
    if (t->o.scenario.program.memory == MEMORY_VALGRIND && !t->o.each_given)
        t->o.each = -1;
    if (t->o.at != NULL) {
        if (points_parse(t->o.at, &s->interrupts, &s->interrupts_n, &err) != 0)
            return usage_error("try", "--at: %s", err.text);
        for (size_t i = 0; i < s->interrupts_n; i++) {
            if (t->o.limit != 0 && point_is_set(s->interrupts[i].when.kind))
                s->interrupts[i].limit = t->o.limit;
        }
        return -1;
    }
    if (t->o.each == EACH_INSTRUCTION && t->o.match == NULL)
        return usage_error("try", "--each instruction needs --match REGEX: the functions whose "
                                  "instructions are stepped through");
    in = s->interrupts = mem_alloc(sizeof(*in));
    s->interrupts_n = 1;
    in->signal = t->o.signal;
    in->to = t->o.to;
    in->times = 1;
    in->limit = t->o.limit;
    if (t->o.each < 0) {
        point_init(&in->when, POINT_BETWEEN);
        in->when.to_ns = (t->took_ns / 1000000 + 1) * 1000000;
        in->when.trials = t->o.limit != 0 ? t->o.limit : 200;
        return -1;
    }
    point_init(&in->when, POINT_EACH);
    in->when.each = (enum each)t->o.each;
    in->when.side = t->o.each == EACH_SYSCALL ? t->o.side : SIDE_AFTER;
    in->when.match = t->o.match != NULL ? mem_strdup(t->o.match) : NULL;
    in->when.in = t->o.in != NULL ? mem_strdup(t->o.in) : NULL;
    return -1;
}

static int make_interrupts(struct attempt *t)
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

static void print_head(const struct attempt *t, const struct run *r)
{
    struct buf points = {0};

    points_print(t->o.scenario.interrupts, t->o.scenario.interrupts_n, &points);
    printf("sigsweep try: %s\n  %s, seed %" PRIu64 ", -j %d%s%s\n", t->o.shown.data, points.data,
           r->plan->seed, r->jobs, t->o.common.out != NULL ? ", into " : "",
           t->o.common.out != NULL ? t->o.common.out : "");
    fflush(stdout); /* before the workers are forked: else each would print it again */
    buf_free(&points);
}

static int sweep(struct attempt *t, int argc, char **argv, const struct room_config *room)
{
    struct plan plan = {.seed = t->o.common.seed};
    struct run run = {.plan = &plan, .jobs = t->o.common.jobs, .room = *room};
    char *folder = t->home != NULL ? mem_printf("%s/run", t->home) : mem_strdup(t->o.common.out);
    struct error err = {0};
    struct run_listener listener;
    struct try_screen *screen;
    int status, rc;

    rc = plan_add(&plan, &t->o.scenario, NULL, &err);
    run.folder.argc = argc;
    run.folder.argv = argv;
    run.folder.jobs = run.jobs;
    if (t->home != NULL) {
        run.folder.again = t->o.again.data;
        run.folder.again_command = t->o.shown.data;
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
    screen = try_screen_open(&run, t->o.common.color, t->o.common.quiet, t->o.again.data,
                             t->o.shown.data);
    listener = try_screen_listener(screen);
    rc = run_all(&run, &listener, &err);
    try_screen_close(screen);
    if (rc != 0)
        fprintf(stderr, "sigsweep: %s\n", err.text[0] != '\0' ? err.text : strerror(-rc));
    status = exit_status_of(&run, rc);
    if (t->o.common.json != NULL &&
        report_write(run.folder.path, "json",
                     strcmp(t->o.common.json, "-") == 0 ? NULL : t->o.common.json, &err) != 0) {
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
    struct attempt t = {0};
    struct room_config room = {.stop_fd = -1, .keep_environment = true};
    const char *base = getenv("TMPDIR");
    char *here = getcwd(NULL, 0);
    struct hold hold;
    int status;

    scenario_init(&t.o.scenario);
    status = try_options_parse(argc, argv, &t.o);
    hold_begin(&hold); /* until the folders made here are gone */
    if (status < 0)
        status = make_template(&t);
    if (status < 0) {
        make_setup(&t);
        room.scratch_base = t.o.common.scratch;
        room.disk = t.o.common.disk;
        room.here = t.o.here ? here : NULL;
        t.o.scenario.program.terminal |= t.o.to == TO_TERMINAL;
        status = undisturbed(&t, &room);
    }
    if (status < 0)
        status = make_interrupts(&t);
    if (status < 0)
        limit_by_time(&t);
    if (status < 0 && t.o.common.out == NULL) {
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
    try_options_free(&t.o);
    free(here);
    hold_end(&hold);
    if (status > 128) { /* dies as it was asked to */
        signal(status - 128, SIG_DFL);
        raise(status - 128);
    }
    return status;
}
