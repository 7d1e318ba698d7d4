/* private.c - a copy gets pipes, sockets, counters and epolls of its own in the place of those that
 * it has in common with the original, by calls that it is made to make before it runs. What it then
 * does with them, nobody sees. */
#include "trial/breakpoint.h"
#include "trial/copied.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Arguments in memory lie where the copy's stack ends, over what is there, which is put back: it is
 * memory that surely can be written. */
#define ROOM      64
#define TOLD_MOST 4 /* events that fit */
#define NOT_MADE  "its descriptors can't be made its own"

struct maker {
    struct copied *c;
    struct arch_kept kept;
    uint64_t pc, room;
    unsigned char was[ROOM];
    int memory;
    bool failed;
};

static long make(struct maker *m, long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    const uint64_t args[6] = {a, b, c, d};
    long result = -1;

    m->failed = m->failed || arch_make(m->c->live.pid, &m->kept, m->pc, number, args, &result) != 0;
    m->failed = m->failed || result < 0;
    return result;
}

static void put(struct maker *m, const void *bytes, size_t n)
{
    m->failed = m->failed || memory_write(m->memory, m->room, bytes, n) != 0;
}

static void get(struct maker *m, void *bytes, size_t n)
{
    m->failed = m->failed || memory_read(m->c->live.pid, m->room, bytes, n) != 0;
}

/* The new one takes the place of the shared one. */
static void put_in_place(struct maker *m, int made, const struct channel_end *end)
{
    (void)make(m, SYS_dup3, (uint64_t)made, (uint64_t)end->fd, (uint64_t)(end->flags & O_CLOEXEC),
               0);
    m->c->own[end->fd] = true;
}

static void place_one(struct maker *m, int made, const struct channel_end *end)
{
    put_in_place(m, made, end);
    (void)make(m, SYS_close, (uint64_t)made, 0, 0, 0);
}

static void place_two(struct maker *m, const int made[2], const struct channel *c)
{
    put_in_place(m, made[0], &c->ends[0]);
    put_in_place(m, made[1], &c->ends[1]);
    if (made[1] == made[0] + 1) {
        (void)make(m, SYS_close_range, (uint64_t)made[0], (uint64_t)made[1], 0, 0);
        return;
    }
    (void)make(m, SYS_close, (uint64_t)made[0], 0, 0, 0);
    (void)make(m, SYS_close, (uint64_t)made[1], 0, 0, 0);
}

/* What can be done from here, through a descriptor of ours for the same end. */
static int fetch(struct maker *m, int fd)
{
    int mine = m->failed ? -1 : (int)syscall(SYS_pidfd_getfd, m->c->live.pid_fd, fd, 0);

    m->failed = m->failed || mine < 0;
    return mine;
}

static void set_flags(struct maker *m, int mine, int flags)
{
    const int settable = O_NONBLOCK | O_DIRECT;

    m->failed =
        m->failed || fcntl(mine, F_SETFL, flags & settable) != 0; /* those alone: fcntl(2) */
}

static void make_pipe(struct maker *m, const struct channel *c)
{
    const struct channel_end *from = &c->ends[0], *to = &c->ends[1];
    const int both = from->flags & to->flags & (O_NONBLOCK | O_DIRECT);
    int made[2] = {-1, -1}, mine;

    (void)make(m, SYS_pipe2, m->room, (uint64_t)both, 0, 0);
    get(m, made, sizeof(made));
    if (m->failed)
        return;
    place_two(m, made, c);
    if ((mine = fetch(m, from->fd)) < 0)
        return;
    set_flags(m, mine, from->flags);
    if (fcntl(mine, F_GETPIPE_SZ) != from->pipe_size)
        m->failed = m->failed || fcntl(mine, F_SETPIPE_SZ, from->pipe_size) != from->pipe_size;
    close(mine);
    if ((to->flags & (O_NONBLOCK | O_DIRECT)) == both && from->held_n == 0)
        return;
    if ((mine = fetch(m, to->fd)) < 0)
        return;
    m->failed = m->failed || (from->held_n != 0 &&
                              write(mine, from->held, from->held_n) != (ssize_t)from->held_n);
    set_flags(m, mine, to->flags);
    close(mine);
}

/* What lies in `to`, byte by byte, as programs that wake themselves write it. It must have cost as
 * much room as it did in the original, so that the socket is full when that one is. */
static void fill(struct maker *m, const struct channel_end *from, const struct channel_end *to)
{
    int mine, queued = -1;

    if (to->held_n == 0 && from->queued == 0)
        return;
    if ((mine = fetch(m, from->fd)) < 0)
        return;
    for (size_t i = 0; i < to->held_n && !m->failed; i++)
        m->failed = send(mine, &to->held[i], 1, MSG_DONTWAIT | MSG_NOSIGNAL) != 1;
    m->failed = m->failed || ioctl(mine, SIOCOUTQ, &queued) != 0 || queued != from->queued;
    close(mine);
}

