/* cleanup-cancelled-fixed.c - a cleanup that waits is shielded, and does its work also when the
 * wait ends.
 *
 * The cure: the first signal cancels; the cleanup's own wait is in a shield, with a limit, so that
 * it works. The second signal expires the shield: the goodbye is given up, and the part is removed
 * all the same. No signal keeps a cleanup from running, short of the third, which is meant to. */
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

/* The server is told, so that it keeps what it has. */
static void say_goodbye(void)
{
    struct qs_shield shield;

    qs_shield_begin(&shield, qs_now() + 5 * QS_SECOND);
    qs_sleep(qs_now() + 20 * QS_MILLISECOND);
    qs_shield_end(&shield);
}

static int remove_part(void *arg)
{
    struct fetch *f = arg;
    int rc;

    say_goodbye();
    rc = unlink(f->part) && errno != ENOENT ? -errno : 0;

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
