/* lastgasp.c - the process-wide table of what is still done when a process is ended at level 3. */
#include <errno.h>
#include <stdatomic.h>

#include "signals.h"

static struct {
    _Atomic(qs_last_gasp_fn *) fn; /* NULL: the place is free */
    void *arg; /* written before fn, so that a handler never sees fn without it */
} table[QS_LAST_GASPS];

int qs_last_gasp_add(qs_last_gasp_fn *fn, void *arg)
{
    int place = QS_LAST_GASPS;

    if (!fn)
        return -EINVAL;
    /* Above all others, so that they run last in, first out. */
    while (place > 0 && !atomic_load(&table[place - 1].fn))
        place--;
    if (place == QS_LAST_GASPS)
        return -ENOSPC;
    table[place].arg = arg;
    atomic_store(&table[place].fn, fn);
    return place;
}

int qs_last_gasp_remove(int handle)
{
    if (handle < 0 || handle >= QS_LAST_GASPS || !atomic_exchange(&table[handle].fn, NULL))
        return -ENOENT;
    return 0;
}

void last_gasp_run(void)
{
    for (int i = QS_LAST_GASPS; i-- > 0;) {
        qs_last_gasp_fn *fn = atomic_exchange(&table[i].fn, NULL);

        if (fn)
            fn(table[i].arg);
    }
}
