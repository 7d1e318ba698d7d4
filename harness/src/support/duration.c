#include "support/duration.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct unit {
    const char *name;
    int64_t ns;
} units[] = {{"us", 1000}, {"ms", 1000000}, {"s", 1000000000}, {"m", 60000000000}};

#define UNITS (sizeof(units) / sizeof(units[0]))

int duration_parse(const char *text, int64_t *ns)
{
    char *end;
    double value;

    if (!isdigit((unsigned char)text[0]) && !(text[0] == '-' && isdigit((unsigned char)text[1])))
        return -EINVAL;
    if (strpbrk(text, "xXeEpP") != NULL) /* strtod would take hexadecimal and exponents */
        return -EINVAL;
    value = strtod(text, &end);
    if (*end == '\0')
        return -EDOM;
    for (size_t i = 0; i < UNITS; i++) {
        if (strcmp(end, units[i].name) != 0)
            continue;
        value *= (double)units[i].ns;
        if (value < 0 || value > 366.0 * 86400e9)
            return -ERANGE;
        *ns = (int64_t)llround(value);
        return 0;
    }
    return -EINVAL;
}

char *duration_print(int64_t ns, char *out, size_t room)
{
    for (size_t i = UNITS; i-- > 0;) {
        if (ns % units[i].ns == 0 && (ns != 0 || i == 2)) {
            snprintf(out, room, "%" PRId64 "%s", ns / units[i].ns, units[i].name);
            return out;
        }
    }
    snprintf(out, room, "%" PRId64 ".%03dus", ns / 1000, (int)(ns % 1000));
    return out;
}

char *duration_human(int64_t ns, char *out, size_t room)
{
    double value = (double)ns;

    if (value < 999.5e3)
        snprintf(out, room, "%.0f us", value / 1e3);
    else if (value < 999.5e6)
        snprintf(out, room, "%.*f ms", value < 10e6 ? 2 : 1, value / 1e6);
    else
        snprintf(out, room, "%.2f s", value / 1e9);
    return out;
}
