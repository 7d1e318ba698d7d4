/* gather-semaphore-fixed.c - what a task holds while it waits is given back by its fini.
 *
 * The cure: qs_spawn() promises exactly one fini for each task, also for one that never got a slot.
 * The reservation is made before the spawn, and given back there. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "quiesce.h"

#define SLOTS 2
#define TASKS 4
#define REPLY (200 * QS_MILLISECOND) /* a server takes that long to answer */

struct fetch {
    int gasp; /* in the last-gasp table */
    char reserved[16];
};

static struct fetch fetches[TASKS];

/* The third ^C ends the process in its handler; the reservation goes even then. */
static void give_back(void *arg)
{
    (void)unlink(((struct fetch *)arg)->reserved);
}

static void settle(void *arg, int rc)
{
    struct fetch *f = arg;

    (void)rc;
    give_back(f);
    qs_last_gasp_remove(f->gasp);
}

/* Each task holds a reservation from the moment it is queued. */
static int reserve(struct fetch *f, int id)
{
    int fd;

    snprintf(f->reserved, sizeof(f->reserved), "%d.reserved", id);
    f->gasp = qs_last_gasp_add(give_back, f);
    fd = open(f->reserved, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    return fd < 0 ? -errno : close(fd);
}

static int fetch(void *arg)
{
    (void)arg;
    return qs_sleep(qs_now() + REPLY); /* -ECANCELED when interrupted */
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
        rc = reserve(&fetches[i], i + 1);
        if (!rc)
            rc = qs_spawn(group, "fetch", fetch, &fetches[i], settle); /* fails: settled, too */
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
