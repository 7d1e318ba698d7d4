/* tested-by-timeout-fixed.c - a limit and a signal stop it in the same way.
 *
 *     tested-by-timeout-fixed [LIMIT]      seconds; none: no limit
 *
 * The cure: the limit is the group's deadline, and cancels its tasks as a signal does. What the
 * test with the limit sees is now what ^C does; and the scenarios beside it send real signals. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "quiesce.h"

#define SLOTS 2
#define TASKS 4
#define REPLY (200 * QS_MILLISECOND) /* a server takes that long to answer */

static double limit; /* 0: none */

struct fetch {
    struct qs_cleanup
        remove; /* not on the task's stack: cleanups run after the body has returned */
    int gasp;   /* in the last-gasp table */
    char part[16];
    char whole[16];
};

static struct fetch fetches[TASKS];

/* The third ^C ends the process in its handler; the part goes even then. */
static void unlink_part(void *arg)
{
    (void)unlink(((struct fetch *)arg)->part);
}

static int remove_part(void *arg)
{
    struct fetch *f = arg;
    int rc = unlink(f->part) && errno != ENOENT ? -errno : 0;

    qs_last_gasp_remove(f->gasp);
    return rc;
}

static int fetch(void *arg)
{
    struct fetch *f = arg;
    int fd, rc;

    f->gasp = qs_last_gasp_add(unlink_part, f);
    qs_defer(&f->remove, "part", remove_part, f);
    fd = open(f->part, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    rc = qs_sleep(qs_now() + REPLY); /* -ECANCELED when interrupted */
    close(fd);
    if (!rc && rename(f->part, f->whole))
        rc = -errno;
    return rc;
}

static int run(void *arg)
{
    struct qs_group_options options = {.slots = SLOTS};
    struct qs_group *group;
    int rc;

    (void)arg;
    if (limit > 0)
        options.deadline = qs_now() + (int64_t)(limit * QS_SECOND);
    rc = qs_group_open(&group, &options);
    if (rc)
        return rc;
    for (int i = 0; !rc && i < TASKS; i++) {
        snprintf(fetches[i].part, sizeof(fetches[i].part), "%d.part", i + 1);
        snprintf(fetches[i].whole, sizeof(fetches[i].whole), "%d.txt", i + 1);
        rc = qs_spawn(group, "fetch", fetch, &fetches[i], NULL);
    }
    rc = qs_group_close(group, NULL);
    if (rc == -ETIMEDOUT) {
        puts("stopped by the limit");
        rc = 0;
    }
    return rc;
}

int main(int argc, char **argv)
{
    struct qs_result result;

    if (argc > 1)
        limit = atof(argv[1]);
    if (qs_run(NULL, run, NULL, &result))
        return 1;
    qs_exit(&result); /* dies by the signal that interrupted it */
}
