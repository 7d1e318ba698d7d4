/* race-printf-fixed.c - the handler sets a flag; who owns the stream prints. */
#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t stop;

static void on_int(int sig)
{
    stop = sig;
}

static void say_and_die(void)
{
    printf("interrupted\n");
    fflush(stdout);
    signal(SIGINT, SIG_DFL);
    raise(SIGINT);
}

int main(void)
{
    signal(SIGINT, on_int);
    for (int step = 1; step <= 3 && !stop; step++) {
        printf("step %d\n", step);
        fflush(stdout);
    }
    if (stop)
        say_and_die();
    return 0;
}
