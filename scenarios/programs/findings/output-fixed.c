/* output-fixed.c - says what it has to say, and then ends by the signal. */
#include <sigsweep/probe.h>

#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
    (void)signal;
    stop = 1;
}

int main(void)
{
    sigsweep_probe_init();
    signal(SIGINT, on_signal);
    sigsweep_mark("working");
    printf("3 files done%s\n", stop ? ", interrupted" : "");
    fflush(stdout);
    if (stop) {
        signal(SIGINT, SIG_DFL);
        raise(SIGINT);
    }
    return 0;
}
