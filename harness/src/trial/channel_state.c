/* channel_state.c - what a pipe, pair, counter, timer or epoll of the stopped original holds, and
 * whether one like it can be made: from fdinfo (proc(5)), kcmp(2), and the thing itself, through a
 * descriptor of ours (pidfd_getfd(2)). Nothing is taken out. */
#include "trial/channels.h"

#include "support/buf.h"
#include "trial/live.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define PAIR_HELD_MOST 64 /* bytes in a socket: one is written at a time */

static int fetch(const struct look *k, int fd)
{
    return (int)syscall(SYS_pidfd_getfd, k->l->pid_fd, fd, 0);
}

static FILE *info_open(const struct look *k, int fd)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", k->l->pid, fd);
    return fopen(path, "re");
}

/* Another number of the same open file; also when that can't be known. */
static bool has_twin(const struct look *k, const struct open_end *one)
{
    pid_t pid = k->l->pid;

    for (size_t i = 0; i < k->n; i++) {
        const struct open_end *other = &k->list[i];
        if (other != one && other->type == one->type &&
            syscall(SYS_kcmp, pid, pid, KCMP_FILE, one->fd, other->fd) <= 0)
            return true; /* 0: it is the same; -1: not known */
    }
    return false;
}

/* The flags that can be given to one that is made anew. */
static bool end_look(const struct look *k, int fd, struct channel_end *end)
{
    const unsigned known =
        O_ACCMODE | O_NONBLOCK | O_CLOEXEC | O_DIRECT | 0100000; /* O_LARGEFILE */
    unsigned flags = UINT_MAX;
    char line[128];
    FILE *f = info_open(k, fd);
    bool in_flight = false;

    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        unsigned scm;
        (void)sscanf(line, "flags: %o", &flags);
        in_flight |= sscanf(line, "scm_fds: %u", &scm) == 1 && scm != 0;
    }
    if (f != NULL)
        fclose(f);
    *end = (struct channel_end){.fd = fd, .flags = (int)flags};
    return fd < COPIED_FDS && (flags & ~known) == 0 && !in_flight;
}

static short ready(int mine, short events)
{
    struct pollfd p = {.fd = mine, .events = events};

    return poll(&p, 1, 0) >= 0 ? p.revents : POLLERR;
}

static bool is_owned(int mine) /* it sends SIGIO to someone */
{
    return fcntl(mine, F_GETOWN) != 0 || fcntl(mine, F_GETSIG) != 0;
}

/* ----------------------------------------------------------------------- pipes and pairs */

