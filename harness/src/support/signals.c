#include "support/signals.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int signal_number(const char *name)
{
    if (strncasecmp(name, "SIG", 3) == 0)
        name += 3;
    if (strncasecmp(name, "RTMIN", 5) == 0) {
        char *end;
        long more = name[5] == '+' ? strtol(name + 6, &end, 10) : (end = (char *)name + 5, 0);
        return *end == '\0' && more >= 0 && SIGRTMIN + more <= SIGRTMAX ? SIGRTMIN + (int)more : 0;
    }
    for (int i = 1; i < 32; i++) {
        const char *known = sigabbrev_np(i);
        if (known != NULL && strcasecmp(known, name) == 0)
            return i;
    }
    return 0;
}

const char *signal_label(int number)
{
    static char realtime[65][12];
    const char *known = sigabbrev_np(number);

    if (known != NULL)
        return known;
    if (number < SIGRTMIN || number > SIGRTMAX)
        return "?";
    if (realtime[number][0] == '\0') {
        snprintf(realtime[number], sizeof(realtime[number]), "RTMIN+%d", number - SIGRTMIN);
    }
    return realtime[number];
}
