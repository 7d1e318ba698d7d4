/* signal-handlers.c - the program says what each signal means, and acts on it in one place.
 *
 * INT and TERM ask for the end, HUP for a reload. They are blocked, and read from a signalfd by a
 * task of their own: nothing runs in a handler. The runtime is told to leave signals alone, so
 * there is no ladder either: a second signal is one more request, and the cleanups are not
 * disturbed. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "quiesce.h"

#define SLOTS 2
#define TASKS 4
#define REPLY (500 * QS_MILLISECOND) /* a server takes that long to answer */

struct fetch {
    struct qs_cleanup
        remove; /* not on the task's stack: cleanups run after the body has returned */
    char part[16];
    char whole[16];
};

static struct fetch fetches[TASKS];

static int signals; /* a signalfd */
static int asked;   /* the signal that asked for the end; 0: none */

static int remove_part(void *arg)
{
    struct fetch *f = arg;

    return unlink(f->part) && errno != ENOENT ? -errno : 0;
}

static int fetch(void *arg)
{
    struct fetch *f = arg;
    int fd, rc;

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
static int listen_to_signals(void *arg)
{
    struct signalfd_siginfo got;
    ssize_t n;

    while ((n = qs_read(signals, &got, sizeof(got), QS_FOREVER)) == sizeof(got)) {
        if (got.ssi_signo == SIGHUP) {
            qs_mark("reload");
        } else if (!asked) {
            asked = (int)got.ssi_signo;
            qs_group_cancel(arg);
        }
    }
    return (int)n;
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
    if (!rc)
        rc = qs_spawn(listening, "signals", listen_to_signals, work, NULL);
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
    static const int none[] = {0};
    struct qs_options options = {.signals = none};
    struct qs_result result;
    sigset_t ours;

    sigemptyset(&ours);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGHUP);
    sigprocmask(SIG_BLOCK, &ours, NULL);
    signals = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0 || qs_run(&options, run, NULL, &result))
        return 1;
    close(signals);
    if (asked) { /* dies by it; its default action was never changed */
        raise(asked);
        sigprocmask(SIG_UNBLOCK, &ours, NULL);
    }
    qs_exit(&result);
}
