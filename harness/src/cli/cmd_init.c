/* init: writes a scenario to start from, and a small program that passes it. */
#include "cli/cli.h"
#include "cli/templates.h"

#include "scenario/suggest.h"
#include "support/shell.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "usage: sigsweep init [--lang LANG] [DIR]\n"
    "\n"
    "Writes into DIR (default: the current folder; made when it is missing) a scenario to start\n"
    "from, interrupted.yaml: a program that runs tasks, interrupted at five points, and six "
    "checks\n"
    "of what it leaves. Beside it goes a sample program that passes, and what it reports its\n"
    "events with. Nothing is overwritten.\n"
    "\n"
    "  -l, --lang LANG   of the sample: python (default), c, sh\n"
    "  -h, --help        this help\n";

static const struct option options[] = {
    {"lang", required_argument, NULL, 'l'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* What there is for a language. */
static const struct language {
    const char *name;
    const char *command; /* in DIR */
    const char *source;  /* its file in DIR */
    const char *text;
    const char *probe; /* the file with what it reports with; NULL: it needs none */
    const char *probe_text;
    const char *needs; /* a line of the scenario, or "" */
    const char *leaks; /* goes on after "no process, file or lock is left" */
    bool compiled;
} languages[] = {
    {"python", "sample.py", "sample.py", template_python, "sigsweep_probe.py",
     template_probe_python, "  needs: [python3]\n", ", no descriptor and no thread.\n  leaks: none",
     false},
    {"c", "sample", "sample.c", template_c, "probe.h", template_probe_c, "",
     ", no descriptor and no thread.\n  leaks: none", true},
    {"sh", "sample.sh", "sample.sh", template_sh, NULL, NULL, "  needs: [bash]\n",
     ". (A shell keeps its script\n  # open, so descriptors are not judged; `leaks: none` judges "
     "them.)\n  leaks: {processes: 0, files: 0, locks: 0}",
     false},
};

#define LANGUAGES (sizeof(languages) / sizeof(languages[0]))

static const struct language *language_named(const char *name)
{
    struct suggestion near = suggest_for(name);

    for (size_t i = 0; i < LANGUAGES; i++) {
        if (strcmp(languages[i].name, name) == 0)
            return &languages[i];
        suggest_try(&near, languages[i].name);
    }
    usage_error("init", "there is no sample in '%s'%s%s%s; there is one in python, c and sh", name,
                near.word != NULL ? " (did you mean '" : "", near.word != NULL ? near.word : "",
                near.word != NULL ? "'?)" : "");
    return NULL;
}

/* As a YAML scalar: in double quotes where it has to be. */
static void yaml_text(struct buf *out, const char *text)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.-";

    if (text[strspn(text, plain)] == '\0' && text[0] != '-') {
        buf_adds(out, text);
        return;
    }
    buf_adds(out, "\"");
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            buf_adds(out, "\\");
        buf_add(out, text, 1);
    }
    buf_adds(out, "\"");
}

/* The folder's name goes into the scenario's, so that scenarios of several folders run together. */
static void scenario_name(struct buf *out, const char *dir)
{
    const char *slash = strrchr(dir, '/');

    for (const char *at = slash != NULL ? slash + 1 : dir; *at != '\0'; at++) {
        char c = (char)tolower((unsigned char)*at);

        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            buf_add(out, &c, 1);
        else if (out->len != 0 && out->data[out->len - 1] >= '0')
            buf_adds(out, "-");
    }
    if (isalnum((unsigned char)out->data[out->len - 1]))
        buf_adds(out, "-");
    buf_adds(out, "interrupted");
}

/* The scenario with its places filled in. */
static char *scenario_text(const struct language *lang, const char *dir, const char *yaml,
                           const char *command)
{
    struct buf out = {0};

    for (const char *at = template_scenario; *at != '\0';) {
        size_t len = strcspn(at, "@");

        buf_add(&out, at, len);
        at += len;
        if (strncmp(at, "@YAML@", 6) == 0)
            shell_quote(&out, yaml);
        else if (strncmp(at, "@NAME@", 6) == 0)
            scenario_name(&out, dir);
        else if (strncmp(at, "@COMMAND@", 9) == 0)
            yaml_text(&out, command);
        else if (strncmp(at, "@NEEDS@", 7) == 0)
            buf_adds(&out, lang->needs);
        else if (strncmp(at, "@LEAKS@", 7) == 0)
            buf_adds(&out, lang->leaks);
        if (*at == '@')
            at = strchr(at + 1, '@') + 1;
    }
    return buf_take(&out);
}

