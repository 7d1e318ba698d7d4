/* socket.c - accept and connect. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "runtime.h"

/* Between two tries to connect to a UNIX socket whose queue is full: at first, and at most. */
#define LOOK_SOON (50 * QS_MICROSECOND)
#define LOOK_LATE (5 * QS_MILLISECOND)

/* Errors of one connection, not of the listening socket: accept(2), "Error handling". */
static bool passed_over(int error)
{
    switch (error) {
    case EAGAIN:
    case EINTR:
    case ECONNABORTED:
    case ENETDOWN:
    case EPROTO:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case ENETUNREACH: return true;
    default: return false;
    }
}

int qs_accept(int fd, struct sockaddr *addr, socklen_t *len, int flags, int64_t deadline)
{
    socklen_t room = len ? *len : 0;

    if (flags & ~SOCK_NONBLOCK)
        return -EINVAL;
    for (;;) {
        int rc = wait_fd(fd, QS_READ, deadline, "accept"), got;

        if (rc < 0)
            return rc;
        if (len)
            *len = room;
        got = accept4(fd, addr, len, flags | SOCK_CLOEXEC);
        if (got >= 0)
            return got;
        if (!passed_over(errno))
            return -errno;
    }
}

/* connect(2) that does not block, also on a blocking socket: the attempt goes on after that is put
 * back. */
static int begin(int fd, const struct sockaddr *addr, socklen_t len)
{
    int flags = fcntl(fd, F_GETFL), rc = 0;
    bool blocking = flags >= 0 && !(flags & O_NONBLOCK);

    if (flags < 0 || (blocking && fcntl(fd, F_SETFL, flags | O_NONBLOCK)))
        return -errno;
    if (connect(fd, addr, len))
        rc = errno == EINTR ? -EINPROGRESS : -errno; /* interrupted, it goes on: connect(2) */
    if (blocking)
        fcntl(fd, F_SETFL, flags);
    return rc;
}

/* What became of an attempt that is over. */
static int outcome(int fd)
{
    socklen_t len = sizeof(int);
    int error = 0;

    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) ? -errno : -error;
}

/* Dissolves the association, also one that has just come about: connect(2), AF_UNSPEC. */
static void take_back(int fd)
{
    struct sockaddr none = {.sa_family = AF_UNSPEC};

    (void)connect(fd, &none, sizeof(none));
}

int qs_connect(int fd, const struct sockaddr *addr, socklen_t len, int64_t deadline)
{
    struct fiber *fiber;
    int rc = wait_begin(&fiber);
    int64_t pause = LOOK_SOON;

    if (rc)
        return rc;
    /* EAGAIN: the queue of a listening UNIX socket is full, and nothing tells when it isn't. */
    while ((rc = begin(fd, addr, len)) == -EAGAIN) {
        int64_t now = qs_now();

        if (now >= deadline)
            return -ETIMEDOUT;
        rc = qs_sleep(deadline - now < pause ? deadline : now + pause);
        if (rc)
            return rc;
        pause = pause < LOOK_LATE / 2 ? 2 * pause : LOOK_LATE;
    }
    if (rc != -EINPROGRESS)
        return rc;
    rc = wait_fd(fd, QS_WRITE, deadline, "connect");
    if (rc >= 0)
        return outcome(fd);
    take_back(fd);
    return rc;
}
