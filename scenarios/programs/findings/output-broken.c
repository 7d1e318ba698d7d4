/* output-broken.c - what it has to say is in a buffer when it ends by the signal. */
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
    if (stop) {
        signal(SIGINT, SIG_DFL);
        raise(SIGINT);
    }
    return 0;
}