/* What is in the pipe, without taking it out. */
static bool pipe_hold(int from, int to, struct channel_end *end)
{
    int n = 0, between[2];
    bool same = false;

    if (ioctl(from, FIONREAD, &n) != 0 || n > HELD_MOST)
        return false;
    if (n == 0)
        return true;
    if ((end->flags & O_DIRECT) != 0 || (ready(to, POLLOUT) & POLLOUT) == 0 ||
        pipe2(between, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    end->held = mem_alloc((size_t)n);
    end->held_n = (size_t)n;
    same = tee(from, between[1], (size_t)n, SPLICE_F_NONBLOCK) == n &&
           read(between[0], end->held, (size_t)n) == n;
    close(between[0]);
    close(between[1]);
    return same;
}

/* The harness has an end of it. */
static bool is_ours(const struct live *l, uint64_t inode)
{
    const int ends[] = {l->out_fd, l->err_fd, l->event_fd};
    struct stat st;

    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        if (ends[i] >= 0 && fstat(ends[i], &st) == 0 && st.st_ino == inode)
            return true;
    }
    return false;
}

static bool pipe_look(const struct look *k, const struct open_end *one, struct channel *c)
{
    const struct open_end *other = NULL;
    int from, to;
    bool same;

    for (size_t i = 0; i < k->n; i++) {
        const struct open_end *o = &k->list[i];
        if (o == one || o->type != 'p' || o->inode != one->inode)
            continue;
        if (other != NULL)
            return false; /* a third */
        other = o;
    }
    if (is_ours(k->l, one->inode))
        return false;
    if (other == NULL || (one->mode & 0600) != 0400 || (other->mode & 0600) != 0200)
        return false;
    if (!end_look(k, one->fd, &c->ends[0]) || !end_look(k, other->fd, &c->ends[1]))
        return false;
    from = fetch(k, one->fd);
    to = fetch(k, other->fd);
    c->ends[0].pipe_size = fcntl(from, F_GETPIPE_SZ);
    same = from >= 0 && to >= 0 && !is_owned(from) && !is_owned(to) &&
           pipe_hold(from, to, &c->ends[0]);
    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    return same;
}

/* What can be read here, without taking it out. */
static bool socket_hold(int mine, int type, struct channel_end *end)
{
    unsigned char bytes[PAIR_HELD_MOST + 1];
    char control[64];
    struct iovec all = {bytes, sizeof(bytes)};
    struct msghdr m = {.msg_iov = &all,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof(control)};
    short now = ready(mine, POLLIN | POLLRDHUP);
    ssize_t n;

    if (ioctl(mine, SIOCOUTQ, &end->queued) != 0 || (now & ~POLLIN) != 0 || is_owned(mine))
        return false;
    if (now == 0)
        return true;
    n = recvmsg(mine, &m, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (type != SOCK_STREAM || n <= 0 || n > PAIR_HELD_MOST || m.msg_controllen != 0 ||
        (m.msg_flags & MSG_CTRUNC) != 0)
        return false;
    end->held = mem_alloc((size_t)n);
    end->held_n = (size_t)n;
    memcpy(end->held, bytes, (size_t)n);
    return true;
}

static bool pair_look(const struct look *k, const struct open_end *one, struct channel *c)
{
    struct socket_pair *pair = socket_pair_of(&k->l->channels, one->inode);
    int found = 0;

    if (pair == NULL || pair->inodes[0] != one->inode)
        return false;
    c->type = pair->type;
    for (size_t i = 0; i < k->n; i++) {
        const struct open_end *o = &k->list[i];
        int at = o->inode == pair->inodes[0] ? 0 : 1, mine;
        bool same;
        if (o->type != 's' || o->inode != pair->inodes[at])
            continue;
        if (found++ > 1 || c->ends[at].flags != 0 || !end_look(k, o->fd, &c->ends[at]) ||
            (mine = fetch(k, o->fd)) < 0)
            return false; /* two numbers of one end, perhaps */
        same = socket_hold(mine, c->type, &c->ends[at]);
        close(mine);
        if (!same)
            return false;
    }
    return found == 2;
}

/* ---------------------------------------------------------------- counts, masks, timers */

static bool count_look(const struct look *k, const struct open_end *one, struct channel *c)
{
    FILE *f = info_open(k, one->fd);
    unsigned semaphore = 2;
    char line[128];
    bool known = false;

    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        if (c->kind == CHANNEL_EVENTFD) {
            known |= sscanf(line, "eventfd-count: %" SCNx64, &c->value) == 1;
            (void)sscanf(line, "eventfd-semaphore: %u", &semaphore);
        } else {
            known |= sscanf(line, "sigmask: %" SCNx64, &c->value) == 1;
        }
    }
    if (f != NULL)
        fclose(f);
    c->type = semaphore == 1 ? EFD_SEMAPHORE : 0;
    if (c->kind == CHANNEL_EVENTFD && (semaphore == 2 || c->value > UINT_MAX))
        return false; /* the kernel does not tell which kind it is (before Linux 6.5) */
    return known && end_look(k, one->fd, &c->ends[0]) && !has_twin(k, one);
}

static bool timer_look(const struct look *k, const struct open_end *one, struct channel *c)
{
    unsigned long long ticks = 1;
    FILE *f = info_open(k, one->fd);
    unsigned flags = TFD_TIMER_CANCEL_ON_SET;
    char line[128];
    int got = 0;

    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        struct timespec t;
        got += sscanf(line, "clockid: %d", &c->type) == 1;
        got += sscanf(line, "ticks: %llu", &ticks) == 1;
        got += sscanf(line, "settime flags: %o", &flags) == 1;
        if (sscanf(line, "it_value: (%ld, %ld)", &t.tv_sec, &t.tv_nsec) == 2 && ++got)
            c->timer.it_value = t;
        if (sscanf(line, "it_interval: (%ld, %ld)", &t.tv_sec, &t.tv_nsec) == 2 && ++got)
            c->timer.it_interval = t;
    }
    if (f != NULL)
        fclose(f);
    return got == 5 && ticks == 0 && (flags & TFD_TIMER_CANCEL_ON_SET) == 0 &&
           (c->type == CLOCK_MONOTONIC || c->type == CLOCK_REALTIME || c->type == CLOCK_BOOTTIME) &&
           end_look(k, one->fd, &c->ends[0]) && !has_twin(k, one);
}

