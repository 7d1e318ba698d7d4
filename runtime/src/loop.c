/* loop.c - see loop.h. A registration fires once (EPOLLONESHOT) and is dead from then on; the next
 * wait revives it. So a wait costs one epoll_ctl(2), and nothing fires for a wait that is over: one
 * that ends otherwise takes its registration out. The program may close descriptors and get other
 * files under the same number without telling us: epoll knows files, so that reviving the old one
 * fails (ENOENT), and the new one is registered. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "cancel.h"
#include "clock.h"
#include "loop.h"
#include "offload.h"
#include "schedule.h"

#define BATCH 256 /* events taken from one epoll_wait */

struct fd_wait {
    struct fiber *in;  /* waits to read, or NULL */
    struct fiber *out; /* waits to write, or NULL */
    bool known;        /* epoll knows the number, as far as we have not heard otherwise */
    bool fired;        /* its event is being handled: it is dead already */
    uint8_t dry;       /* > 0: reads have found nothing so far; how many more are taken to */
};

#define DRY 16

int loop_open(struct poller *poller)
{
    struct epoll_event event = {.events = EPOLLIN};
    int rc;

    *poller = (struct poller){.epoll = epoll_create1(EPOLL_CLOEXEC), .wake = -1};
    if (poller->epoll >= 0)
        poller->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    event.data.fd = poller->wake;
    if (poller->wake >= 0 && !epoll_ctl(poller->epoll, EPOLL_CTL_ADD, poller->wake, &event))
        return 0;
    rc = -errno;
    loop_close(poller);
    return rc;
}

void loop_close(struct poller *poller)
{
    if (poller->wake >= 0)
        close(poller->wake);
    if (poller->epoll >= 0)
        close(poller->epoll);
    free(poller->fds);
    *poller = (struct poller){.epoll = -1, .wake = -1};
}

void loop_forget_all(struct poller *poller)
{
    close(poller->wake);
    close(poller->epoll);
    poller->wake = poller->epoll = -1;
}

static int make_room(struct poller *poller, int fd)
{
    if (fd < poller->room)
        return 0;
    int room = poller->room ? poller->room : 64;
    while (room <= fd)
        room *= 2;
    struct fd_wait *fds = realloc(poller->fds, (size_t)room * sizeof(*fds));
    if (!fds)
        return -ENOMEM;
    for (int i = poller->room; i < room; i++)
        fds[i] = (struct fd_wait){0};
    poller->fds = fds;
    poller->room = room;
    return 0;
}

static uint32_t interest(const struct fd_wait *wait)
{
    return (wait->in ? (uint32_t)EPOLLIN | EPOLLRDHUP : 0) | (wait->out ? (uint32_t)EPOLLOUT : 0);
}

/* Tells epoll what is waited for now. */
static int update(struct poller *poller, int fd)
{
    struct fd_wait *wait = &poller->fds[fd];
    struct epoll_event event = {.events = interest(wait) | (uint32_t)EPOLLONESHOT, .data.fd = fd};
    int op = wait->known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

    if (!interest(wait))
        op = EPOLL_CTL_DEL;
    wait->known = op != EPOLL_CTL_DEL;
    if (!epoll_ctl(poller->epoll, op, fd, &event))
        return 0;
    if ((op == EPOLL_CTL_MOD && errno == ENOENT &&
         !epoll_ctl(poller->epoll, EPOLL_CTL_ADD, fd, &event)) ||
        (op == EPOLL_CTL_ADD && errno == EEXIST &&
         !epoll_ctl(poller->epoll, EPOLL_CTL_MOD, fd, &event)))
        return 0;
    wait->known = false;
    return -errno;
}

static void leave(struct fd_wait *wait, const struct fiber *fiber)
{
    if (wait->in == fiber)
        wait->in = NULL;
    if (wait->out == fiber)
        wait->out = NULL;
}

/* Who waits for answers reads too early nearly every time: that is a system call for nothing. One
 * read in DRY tries all the same. */
bool loop_dry(struct poller *poller, int fd)
{
    if (fd < 0 || fd >= poller->room || !poller->fds[fd].dry)
        return false;
    poller->fds[fd].dry--;
    return true;
}

void loop_tried(struct poller *poller, int fd, bool found)
{
    if (fd < poller->room)
        poller->fds[fd].dry = found ? 0 : DRY;
}

/* Somebody still waits for the other direction. When epoll does not take that any more, nothing
 * would ever wake them: they are told why instead. */
static void renew(struct runtime *rt, int fd)
{
    struct fd_wait *wait = &rt->poller.fds[fd];
    int rc = update(&rt->poller, fd);

    if (!rc)
        return;
    wait->fired = true; /* nothing is registered that would have to be taken out */
    if (wait->in)
        sched_wake(wait->in, rc);
    if (wait->out)
        sched_wake(wait->out, rc);
    wait->fired = false;
}

