/* memory-leak-broken.c - What was read so far is not given back when a signal ends the work early.
 */
#include <sigsweep/probe.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
    (void)signal;
    stop = 1;
}

static __attribute__((noinline)) int work(size_t lines)
{
    char *list = malloc(100 * lines);

    if (list == NULL)
        return 1;
    memset(list, '.', 100 * lines);
    sigsweep_mark("begun");
    if (stop)
        return 130; /* and list? */
    (void)!write(1, "done\n", 5);
    free(list);
    return 0;
}

int main(void)
{
    int status;

    signal(SIGINT, on_signal);
    status = work(3);
    return status;
}
