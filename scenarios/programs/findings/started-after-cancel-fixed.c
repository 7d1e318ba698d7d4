/* started-after-cancel-fixed.c - after the cancel nothing starts. */
#include <sigsweep/probe.h>

#include <signal.h>

static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
    (void)signal;
    stop = 1;
}

static void finish(long id, const char *outcome)
{
    sigsweep_task_end(id, outcome);
    sigsweep_task_fini(id);
}

int main(void)
{
    sigsweep_probe_init();
    signal(SIGINT, on_signal);
    sigsweep_slots(1);
    sigsweep_task_queue(1);
    sigsweep_task_queue(2);
    sigsweep_task_start(1);
    sigsweep_mark("working");
    if (stop)
        sigsweep_cancel(1);
    finish(1, stop ? "cancelled" : "done");
    if (!stop)
        sigsweep_task_start(2);
    finish(2, stop ? "cancelled" : "done");
    return stop ? 130 : 0;
}
