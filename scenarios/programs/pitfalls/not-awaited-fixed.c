/* not-awaited-fixed.c - a group is left only when its last task is over.
 *
 * The cure: qs_group_close() waits for every task, also when it was cancelled, and also when the
 * task that closes is. A group that is forgotten is closed where its task ends. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "quiesce.h"

#define SLOTS 2
#define TASKS 4
#define REPLY (200 * QS_MILLISECOND) /* a server takes that long to answer */

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
    int rc = qs_group_open(&group, &options);

    (void)arg;
    if (rc)
        return rc;
    for (int i = 0; !rc && i < TASKS; i++) {
        snprintf(fetches[i].part, sizeof(fetches[i].part), "%d.part", i + 1);
        snprintf(fetches[i].whole, sizeof(fetches[i].whole), "%d.txt", i + 1);
        rc = qs_spawn(group, "fetch", fetch, &fetches[i], NULL);
    }
    return qs_group_close(group, NULL);
}

int main(void)
{
    struct qs_result result;

    if (qs_run(NULL, run, NULL, &result))
        return 1;
    qs_exit(&result); /* dies by the signal that interrupted it */
}
