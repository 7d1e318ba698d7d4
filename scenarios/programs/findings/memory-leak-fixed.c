/* memory-leak-fixed.c - One way out, whatever ends the work: the memory goes with it. */
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
    int status = 0;

    if (list == NULL)
        return 1;
    memset(list, '.', 100 * lines);
    sigsweep_mark("begun");
    if (stop)
        status = 130;
    else
        (void)!write(1, "done\n", 5);
    free(list);
    return status;
}

int main(void)
{
    int status;

    signal(SIGINT, on_signal);
    status = work(3);
    return status;
}
