/* signal-handlers.c - the program says what each signal means, in one table.
 *
 * INT climbs the ladder: cancel, hurry, end. TERM stays at the second step, however often it comes:
 * who sends it has KILL for the rest. HUP asks for a reload: it sets an event that a task waits
 * for, and runs nothing in a handler. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "quiesce.h"

#define SLOTS 2
#define TASKS 4
#define REPLY (200 * QS_MILLISECOND) /* a server takes that long to answer */

struct fetch {
    struct qs_cleanup
        remove; /* not on the task's stack: cleanups run after the body has returned */
    int gasp;   /* in the last-gasp table: the third ^C ends the process at once */
    char part[16];
    char whole[16];
};

static struct fetch fetches[TASKS];

static struct qs_event reload;

static const struct qs_signal signals[] = {
    {.signal = SIGINT},
    {.signal = SIGTERM, .steps = {1, 2}},
    {.signal = SIGHUP, .does = QS_NOTIFY, .event = &reload},
    {0},
};

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

/* Until it is cancelled, when the work is done. */
static int reload_when_asked(void *arg)
{
    int rc;

    (void)arg;
    while (!(rc = qs_event_wait(&reload, QS_FOREVER))) {
        qs_event_reset(&reload);
        qs_mark("reload");
    }
    return rc;
}

static int run(void *arg)
{
    struct qs_group_options options = {.slots = SLOTS}, one = {.slots = 1};
    struct qs_group *work, *listening;
    int rc = qs_group_open(&work, &options);

    (void)arg;
    if (rc)
        return rc;
    rc = qs_group_open(&listening, &one);
    if (rc)
        return rc; /* what is open is closed where the task ends */
    rc = qs_spawn(listening, "reload", reload_when_asked, NULL, NULL);
    for (int i = 0; !rc && i < TASKS; i++) {
        snprintf(fetches[i].part, sizeof(fetches[i].part), "%d.part", i + 1);
        snprintf(fetches[i].whole, sizeof(fetches[i].whole), "%d.txt", i + 1);
        rc = qs_spawn(work, "fetch", fetch, &fetches[i], NULL);
    }
    rc = qs_group_close(work, NULL);
    qs_group_cancel(listening);
    qs_group_close(listening, NULL);
    return rc;
}

int main(void)
{
    struct qs_options options = {.signals = signals};
    struct qs_result result;

    qs_event_init(&reload);
    if (qs_run(&options, run, NULL, &result))
        return 1;
    qs_exit(&result); /* dies by the signal that interrupted it */
}
