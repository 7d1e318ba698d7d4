#include "cli/cli.h"

#include "report.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: sigsweep report [--format FORMAT] [--out PATH] [--trial N] RUN\n"
    "\n"
    "Writes reports of a run folder.\n"
    "\n"
    "  -F, --format FORMAT  all (default), junit, json, markdown, lcov, plots\n"
    "  -o, --out PATH       a file, for plots and all a folder; default: plots and all into\n"
    "                       RUN/report, the others to stdout\n"
    "  -T, --trial N        the trial whose timeline is drawn (default: the one with most "
    "cleanups)\n"
    "  -h, --help           this text\n";

static const struct option options[] = {
    {"format", required_argument, NULL, 'F'},
    {"out", required_argument, NULL, 'o'},
    {"trial", required_argument, NULL, 'T'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool known_format(const char *name)
{
    for (const char *const *f = report_formats; *f != NULL; f++) {
        if (strcmp(*f, name) == 0)
            return true;
    }
    return false;
}

int cmd_report(int argc, char **argv)
{
    const char *format = "all", *out = NULL;
    struct report_written written = {0};
    struct error err = {0};
    uint64_t trial = 0;
    bool trial_given = false;
    int opt, rc;

    while ((opt = getopt_long(argc, argv, "F:o:T:h", options, NULL)) != -1) {
        switch (opt) {
        case 'F': format = optarg; break;
        case 'o': out = optarg; break;
        case 'T':
            if (!option_number("--trial", optarg, 1, INT64_MAX, &trial))
                return EXIT_USAGE;
            trial_given = true;
            break;
        case 'h': fputs(help, stdout); return EXIT_AS_EXPECTED;
        default: fputs("Try 'sigsweep report --help'.\n", stderr); return EXIT_USAGE;
        }
    }
    if (!known_format(format))
        return usage_error(
            "report", "there is no format '%s' (all, junit, json, markdown, lcov, plots)", format);
    if (optind + 1 != argc)
        return usage_error("report", "name one run folder, such as runs/latest");
    rc = report_write_to(argv[optind], format, out, trial_given ? (int64_t)trial : -1, &written,
                         &err);
    if (rc != 0)
        fprintf(stderr, "sigsweep: %s\n", err.text);
    if (strcmp(format, "all") == 0 || strcmp(format, "plots") == 0 || out != NULL) {
        for (size_t i = 0; i < written.paths_n; i++)
            printf("  %s\n", written.paths[i]);
    }
    for (size_t i = 0; i < written.notes_n; i++)
        fprintf(stderr, "  note: %s\n", written.notes[i]);
    report_written_free(&written);
    return rc != 0 ? EXIT_USAGE : EXIT_AS_EXPECTED;
}
