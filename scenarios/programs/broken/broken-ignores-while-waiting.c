/* broken-ignores-while-waiting.c - ignores ^C while a job runs, and never asks how the job ended.
 *
 * This is what system(3) does, and why a loop of system() calls can't be stopped: ^C ends the job
 * that runs, the parent ignores it, and the loop starts the next one. In the end it reports
 * success. A SIGINT to the parent alone is lost altogether. */
#include <sigsweep/probe.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOBS   2
#define JOB_MS 300

/* Runs one job in a child; as system(3) does, it leaves ^C to the child. */
static void run_job(int number)
{
    int status;
    pid_t job;

    sigsweep_task_start(number);
    signal(SIGINT, SIG_IGN);
    job = fork();
    if (job == 0) {
        signal(SIGINT, SIG_DFL);
        usleep(JOB_MS * 1000);
        _exit(0);
    }
    sigsweep_mark("waiting");
    waitpid(job, &status, 0); /* how it ended is not looked at */
    signal(SIGINT, SIG_DFL);
    printf("job %d\n", number);
    sigsweep_task_end(number, "done");
    sigsweep_task_fini(number);
}

int main(void)
{
    sigsweep_probe_init();
    sigsweep_ready();
    for (int i = 1; i <= JOBS; i++)
        run_job(i);
    return 0;
}
