/* list and lint: both read scenarios and run nothing. */
#include "cli/cli.h"

#include "plan/points.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char list_help[] =
    "usage: sigsweep list [--filter TEXT] [--tag TAG]... PATH...\n"
    "\n"
    "Prints the scenarios that run would select: name, number of trials, points, tags.\n";

static const char lint_help[] = "usage: sigsweep lint PATH...\n"
                                "\n"
                                "Checks scenario files. Prints every mistake with its place; exit "
                                "status 2 when there is one.\n";

static const struct option options[] = {
    {"filter", required_argument, NULL, 'f'},
    {"tag", required_argument, NULL, 't'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void print_scenario(const struct scenario *s)
{
    struct plan plan = {0};
    struct buf points = {0};
    struct error err = {0};

    (void)plan_add(&plan, s, NULL, &err);
    points_print(s->interrupts, s->interrupts_n, &points);
    printf("%-36s %6zu  %s", s->name, plan.trials,
           points.data != NULL ? points.data : "(no signal)");
    for (char **tag = s->tags; tag != NULL && *tag != NULL; tag++)
        printf("%s%s", tag == s->tags ? "  # " : " ", *tag);
    putchar('\n');
    plan_free(&plan);
    buf_free(&points);
}

int cmd_list(int argc, char **argv)
{
    struct options o = {0};
    struct collection c = {0};
    struct buf messages = {0};
    size_t tags = 0;
    int opt, rc, status = EXIT_AS_EXPECTED;

    o.tags = NULL;
    while ((opt = getopt_long(argc, argv, "f:t:h", options, NULL)) != -1) {
        switch (opt) {
        case 'f': o.filter = optarg; break;
        case 't':
            o.tags = mem_grow(o.tags, tags + 2, sizeof(*o.tags));
            o.tags[tags++] = optarg;
            o.tags[tags] = NULL;
            break;
        case 'h': fputs(list_help, stdout); return EXIT_AS_EXPECTED;
        default: fputs("Try 'sigsweep list --help'.\n", stderr); return EXIT_USAGE;
        }
    }
    if (optind == argc)
        return usage_error("list", "no scenario given; name a YAML file or a folder");
    rc = collect(argv + optind, &c, &messages);
    if (messages.len != 0)
        fputs(messages.data, stderr);
    collection_select(&c, &o);
    for (size_t i = 0; i < c.n; i++)
        print_scenario(c.list[i]);
    if (rc != 0 || c.mistakes != 0)
        status = EXIT_USAGE;
    else if (c.n == 0)
        status = EXIT_UNTESTED;
    collection_free(&c);
    buf_free(&messages);
    free(o.tags);
    return status;
}

int cmd_lint(int argc, char **argv)
{
    struct collection c = {0};
    struct buf messages = {0};
    int opt, rc;
    size_t mistakes;

    while ((opt = getopt_long(argc, argv, "h", options + 2, NULL)) != -1) {
        if (opt == 'h') {
            fputs(lint_help, stdout);
            return EXIT_AS_EXPECTED;
        }
        fputs("Try 'sigsweep lint --help'.\n", stderr);
        return EXIT_USAGE;
    }
    if (optind == argc)
        return usage_error("lint", "no scenario given; name a YAML file or a folder");
    rc = collect(argv + optind, &c, &messages);
    mistakes = c.mistakes + (rc != 0);
    if (messages.len != 0)
        fputs(messages.data, stderr);
    printf("%zu file%s, %zu mistake%s\n", c.files, c.files == 1 ? "" : "s", mistakes,
           mistakes == 1 ? "" : "s");
    rc = mistakes != 0 ? EXIT_USAGE : c.files == 0 ? EXIT_UNTESTED : EXIT_AS_EXPECTED;
    collection_free(&c);
    buf_free(&messages);
    return rc;
}
