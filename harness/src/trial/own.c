/* own.c - which descriptors are a copy's own: those that were made anew in it, and those that it
 * opened since. What it does with them is not seen by others. */
#include "trial/breakpoint.h"
#include "trial/copied.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

bool copied_owns(const struct copied *c, int fd)
{
    return fd >= 0 && fd < COPIED_FDS && c->own[fd];
}

/* A file that the original has open too does not leave the epoll when the copy closes it. */
void copied_watches(struct copied *c, const uint64_t args[6])
{
    int fd = (int)args[2];

    if (!copied_owns(c, (int)args[0]) || args[1] != EPOLL_CTL_ADD)
        return;
    c->in_doubt[args[0]] += c->in_doubt[args[0]] != 0;
    if (fd >= 0 && fd < COPIED_FDS)
        c->watched[fd] = !c->own[fd];
}

const char *copied_closes(const struct copied *c, const struct arch_call *call)
{
    uint64_t first = call->args[0], last = first;

    switch (call->number) {
    case SYS_close: break;
    case SYS_close_range: last = call->args[1]; break;
#ifdef SYS_dup2
    case SYS_dup2:
#endif
    case SYS_dup3: first = last = call->args[1]; break;
    default: return NULL;
    }
    for (uint64_t fd = first; fd <= last && fd < COPIED_FDS; fd++) {
        if (c->watched[fd])
            return "it closes what its epoll watches and the original has open";
    }
    return NULL;
}

static void mark_own(struct copied *c, long fd, bool own)
{
    if (fd < 0 || fd >= COPIED_FDS)
        return;
    c->own[fd] = own;
    copied_offset_left(c, (int)fd);
    c->in_doubt[fd] = 0;
    c->watched[fd] = false;
}

static void mark_dup(struct copied *c, int from, long to)
{
    if (from == to)
        return;
    mark_own(c, to, copied_owns(c, from));
    if (copied_owns(c, from) && to < COPIED_FDS)
        c->in_doubt[to] = c->in_doubt[from];
}

static void mark_two(struct copied *c, uint64_t at)
{
    int fds[2];

    if (memory_read(c->live.pid, at, fds, sizeof(fds)) == 0) {
        mark_own(c, fds[0], true);
        mark_own(c, fds[1], true);
    }
}

/* An epoll tells what is ready in the order in which it was, and remembers that of what is not
 * ready any more until it is asked; nobody can look at that. So the first answer of a copy's epoll
 * is the original's when it is no more than one event, of all that there are. One that watches a
 * single descriptor has no order. */
static const char *tells(struct copied *c, const uint64_t args[6], long n)
{
    int epoll = (int)args[0];

    if (!copied_owns(c, epoll) || c->in_doubt[epoll] == 0)
        return NULL;
    if (n > 1 || (n == (long)args[2] && c->in_doubt[epoll] > 1))
        return "several events are told, and their order is not known";
    c->in_doubt[epoll] = 0;
    return NULL;
}

/* Whoever opens it is on the same pipe. */
static bool is_named_pipe(const struct copied *c, long fd)
{
    char path[64];
    struct stat st;

    snprintf(path, sizeof(path), "/proc/%d/fd/%ld", c->live.pid, fd);
    return stat(path, &st) == 0 && S_ISFIFO(st.st_mode);
}

/* Descriptors that a call of the copy has made are its own. */
const char *copied_call_done(struct copied *c, const struct arch_call *call, long result)
{
    const uint64_t *a = call->args;

    if (result < 0)
        return NULL;
    switch (call->number) {
#ifdef SYS_open
    case SYS_open:
    case SYS_creat:
#endif
    case SYS_openat:
        mark_own(c, result, true);
        return is_named_pipe(c, result) ? "it opens what others may have open" : NULL;
#ifdef SYS_eventfd
    case SYS_eventfd:
    case SYS_epoll_create:
#endif
    case SYS_memfd_create:
    case SYS_eventfd2:
    case SYS_epoll_create1:
    case SYS_signalfd4:
    case SYS_timerfd_create: mark_own(c, result, true); break;
#ifdef SYS_pipe
    case SYS_pipe:
#endif
    case SYS_pipe2: mark_two(c, a[0]); break;
    case SYS_socketpair: mark_two(c, a[3]); break;
#ifdef SYS_dup2
    case SYS_dup2:
#endif
    case SYS_dup:
    case SYS_dup3: mark_dup(c, (int)a[0], result); break;
    case SYS_fcntl:
        if (a[1] == F_DUPFD || a[1] == F_DUPFD_CLOEXEC)
            mark_dup(c, (int)a[0], result);
        break;
    case SYS_close: mark_own(c, (long)a[0], false); break;
    case SYS_close_range:
        for (uint64_t fd = a[0]; fd <= a[1] && fd < COPIED_FDS && !(a[2] & CLOSE_RANGE_CLOEXEC);
             fd++)
            c->own[fd] = false;
        break;
#ifdef SYS_epoll_wait
    case SYS_epoll_wait:
#endif
    case SYS_epoll_pwait:
    case SYS_epoll_pwait2: return tells(c, a, result);
    default: break;
    }
    return NULL;
}
