#include "cli/hold.h"

static const int held[] = {SIGINT, SIGTERM, SIGHUP};

void hold_set(sigset_t *set)
{
    sigemptyset(set);
    for (size_t i = 0; i < sizeof(held) / sizeof(*held); i++)
        sigaddset(set, held[i]);
}

void hold_begin(struct hold *h)
{
    sigset_t set;

    hold_set(&set);
    sigprocmask(SIG_BLOCK, &set, &h->before);
}

void hold_end(const struct hold *h)
{
    sigprocmask(SIG_SETMASK, &h->before, NULL);
}

int hold_pending(void)
{
    sigset_t set;

    if (sigpending(&set) != 0)
        return 0;
    for (size_t i = 0; i < sizeof(held) / sizeof(*held); i++) {
        if (sigismember(&set, held[i]) == 1)
            return held[i];
    }
    return 0;
}
