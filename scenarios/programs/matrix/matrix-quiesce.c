/* matrix-quiesce.c - a group with slots, a cleanup that each task arms, a shield for its wait. The
 * runtime reports the tasks and cleanups itself. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "quiesce.h"
#include <sigsweep/probe.h>

enum { SLOTS = 4, TASKS = 12 };

struct job {
    struct qs_cleanup remove;
    int n;
    int gasp; /* in the last-gasp table: the third ^C ends the program at once */
    char name[16];
};

static struct job jobs[TASKS];

static void unlink_tmp(void *arg)
{
    (void)unlink(((struct job *)arg)->name);
}

static int remove_tmp(void *arg)
{
    struct job *job = arg;
    struct qs_shield shield;
    int rc;

    if (!qs_shield_begin(&shield, qs_now() + 5 * QS_SECOND)) {
        (void)qs_sleep(qs_now() + 20 * QS_MILLISECOND);
        qs_shield_end(&shield);
    }
    rc = unlink(job->name) ? -errno : 0;
    qs_last_gasp_remove(job->gasp);
    return rc;
}

static int run(void *arg)
{
    struct job *job = arg;
    int64_t end = qs_now() + QS_SECOND;
    int rc;

    job->gasp = qs_last_gasp_add(unlink_tmp, job);
    close(open(job->name, O_WRONLY | O_CREAT, 0600));
    rc = qs_defer(&job->remove, "tmp", remove_tmp, job);
    while (!rc && job->n % 2 && qs_now() < end)
        rc = qs_yield();
    return rc ? rc : qs_sleep(end);
}

static int main_task(void *arg)
{
    struct qs_group_options options = {.slots = SLOTS};
    struct qs_group *group;
    int rc;

    (void)arg;
    sigsweep_ready();
    rc = qs_group_open(&group, &options);
    for (int i = 0; !rc && i < TASKS; i++) {
        jobs[i].n = i + 1;
        snprintf(jobs[i].name, sizeof(jobs[i].name), "%d.tmp", i + 1);
        rc = qs_spawn(group, "job", run, &jobs[i], NULL);
    }
    return rc ? rc : qs_group_close(group, NULL);
}

int main(void)
{
    struct qs_result result;

    if (qs_run(NULL, main_task, NULL, &result))
        return 1;
    qs_exit(&result);
}
