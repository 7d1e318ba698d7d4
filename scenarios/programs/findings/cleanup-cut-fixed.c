/* cleanup-cut-fixed.c - leaves when all cleanups have ended. */
#include <sigsweep/probe.h>

#include <signal.h>

static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
    (void)signal;
    stop = 1;
}

static void clean(const char *name)
{
    sigsweep_cleanup_begin(1, name);
    sigsweep_cleanup_end(1, name, 0);
}

int main(void)
{
    sigsweep_probe_init();
    signal(SIGINT, on_signal);
    sigsweep_task_start(1);
    sigsweep_cleanup_arm(1, "connection");
    sigsweep_cleanup_arm(1, "transaction");
    sigsweep_mark("open");
    clean("transaction");
    clean("connection");
    sigsweep_task_end(1, stop ? "cancelled" : "done");
    sigsweep_task_fini(1);
    return stop ? 130 : 0;
}
