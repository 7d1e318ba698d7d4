#include "cli/cli.h"

#include "support/exe.h"
#include "support/size.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool option_size(const char *option, const char *text, uint64_t *out)
{
    if (size_parse(text, out) == 0)
        return true;
    fprintf(stderr, "sigsweep: %s: '%s' is not an amount of bytes such as 64MiB or 2GiB\n", option,
            text);
    return false;
}

bool option_number(const char *option, const char *text, uint64_t low, uint64_t high, uint64_t *out)
{
    char *end;

    errno = 0;
    *out = strtoull(text, &end, 0);
    if (errno == 0 && end != text && *end == '\0' && text[0] != '-' && *out >= low && *out <= high)
        return true;
    fprintf(stderr, "sigsweep: %s: '%s' is not a number from %" PRIu64 " to %" PRIu64 "\n", option,
            text, low, high);
    return false;
}

int usage_error(const char *command, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "sigsweep %s: ", command);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nTry 'sigsweep %s --help'.\n", command);
    return EXIT_USAGE;
}

char *programs_beside(void)
{
    char *build = exe_folder(1), *path;

    if (build == NULL)
        return NULL;
    path = mem_printf("%s/programs", build);
    free(build);
    if (access(path, X_OK) == 0)
        return path;
    free(path);
    return NULL;
}
