/* flood-events.c - reports events without end.
 *
 * Usage: flood-events [COUNT]      default: endless, bounded by a 60 s alarm
 * Each round is a whole task, so that the counts stay plausible. */
#include <sigsweep/probe.h>

#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    long most = argc > 1 ? strtol(argv[1], NULL, 10) : -1;

    alarm(60);
    sigsweep_probe_init();
    sigsweep_ready();
    for (long id = 1; most < 0 || id <= most; id++) {
        sigsweep_task_queue(id);
        sigsweep_task_start(id);
        sigsweep_task_end(id, "done");
        sigsweep_task_fini(id);
    }
    return 0;
}