/* -------------------------------------------------------------------------------- epolls */

/* It was not closed and its number used for another one. */
static bool is_watched_file(const struct look *k, int epoll, int fd)
{
    struct kcmp_epoll_slot slot = {.efd = (uint32_t)epoll, .tfd = (uint32_t)fd};
    pid_t pid = k->l->pid;

    return syscall(SYS_kcmp, pid, pid, KCMP_EPOLL_TFD, fd, &slot) == 0;
}

static bool watch_look(const struct look *k, int epoll, struct watch *w)
{
    const struct open_end *o = NULL;
    int mine;

    for (size_t i = 0; i < k->n && o == NULL; i++)
        o = k->list[i].fd == w->fd ? &k->list[i] : NULL;
    if (o == NULL || o->type == 'e' || w->fd >= COPIED_FDS || !is_watched_file(k, epoll, w->fd))
        return false;
    if ((w->events & (EPOLLERR | EPOLLHUP)) == 0)
        return false; /* EPOLLONESHOT, and it has been told: there is no call that makes that */
    if (o->type == 'g')
        return true; /* no signal is pending: snapshot.c; poll() here would look for ours */
    if ((mine = fetch(k, w->fd)) < 0)
        return false;
    w->ready = (ready(mine, (short)(w->events & 0xffff)) & (w->events & 0xffff)) != 0;
    close(mine);
    return true;
}

/* Level-triggered watches are ready when their files are. An edge may have been told already:
 * where nothing is to be told, all were; where one file is ready, it is the one to be told. */
static bool readiness_look(const struct look *k, struct channel *c)
{
    size_t n = 0, edges = 0, level = 0;
    int mine;
    bool same;

    for (size_t i = 0; i < c->watches_n; i++) {
        const struct watch *w = &c->watches[i];
        n += w->ready;
        edges += (w->events & (EPOLLET | EPOLLONESHOT)) != 0;
        level += w->ready && (w->events & EPOLLET) == 0;
    }
    c->edges = edges != 0;
    if (n == 0 || edges == 0)
        return true;
    if ((mine = fetch(k, c->ends[0].fd)) < 0)
        return false;
    if ((ready(mine, POLLIN) & POLLIN) != 0)
        same = n == 1;
    else
        same = c->taken = level == 0;
    close(mine);
    return same;
}

static bool epoll_look(const struct look *k, const struct open_end *one, struct channel *c)
{
    FILE *f = info_open(k, one->fd);
    char line[256];
    bool same = f != NULL;

    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        struct watch w = {0};
        if (sscanf(line, "tfd: %d events: %x data: %" SCNx64, &w.fd, &w.events, &w.data) != 3)
            continue;
        same = same && watch_look(k, one->fd, &w);
        c->watches = mem_grow(c->watches, c->watches_n + 1, sizeof(*c->watches));
        c->watches[c->watches_n++] = w;
    }
    if (f != NULL)
        fclose(f);
    return same && end_look(k, one->fd, &c->ends[0]) && !has_twin(k, one) && readiness_look(k, c);
}

/* ------------------------------------------------------------------------------ any one */

bool channel_look(const struct look *k, const struct open_end *one, struct channel *c)
{
    switch (one->type) {
    case 'p': c->kind = CHANNEL_PIPE; return pipe_look(k, one, c);
    case 's': c->kind = CHANNEL_PAIR; return pair_look(k, one, c);
    case 'v': c->kind = CHANNEL_EVENTFD; return count_look(k, one, c);
    case 'g': c->kind = CHANNEL_SIGNALFD; return count_look(k, one, c);
    case 't': c->kind = CHANNEL_TIMERFD; return timer_look(k, one, c);
    default: c->kind = CHANNEL_EPOLL; return epoll_look(k, one, c);
    }
}