static void make_pair(struct maker *m, const struct channel *c)
{
    int both = c->ends[0].flags & c->ends[1].flags & O_NONBLOCK;
    int made[2] = {-1, -1};

    (void)make(m, SYS_socketpair, AF_UNIX, (uint64_t)(c->type | both), 0, m->room);
    get(m, made, sizeof(made));
    if (m->failed)
        return;
    place_two(m, made, c);
    for (int i = 0; i < 2; i++) {
        int mine;
        if ((c->ends[i].flags & O_NONBLOCK) == both)
            continue;
        if ((mine = fetch(m, c->ends[i].fd)) >= 0) {
            set_flags(m, mine, c->ends[i].flags);
            close(mine);
        }
    }
    fill(m, &c->ends[0], &c->ends[1]);
    fill(m, &c->ends[1], &c->ends[0]);
}

static void make_timer(struct maker *m, const struct channel *c)
{
    const struct timespec *left = &c->timer.it_value;
    const struct channel_end *end = &c->ends[0];
    long made =
        make(m, SYS_timerfd_create, (uint64_t)c->type, (uint64_t)(end->flags & O_NONBLOCK), 0, 0);

    if (m->failed)
        return;
    place_one(m, (int)made, end);
    if (left->tv_sec == 0 && left->tv_nsec == 0)
        return;
    put(m, &c->timer, sizeof(c->timer));
    (void)make(m, SYS_timerfd_settime, (uint64_t)end->fd, 0, m->room, 0);
}

/* EPOLLET: what was told already is told here, to nobody. */
static void take_told(struct maker *m, const struct channel *c)
{
    long n = 0, due = 0;

    for (size_t i = 0; i < c->watches_n; i++)
        due += c->watches[i].ready;
    while (!m->failed && n < due) {
        long some = make(m, SYS_epoll_pwait, (uint64_t)c->ends[0].fd, m->room, TOLD_MOST, 0);
        m->failed = m->failed || some <= 0;
        n += some;
    }
    m->failed = m->failed || n != due;
}

static void make_epoll(struct maker *m, const struct channel *c)
{
    const struct channel_end *end = &c->ends[0];
    long made = make(m, SYS_epoll_create1, 0, 0, 0, 0);

    if (m->failed)
        return;
    place_one(m, (int)made, end);
    m->c->in_doubt[end->fd] = (unsigned)c->watches_n;
    for (size_t i = 0; i < c->watches_n && !m->failed; i++) {
        const struct watch *w = &c->watches[i];
        const struct epoll_event event = {.events = w->events, .data.u64 = w->data};
        put(m, &event, sizeof(event));
        (void)make(m, SYS_epoll_ctl, (uint64_t)end->fd, EPOLL_CTL_ADD, (uint64_t)w->fd, m->room);
        m->c->watched[w->fd] = !m->c->own[w->fd];
    }
    if (c->taken)
        take_told(m, c);
}

static void make_channel(struct maker *m, const struct channel *c)
{
    const struct channel_end *end = &c->ends[0];
    const uint64_t flags = (uint64_t)(end->flags & O_NONBLOCK);
    long made = -1;

    switch (c->kind) {
    case CHANNEL_PIPE: make_pipe(m, c); break;
    case CHANNEL_PAIR: make_pair(m, c); break;
    case CHANNEL_TIMERFD: make_timer(m, c); break;
    case CHANNEL_EPOLL: make_epoll(m, c); break;
    case CHANNEL_EVENTFD:
        made = make(m, SYS_eventfd2, c->value, flags | (uint64_t)c->type, 0, 0);
        break;
    case CHANNEL_SIGNALFD:
        put(m, &c->value, sizeof(c->value));
        made = make(m, SYS_signalfd4, (uint64_t)-1, m->room, sizeof(c->value), flags);
        break;
    }
    if (made >= 0 && !m->failed)
        place_one(m, (int)made, end);
}

const char *copied_channels(struct copied *c, uint64_t pc)
{
    const struct channels *all = &c->live.channels;
    pid_t pid = c->live.pid;
    struct maker m = {.c = c, .pc = pc};
    struct arch_regs regs;

    if (all->n == 0)
        return NULL;
    if (arch_regs_read(pid, &regs) != 0 || arch_make_begin(pid, &m.kept) != 0)
        return NOT_MADE;
    m.room = (regs.sp + 15) & ~(uint64_t)15;
    m.memory = memory_open(pid);
    m.failed = m.memory < 0 || memory_read(pid, m.room, m.was, sizeof(m.was)) != 0;
    for (size_t i = 0; i < all->n && !m.failed; i++)
        make_channel(&m, &all->list[i]);
    put(&m, m.was, sizeof(m.was));
    if (m.memory >= 0)
        close(m.memory);
    return arch_make_end(pid, &m.kept) != 0 || m.failed ? NOT_MADE : NULL;
}