int loop_watch(struct runtime *rt, struct fiber *fiber)
{
    struct poller *poller = &rt->poller;
    int fd = fiber->fd, rc = make_room(poller, fd);

    if (rc)
        return rc;
    struct fd_wait *wait = &poller->fds[fd];
    if ((fiber->fd_events & QS_READ && wait->in) || (fiber->fd_events & QS_WRITE && wait->out))
        return -EBUSY;
    if (fiber->fd_events & QS_READ)
        wait->in = fiber;
    if (fiber->fd_events & QS_WRITE)
        wait->out = fiber;
    rc = update(poller, fd);
    if (rc) {
        leave(wait, fiber);
        if (interest(wait)) /* the registration of the other direction has gone with this one's */
            renew(rt, fd);
        return rc == -EPERM
                   ? 1
                   : rc; /* EPERM: epoll_ctl(2) has no use for files that are always ready */
    }
    poller->waiting++;
    return 0;
}

void loop_forget(struct runtime *rt, struct fiber *fiber)
{
    struct fd_wait *wait = &rt->poller.fds[fiber->fd];

    leave(wait, fiber);
    rt->poller.waiting--;
    if (!wait->fired)
        renew(rt, fiber->fd); /* fails if the program closed fd; then there is nothing to undo */
}

static void dispatch(struct runtime *rt, const struct epoll_event *event)
{
    struct poller *poller = &rt->poller;
    int fd = event->data.fd;
    uint64_t count;

    if (fd == poller->wake) {
        while (read(fd, &count, sizeof(count)) < 0 && errno == EINTR)
            ;
        offload_collect(rt);
        return;
    }
    struct fd_wait *wait = &poller->fds[fd];
    bool broken = event->events & (EPOLLERR | EPOLLHUP);
    int ready = (broken || event->events & (EPOLLIN | EPOLLRDHUP) ? QS_READ : 0) |
                (broken || event->events & EPOLLOUT ? QS_WRITE : 0);
    wait->fired = true;
    if (wait->in && ready & QS_READ)
        sched_wake(wait->in, ready & wait->in->fd_events);
    if (wait->out && ready & QS_WRITE)
        sched_wake(wait->out, ready & wait->out->fd_events);
    wait->fired = false;
    if (interest(wait))
        renew(rt, fd);
}

static int wait_events(struct poller *poller, struct epoll_event *events, int64_t left)
{
    if (!poller->coarse) {
        struct timespec time = {.tv_sec = left / QS_SECOND, .tv_nsec = left % QS_SECOND};
        int n = epoll_pwait2(poller->epoll, events, BATCH, left == QS_FOREVER ? NULL : &time, NULL);

        if (n >= 0 || errno != ENOSYS)
            return n;
        poller->coarse = true; /* before Linux 5.11 */
    }
    int64_t ms = left == QS_FOREVER ? -1 : left / QS_MILLISECOND + (left % QS_MILLISECOND != 0);
    return epoll_wait(poller->epoll, events, BATCH, ms > INT32_MAX ? INT32_MAX : (int)ms);
}

/* Nobody can run. A virtual clock jumps to what is due next, or follows the real one while somebody
 * waits for another thread or process. */
static int wait_virtually(struct runtime *rt, struct epoll_event *events, int64_t due)
{
    int64_t began = clock_raw(), now = qs_now();
    int n = wait_events(&rt->poller, events, rt->poller.outside ? due - now : 0);

    if (n)
        return n;
    if (rt->poller.outside && now + clock_raw() - began < due)
        due = now + clock_raw() - began;
    clock_set_virtual(due > now ? due : now);
    return 0;
}

static void poll_events(struct runtime *rt)
{
    struct epoll_event events[BATCH];
    int64_t due = rt->timers.first ? rt->timers.first->at : QS_FOREVER, left = QS_FOREVER;

    if (rt->escalate_at < due)
        due = rt->escalate_at;
    if (!list_empty(&rt->ready)) {
        if (!rt->poller.waiting)
            return; /* only a signal could be there, and those are counted */
        left = 0;
    } else if (due != QS_FOREVER) {
        left = due - qs_now();
        left = left < 0 ? 0 : left;
    }
    if (left)
        clock_wait_begin(due);
    int n = rt->virtual_clock && left && left != QS_FOREVER
                ? wait_virtually(rt, events, due)
                : wait_events(&rt->poller, events, left);
    if (left)
        clock_wait_end();
    for (int i = 0; i < n; i++)
        dispatch(rt, &events[i]);
}

void loop_run(struct runtime *rt)
{
    while (!rt->main_over) {
        cancel_by_signals(rt);
        poll_events(rt);
        cancel_by_signals(rt);
        rt->now = qs_now();
        if (rt->timers.first)
            timers_run(rt, &rt->timers, rt->now);
        rt->budget = rt->order.seed ? 1 + order_below(&rt->order, SCHED_BUDGET) : SCHED_BUDGET;
        sched_leave(rt, &rt->loop, false);
    }
}
