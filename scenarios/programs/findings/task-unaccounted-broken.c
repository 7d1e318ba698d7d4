/* task-unaccounted-broken.c - what waits in the queue is forgotten when the signal comes. */
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
    finish(1, stop ? "cancelled" : "done");
    if (!stop) {
        sigsweep_task_start(2);
        finish(2, "done");
    }
    return stop ? 130 : 0;
}
