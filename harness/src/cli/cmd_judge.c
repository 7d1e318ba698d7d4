/* judge: the stored records of a run, judged again. */
#include "cli/cli.h"

#include "run/rejudge.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: sigsweep judge [options] RUN\n"
    "\n"
    "Judges the records of a run folder again, by its scenarios as they are now, and runs\n"
    "nothing. Use it after an edit of `expect`, or with a newer sigsweep. Findings, verdicts and\n"
    "findings.json are replaced; the old files are kept in RUN/before/N.\n"
    "\n"
    "A scenario's `program` and `interrupts`, and what `recover` and `rerun` run, must be as they\n"
    "were: with others, its records would be of something else.\n"
    "\n"
    "  -n, --dry-run        say what would change; write nothing\n"
    "      --unfinished     judge what there is of a run that was killed\n"
    "      --color WHEN     auto, always, never\n"
    "  -h, --help           this text\n"
    "\n"
    "Exit status: 0 all as expected, 1 findings, 2 usage, or it can't be judged, 4 nothing was\n"
    "tested.\n";

enum { OPT_UNFINISHED = 256, OPT_COLOR };

static const struct option options[] = {
    {"dry-run", no_argument, NULL, 'n'},
    {"unfinished", no_argument, NULL, OPT_UNFINISHED},
    {"color", required_argument, NULL, OPT_COLOR},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void tell(const struct rejudge *j, bool color, bool dry_run)
{
    size_t verdicts[VERDICT_ERROR + 1] = {0};

    for (size_t i = 0; i < j->n; i++) {
        const struct rejudged *one = &j->list[i];
        const char *was = one->was != NULL ? one->was : "not judged";

        for (int v = 0; v <= VERDICT_ERROR && one->is != NULL; v++)
            verdicts[v] += strcmp(one->is, verdict_name(v)) == 0;
        if (one->is == NULL || (one->changed == 0 && strcmp(was, one->is) == 0))
            continue;
        printf("%s%-40s%s %s", tint(color, TINT_BOLD), one->name, tint(color, TINT_NONE), one->is);
        if (strcmp(was, one->is) != 0)
            printf(" (was %s)", was);
        printf("; %zu of its trials otherwise", one->changed);
        if (j->run.tallies[i].first_bad != 0)
            printf("; see trial %zu", j->run.tallies[i].first_bad);
        putchar('\n');
    }
    if (j->cut)
        puts("The last line of the log is not whole: it was left out.");
    printf("%zu scenario%s:", j->n, j->n == 1 ? "" : "s");
    for (int v = 0; v <= VERDICT_ERROR; v++) {
        if (verdicts[v] != 0)
            printf(" %zu %s", verdicts[v], verdict_name(v));
    }
    printf("; %zu of %zu trials %s judged otherwise than before\n", j->changed, j->trials,
           dry_run ? "would be" : "are");
}

static int start(const char *run, bool dry_run, bool unfinished, bool color)
{
    struct rejudge j;
    struct buf messages = {0};
    struct error err = {0};
    int rc = rejudge_open(&j, run, unfinished, &messages), status = EXIT_USAGE;

    if (rc == 0)
        rc = rejudge_all(&j, !dry_run, &err);
    if (messages.data != NULL)
        fputs(messages.data, stderr);
    if (err.text[0] != '\0')
        fprintf(stderr, "sigsweep: %s\n", err.text);
    if (rc == 0) {
        tell(&j, color, dry_run);
        status = exit_by_verdicts(&j.run);
    } else {
        fputs("sigsweep: nothing was changed\n", stderr);
    }
    rejudge_close(&j);
    buf_free(&messages);
    return status;
}

int cmd_judge(int argc, char **argv)
{
    const char *color = "auto";
    bool dry_run = false, unfinished = false;
    int opt;

    while ((opt = getopt_long(argc, argv, "nh", options, NULL)) != -1) {
        switch (opt) {
        case 'n': dry_run = true; break;
        case OPT_UNFINISHED: unfinished = true; break;
        case OPT_COLOR: color = optarg; break;
        case 'h': fputs(help, stdout); return EXIT_AS_EXPECTED;
        default: fputs("Try 'sigsweep judge --help'.\n", stderr); return EXIT_USAGE;
        }
    }
    if (optind + 1 != argc)
        return usage_error("judge", "name one run folder, such as runs/latest");
    return start(argv[optind], dry_run, unfinished, color_wanted(color, STDOUT_FILENO));
}