/* Like mkdir -p. 0, or -errno. */
static int folders_make(const char *path)
{
    char *copy = mem_strdup(path);
    int rc = 0;

    for (char *at = copy + 1; rc == 0 && *at != '\0'; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        rc = mkdir(copy, 0777) != 0 && errno != EEXIST ? -errno : 0;
        *at = '/';
    }
    if (rc == 0 && mkdir(copy, 0777) != 0 && errno != EEXIST)
        rc = -errno;
    free(copy);
    return rc;
}

/* A file that must not be there yet. 0, or -errno; then it is not there. */
static int file_write(const char *path, const char *text, bool program)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, program ? 0777 : 0666);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    int rc;

    if (out == NULL)
        return -errno;
    rc = fputs(text, out) < 0 ? -errno : 0;
    if (fclose(out) != 0 && rc == 0)
        rc = -errno;
    if (rc != 0)
        (void)unlink(path);
    return rc;
}

struct file {
    char *path; /* owned; NULL: there is none */
    const char *text;
    bool program;
};

/* All or none: what was written goes again when one can't be. */
static int files_write(const struct file *files, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct stat st;

        if (files[i].path != NULL && lstat(files[i].path, &st) == 0)
            return usage_error("init", "%s is there already; nothing was written", files[i].path);
    }
    for (size_t i = 0; i < n; i++) {
        int rc =
            files[i].path == NULL ? 0 : file_write(files[i].path, files[i].text, files[i].program);

        if (rc == 0)
            continue;
        fprintf(stderr, "sigsweep init: cannot write %s: %s; nothing was written\n", files[i].path,
                strerror(-rc));
        while (i-- > 0) {
            if (files[i].path != NULL)
                (void)unlink(files[i].path);
        }
        return EXIT_USAGE;
    }
    return EXIT_AS_EXPECTED;
}

static void print_next(const struct language *lang, const char *dir, const char *yaml)
{
    struct buf words = {0};
    char *source = mem_printf("%s/%s", dir, lang->source);
    char *command = mem_printf("%s/%s", dir, lang->command);

    buf_adds(&words, "next:\n");
    if (lang->compiled) {
        buf_adds(&words, "  cc -o ");
        shell_quote(&words, command);
        buf_adds(&words, " ");
        shell_quote(&words, source);
        buf_adds(&words, "\n");
    }
    buf_adds(&words, "  sigsweep run ");
    shell_quote(&words, yaml);
    puts(words.data);
    free(source);
    free(command);
    buf_free(&words);
}

static int init(const struct language *lang, const char *dir)
{
    char *yaml = mem_printf("%s/interrupted.yaml", dir);
    char *command = mem_printf("%s/%s", dir, lang->command);
    char *scenario = scenario_text(lang, dir, yaml, command);
    struct file files[] = {
        {yaml, scenario, false},
        {mem_printf("%s/%s", dir, lang->source), lang->text, !lang->compiled},
        {lang->probe != NULL ? mem_printf("%s/%s", dir, lang->probe) : NULL, lang->probe_text,
         false},
    };
    size_t n = sizeof(files) / sizeof(files[0]);
    int rc = folders_make(dir), status;

    if (rc != 0) {
        fprintf(stderr, "sigsweep init: cannot make the folder %s: %s\n", dir, strerror(-rc));
        status = EXIT_USAGE;
    } else {
        status = files_write(files, n);
    }
    for (size_t i = 0; i < n && status == EXIT_AS_EXPECTED; i++) {
        if (files[i].path != NULL)
            printf("wrote %s\n", files[i].path);
    }
    if (status == EXIT_AS_EXPECTED)
        print_next(lang, dir, yaml);
    for (size_t i = 0; i < n; i++)
        free(files[i].path);
    free(scenario);
    free(command);
    return status;
}

int cmd_init(int argc, char **argv)
{
    const struct language *lang = &languages[0];
    char *dir;
    size_t len;
    int opt, status;

    while ((opt = getopt_long(argc, argv, "l:h", options, NULL)) != -1) {
        switch (opt) {
        case 'l':
            lang = language_named(optarg);
            if (lang == NULL)
                return EXIT_USAGE;
            break;
        case 'h': fputs(help, stdout); return EXIT_AS_EXPECTED;
        default: fputs("Try 'sigsweep init --help'.\n", stderr); return EXIT_USAGE;
        }
    }
    if (argc - optind > 1)
        return usage_error("init", "one folder at most, and there are %d", argc - optind);
    dir = mem_strdup(optind < argc ? argv[optind] : ".");
    for (const char *at = dir; *at != '\0'; at++) {
        if (iscntrl((unsigned char)*at)) {
            free(dir);
            return usage_error("init", "the folder's name has a control character in it");
        }
    }
    for (len = strlen(dir); len > 1 && dir[len - 1] == '/'; len--)
        dir[len - 1] = '\0';
    status = init(lang, dir);
    free(dir);
    return status;
}
