/* pool_waits.h - the ways in which a task of pool can wait for a time: each kind of wait that
 * quiesce has, between two sides where it takes two. Each cleans up after itself before it returns,
 * also when the task is cancelled. */
#ifndef POOL_WAITS_H
#define POOL_WAITS_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "quiesce.h"

/* What two sides share; it lies in the frame of the task that waits. */
struct pool_wait {
    int64_t until;             /* when the wait is to end */
    struct qs_channel channel; /* unbuffered, of ints */
    struct qs_event event;
    struct qs_sem sem;
    struct sockaddr_un address; /* of the listener */
    socklen_t address_len;
    int fds[2]; /* a pipe, or a listener and a socket */
};

static int wait_time(void *arg)
{
    return qs_sleep(((struct pool_wait *)arg)->until);
}

static int wait_for_ever(void *arg)
{
    (void)arg;
    return qs_sleep(QS_FOREVER);
}

/* Both sides as tasks of their own. */
static int wait_both(struct pool_wait *wait, qs_task_fn *one, qs_task_fn *other)
{
    struct qs_group_options options = {.slots = 2};
    struct qs_call calls[] = {{.fn = one, .arg = wait, .name = "one"},
                              {.fn = other, .arg = wait, .name = "other"}};

    return qs_gather(calls, 2, &options, NULL);
}

static int wait_gather(struct pool_wait *wait)
{
    return wait_both(wait, wait_time, wait_time);
}

static int wait_first(struct pool_wait *wait)
{
    struct qs_group_options options = {.slots = 2};
    struct qs_call calls[] = {{.fn = wait_for_ever, .arg = wait, .name = "loser"},
                              {.fn = wait_time, .arg = wait, .name = "winner"}};
    int rc = qs_first(calls, 2, &options, NULL);

    return rc < 0 ? rc : rc == 1 ? 0 : -EPROTO;
}

static int send_late(void *arg)
{
    struct pool_wait *wait = arg;
    int item = 7, rc = qs_sleep(wait->until);

    return rc ? rc : qs_send(&wait->channel, &item, QS_FOREVER);
}

static int receive(void *arg)
{
    int item = 0, rc = qs_receive(&((struct pool_wait *)arg)->channel, &item, QS_FOREVER);

    return rc ? rc : item == 7 ? 0 : -EPROTO;
}

static int wait_channel(struct pool_wait *wait)
{
    int rc = qs_channel_init(&wait->channel, sizeof(int), NULL, 0);

    return rc ? rc : wait_both(wait, receive, send_late);
}

static int set_late(void *arg)
{
    struct pool_wait *wait = arg;
    int rc = qs_sleep(wait->until);

    if (!rc)
        qs_event_set(&wait->event);
    return rc;
}

static int wait_for_set(void *arg)
{
    return qs_event_wait(&((struct pool_wait *)arg)->event, QS_FOREVER);
}

static int wait_event(struct pool_wait *wait)
{
    qs_event_init(&wait->event);
    return wait_both(wait, wait_for_set, set_late);
}

static int wait_join(struct pool_wait *wait)
{
    struct qs_group_options options = {.slots = 1};
    struct qs_group *group;
    struct qs_task task;
    int rc = qs_group_open(&group, &options), closed, result = 0;

    if (rc)
        return rc;
    qs_spawn_task(group, &task, "joined", wait_time, wait, NULL);
    rc = qs_join(&task, &result, QS_FOREVER);
    if (rc)
        qs_task_cancel(&task);
    closed = qs_group_close(group, NULL);
    return rc ? rc : result ? result : closed;
}

static int wait_timeout(struct pool_wait *wait)
{
    int rc = qs_within(wait->until, wait_for_ever, NULL);

    return rc == -ETIMEDOUT ? 0 : rc;
}

static int take(void *arg)
{
    return qs_acquire(&((struct pool_wait *)arg)->sem, QS_FOREVER);
}

static int give_back(void *arg)
{
    return qs_release(&((struct pool_wait *)arg)->sem);
}

static const struct qs_resource permit = {
    .name = "permit", .acquire = take, .release = give_back, .release_ns = QS_SECOND};

static int in_scope(void *arg)
{
    return qs_with(&permit, arg, wait_time, arg);
}

/* Each holds the one permit for a while, and gives it back in any case. */
static int wait_scope(struct pool_wait *wait)
{
    int rc = qs_sem_init(&wait->sem, 1);

    if (!rc)
        rc = wait_both(wait, in_scope, in_scope);
    return qs_sem_free(&wait->sem) == 1 ? rc : -EPROTO;
}

static int read_byte(void *arg)
{
    char byte;
    ssize_t n = qs_read(((struct pool_wait *)arg)->fds[0], &byte, 1, QS_FOREVER);

    return n == 1 ? 0 : n ? (int)n : -EPROTO;
}

