#include "support/size.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const units[] = {"KiB", "MiB", "GiB"};

int size_parse(const char *text, uint64_t *bytes)
{
    char *end;
    unsigned long long value;

    if (!isdigit((unsigned char)text[0]) || strlen(text) > 15)
        return -EINVAL;
    value = strtoull(text, &end, 10);
    for (int i = 0; i < 3; i++) {
        if (strcmp(end, units[i]) != 0)
            continue;
        if (value == 0 || value > UINT64_C(1) << 40)
            return -ERANGE;
        *bytes = value << 10 * (i + 1);
        return 0;
    }
    return -EINVAL;
}

char *size_human(uint64_t bytes, char *out, size_t room)
{
    int unit = bytes >= UINT64_C(10) << 30 || (bytes >= UINT64_C(1) << 30 && bytes << 34 == 0) ? 2
               : bytes >= UINT64_C(1) << 20                                                    ? 1
                                                                                               : 0;

    snprintf(out, room, "%" PRIu64 " %s", bytes >> 10 * (unit + 1), units[unit]);
    return out;
}
