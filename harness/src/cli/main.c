/* main.c - sigsweep: chooses the command. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *about;
} commands[] = {
    {"try", cmd_try, "sweep any program: interrupt it at every point"},
    {"run", cmd_run, "run scenarios and judge them"},
    {"init", cmd_init, "write a scenario to start from, and a program that passes it"},
    {"list", cmd_list, "show what would be selected"},
    {"lint", cmd_lint, "check scenario files"},
    {"replay", cmd_replay, "run one trial again, and show it"},
    {"judge", cmd_judge, "judge a run's records again, nothing is run"},
    {"report", cmd_report, "write reports and pictures of a run"},
    {"doctor", cmd_doctor, "what this machine allows, and the remedy"},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *to)
{
    fputs("sigsweep interrupts programs at chosen points with real signals, and judges what is "
          "left.\n"
          "\n"
          "usage: sigsweep COMMAND [options] ...\n\n",
          to);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].about);
    fputs("\n  sigsweep COMMAND --help tells more; sigsweep --version; man sigsweep\n", to);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return EXIT_AS_EXPECTED;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("sigsweep %s\n", SIGSWEEP_VERSION);
        return EXIT_AS_EXPECTED;
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    }
    fprintf(stderr, "sigsweep: there is no command '%s'\n\n", argv[1]);
    print_help(stderr);
    return EXIT_USAGE;
}