static int write_late(void *arg)
{
    struct pool_wait *wait = arg;
    int rc = qs_sleep(wait->until);
    ssize_t n = rc ? rc : qs_write(wait->fds[1], "x", 1, QS_FOREVER);

    return n == 1 ? 0 : n ? (int)n : -EPROTO;
}

static void close_both(struct pool_wait *wait)
{
    for (int i = 0; i < 2; i++)
        if (wait->fds[i] >= 0)
            close(wait->fds[i]);
}

static int wait_pipe(struct pool_wait *wait)
{
    int rc = pipe2(wait->fds, O_CLOEXEC) ? -errno : wait_both(wait, read_byte, write_late);

    close_both(wait); /* pipe2(2) leaves them alone when it fails */
    return rc;
}

static int accept_one(void *arg)
{
    int fd = qs_accept(((struct pool_wait *)arg)->fds[0], NULL, NULL, 0, QS_FOREVER);

    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

static int connect_late(void *arg)
{
    struct pool_wait *wait = arg;
    int rc = qs_sleep(wait->until);

    return rc ? rc
              : qs_connect(wait->fds[1], (struct sockaddr *)&wait->address, wait->address_len,
                           QS_FOREVER);
}

/* A listener with a name that the kernel gives, unix(7), and a socket to connect to it. */
static int open_sockets(struct pool_wait *wait)
{
    wait->address = (struct sockaddr_un){.sun_family = AF_UNIX};
    wait->address_len = sizeof(wait->address);
    for (int i = 0; i < 2; i++) {
        wait->fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (wait->fds[i] < 0)
            return -errno;
    }
    return bind(wait->fds[0], (struct sockaddr *)&wait->address, sizeof(sa_family_t)) ||
                   listen(wait->fds[0], 1) ||
                   getsockname(wait->fds[0], (struct sockaddr *)&wait->address, &wait->address_len)
               ? -errno
               : 0;
}

static int wait_socket(struct pool_wait *wait)
{
    int rc = open_sockets(wait);

    if (!rc)
        rc = wait_both(wait, accept_one, connect_late);
    close_both(wait);
    return rc;
}

/* On a thread: a time, or until the task is cancelled, in naps. A short time is one call, so that
 * each run makes the same. */
static int sleep_away(void *arg, const struct qs_job *job)
{
    int64_t until = ((struct pool_wait *)arg)->until, left;

    while ((left = until - qs_now()) > 0 && !qs_job_cancelled(job)) {
        struct timespec nap = {.tv_nsec = left < 5 * QS_MILLISECOND ? left : 5 * QS_MILLISECOND};

        nanosleep(&nap, NULL);
    }
    return 7;
}

static int wait_offload(struct pool_wait *wait)
{
    int result = 0, rc = qs_offload(sleep_away, wait, &result);

    return rc ? rc : result == 7 ? 0 : -EPROTO;
}

/* A process of its own, in a group of its own, which is ended with the task. */
static int wait_process(struct pool_wait *wait)
{
    int64_t left = wait->until - qs_now();
    char seconds[32];
    const char *const argv[] = {"sleep", seconds, NULL};
    int status = 0, rc;

    snprintf(seconds, sizeof(seconds), "%.6f", left > 0 ? (double)left / 1e9 : 0.0);
    rc = qs_command(argv, NULL, &status, QS_FOREVER);
    return rc ? rc : status ? -EPROTO : 0;
}

static int wait_sleep(struct pool_wait *wait)
{
    return wait_time(wait);
}

/* Threads and processes come last: a sweep by copies is sound until then. */
static const struct {
    const char *name;
    int (*wait)(struct pool_wait *wait);
} pool_waits[] = {
    {"sleep", wait_sleep},     {"channel", wait_channel}, {"event", wait_event},
    {"join", wait_join},       {"gather", wait_gather},   {"first", wait_first},
    {"timeout", wait_timeout}, {"scope", wait_scope},     {"pipe", wait_pipe},
    {"socket", wait_socket},   {"offload", wait_offload}, {"process", wait_process},
};
#define POOL_WAITS ((int)(sizeof(pool_waits) / sizeof(*pool_waits)))
#define POOL_ALL   (-1) /* one after the other */

/* The kind of that name; POOL_WAITS: there is none. */
static int pool_wait_named(const char *name)
{
    int kind = 0;

    if (!strcmp(name, "all"))
        return POOL_ALL;
    while (kind < POOL_WAITS && strcmp(name, pool_waits[kind].name))
        kind++;
    return kind;
}

/* Waits until then, in the nth of some steps. */
static int pool_wait_until(int kind, int nth, int64_t until)
{
    struct pool_wait wait = {.until = until, .fds = {-1, -1}};

    return pool_waits[kind == POOL_ALL ? (nth - 1) % POOL_WAITS : kind].wait(&wait);
}

#endif
