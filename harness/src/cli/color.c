#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool color_wanted(const char *mode, int fd)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    if (mode != NULL && strcmp(mode, "always") == 0)
        return true;
    if (mode != NULL && strcmp(mode, "never") == 0)
        return false;
    if ((no != NULL && no[0] != '\0') || term == NULL || strcmp(term, "dumb") == 0)
        return false;
    return isatty(fd);
}

const char *tint(bool color, enum tint which)
{
    static const char *const codes[] = {"\033[0m",  "\033[32m", "\033[31m",
                                        "\033[33m", "\033[2m",  "\033[1m"};

    return color ? codes[which] : "";
}
