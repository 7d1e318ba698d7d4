/* wait.c - the simple waits: yield, sleep, descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cancel.h"
#include "schedule.h"
#include "signals.h"

struct fiber *running_fiber(void)
{
    struct runtime *rt = qs_running;

    return rt && !rt->nowait ? rt->current : NULL;
}

int wait_begin_slow(struct fiber **self)
{
    struct fiber *fiber = running_fiber();

    *self = fiber;
    if (!fiber)
        return -EPERM;
    /* A task whose waits never have to wait must feel the signal too. */
    if (fiber->rt->signals_seen != signals_count())
        cancel_by_signals(fiber->rt);
    return cancel_holds(fiber) ? -ECANCELED : 0;
}

bool qs_cancelled(void)
{
    struct fiber *fiber;

    return wait_begin(&fiber) == -ECANCELED;
}

int64_t qs_self(void)
{
    struct runtime *rt = qs_running;

    return rt && rt->current ? (int64_t)rt->current->task->id : -EPERM;
}

static void yield(struct fiber *fiber)
{
    list_append(&fiber->rt->ready, &fiber->task->link);
    sched_leave(fiber->rt, &fiber->context, false);
}

int qs_yield(void)
{
    struct fiber *fiber;
    int rc = wait_begin(&fiber);

    if (!rc)
        yield(fiber);
    return rc;
}

int qs_sleep(int64_t until)
{
    struct fiber *fiber;
    int rc = wait_begin(&fiber);

    if (rc)
        return rc;
    rc = sched_park(fiber, WAIT_SLEEP, until);
    return rc == -ETIMEDOUT ? 0 : rc;
}

/* What is ready now, 0: nothing. */
static int ready_now(int fd, int events)
{
    struct pollfd look = {.fd = fd};

    look.events = (short)((events & QS_READ ? POLLIN : 0) | (events & QS_WRITE ? POLLOUT : 0));
    while (poll(&look, 1, 0) < 0)
        if (errno != EINTR)
            return -errno;
    if (fd < 0 || look.revents & POLLNVAL) /* poll(2) ignores negative ones */
        return -EBADF;
    if (look.revents & (POLLERR | POLLHUP))
        return events;
    return (look.revents & POLLIN ? QS_READ : 0) | (look.revents & POLLOUT ? QS_WRITE : 0);
}

/* Who always finds something ready must not keep the others waiting for ever. */
static void take_turns(struct fiber *fiber)
{
    if (fiber->rt->budget)
        fiber->rt->budget--;
    else
        yield(fiber);
}

static int park_fd(struct fiber *fiber, int fd, int events, int64_t deadline, const char *what)
{
    int rc;

    fiber->fd = fd;
    fiber->fd_events = events;
    fiber->what = what;
    rc = loop_watch(fiber->rt, fiber);
    if (rc)
        return rc < 0 ? rc : events;
    return sched_park(fiber, WAIT_FD, deadline);
}

int wait_fd(int fd, int events, int64_t deadline, const char *what)
{
    struct fiber *fiber;
    int rc = wait_begin(&fiber);

    if (rc)
        return rc;
    if (!(events & (QS_READ | QS_WRITE)) || events & ~(QS_READ | QS_WRITE))
        return -EINVAL;
    rc = ready_now(fd, events);
    if (rc > 0)
        take_turns(fiber);
    return rc ? rc : park_fd(fiber, fd, events, deadline, what);
}

int qs_wait_fd(int fd, int events, int64_t deadline)
{
    return wait_fd(fd, events, deadline, "fd");
}

/* A socket tells itself whether it is ready, blocking or not: recv(2), MSG_DONTWAIT. Bytes read, or
 * -ENOTSOCK, or why not. */
static ssize_t read_socket(int fd, void *buf, size_t n, int64_t deadline)
{
    for (bool waited = false;; waited = true) {
        struct fiber *fiber;
        int rc = wait_begin(&fiber);

        if (rc)
            return rc;
        /* A deadline that has passed is one try. */
        if (waited || deadline != QS_FOREVER || !loop_dry(&fiber->rt->poller, fd)) {
            ssize_t got = recv(fd, buf, n, MSG_DONTWAIT);

            if (!waited)
                loop_tried(&fiber->rt->poller, fd, got >= 0 || errno != EAGAIN);
            if (got >= 0)
                take_turns(fiber);
            if (got >= 0 || (errno != EAGAIN && errno != EINTR))
                return got >= 0 ? got : -errno;
        }
        rc = park_fd(fiber, fd, QS_READ, deadline, "read");
        if (rc < 0)
            return rc;
    }
}

static ssize_t write_socket(int fd, const void *buf, size_t n, int64_t deadline)
{
    for (;;) {
        struct fiber *fiber;
        int rc = wait_begin(&fiber);
        ssize_t put;

        if (rc)
            return rc;
        put = send(fd, buf, n, MSG_DONTWAIT);
        if (put >= 0)
            take_turns(fiber);
        if (put >= 0 || (errno != EAGAIN && errno != EINTR))
            return put >= 0 ? put : -errno;
        rc = park_fd(fiber, fd, QS_WRITE, deadline, "write");
        if (rc < 0)
            return rc;
    }
}

ssize_t qs_read(int fd, void *buf, size_t n, int64_t deadline)
{
    ssize_t got = n ? read_socket(fd, buf, n, deadline) : -ENOTSOCK;

    while (got == -ENOTSOCK) {
        int rc = wait_fd(fd, QS_READ, deadline, "read");

        if (rc < 0)
            return rc;
        got = read(fd, buf, n);
        if (got < 0)
            got = errno == EAGAIN || errno == EINTR ? -ENOTSOCK : -errno;
    }
    return got;
}

/* A blocking pipe that is "ready" takes PIPE_BUF bytes without blocking (pipe(7)), and may block on
 * more. */
static size_t portion(int fd, size_t n)
{
    int flags = fcntl(fd, F_GETFL);
    struct stat stat;

    if (n <= PIPE_BUF || flags < 0 || flags & O_NONBLOCK || fstat(fd, &stat) ||
        S_ISREG(stat.st_mode))
        return n;
    return PIPE_BUF;
}

ssize_t qs_write(int fd, const void *buf, size_t n, int64_t deadline)
{
    ssize_t put = n ? write_socket(fd, buf, n, deadline) : -ENOTSOCK;

    while (put == -ENOTSOCK) {
        int rc = wait_fd(fd, QS_WRITE, deadline, "write");

        if (rc < 0)
            return rc;
        put = write(fd, buf, portion(fd, n));
        if (put < 0)
            put = errno == EAGAIN || errno == EINTR ? -ENOTSOCK : -errno;
    }
    return put;
}
