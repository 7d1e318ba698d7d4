/* forked.c - see forked.h. */
#include <errno.h>
#include <pthread.h>

#include "forked.h"
#include "loop.h"
#include "runtime.h"
#include "signals.h"

/* Only the thread that called fork lives on, and its stack may be a task's: nothing of the run is
 * freed, since that memory is what it stands on. */
static void in_child(void)
{
    struct runtime *rt = signals_runtime();

    if (!rt)
        return;
    signals_forget(qs_running != NULL);
    loop_forget_all(&rt->poller);
    rt->events = -1;
    qs_running = NULL;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int failed;

static void watch(void)
{
    failed = pthread_atfork(NULL, NULL, in_child);
}

int forked_watch(void)
{
    pthread_once(&once, watch);
    return -failed;
}
