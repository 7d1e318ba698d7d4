/* scoped.c - what must be undone is a resource: it is released where the block ends.
 *
 * The pairing of taking and giving back is written once, and each use of it is right. The release
 * is shielded, with a limit. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "quiesce.h"

#define SLOTS 2
#define TASKS 4
#define REPLY (200 * QS_MILLISECOND) /* a server takes that long to answer */

struct fetch {
    int gasp; /* in the last-gasp table: the third ^C ends the process at once */
    int fd;
    char part[16];
    char whole[16];
};

static struct fetch fetches[TASKS];

static void unlink_part(void *arg)
{
    (void)unlink(((struct fetch *)arg)->part);
}

static int part_open(void *arg)
{
    struct fetch *f = arg;

    f->gasp = qs_last_gasp_add(unlink_part, f);
    f->fd = open(f->part, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (f->fd >= 0)
        return 0;
    qs_last_gasp_remove(f->gasp);
    return -errno;
}

static int part_remove(void *arg)
{
    struct fetch *f = arg;
    int rc;

    close(f->fd);
    rc = unlink(f->part) && errno != ENOENT ? -errno : 0; /* it may have been renamed */
    qs_last_gasp_remove(f->gasp);
    return rc;
}

static const struct qs_resource part_file = {
    .name = "part", .acquire = part_open, .release = part_remove, .release_ns = 5 * QS_SECOND};

static int download(void *arg)
{
    struct fetch *f = arg;
    int rc = qs_sleep(qs_now() + REPLY); /* -ECANCELED when interrupted */

    return rc ? rc : rename(f->part, f->whole) ? -errno : 0;
}

static int fetch(void *arg)
{
    return qs_with(&part_file, arg, download, arg);
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
