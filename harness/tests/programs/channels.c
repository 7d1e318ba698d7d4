/* channels.c - talks to itself, in the way that the first argument names; SIGINT is told to its
 * loop through one of its channels. Ends with 3 when the loop heard of it, 0 when not, and more
 * when a channel did not hold what it should. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define ROUNDS 3
#define HEARD  3

static int wake[2], to;

static void on_int(int sig)
{
    int was = errno;

    (void)sig;
    (void)!write(to, "!", 1);
    errno = was;
}

static void need(bool so, int code)
{
    if (!so)
        _exit(code);
}

static void listen_for_int(void)
{
    struct sigaction act = {.sa_handler = on_int};

    to = wake[1];
    need(sigaction(SIGINT, &act, NULL) == 0, 10);
}

static bool heard(void)
{
    char byte;

    return read(wake[0], &byte, 1) == 1;
}

/* A pipe to wake it, and one that is never empty. */
static int by_pipe(bool twice)
{
    int work[2];
    char byte;

    need(pipe2(wake, O_NONBLOCK | O_CLOEXEC) == 0 && pipe(work) == 0, 11);
    listen_for_int();
    if (twice)
        to = dup(wake[1]);
    need(write(work[1], "abc", 3) == 3, 12);
    for (int i = 0; i < ROUNDS; i++) {
        if (heard())
            return HEARD;
        need(write(work[1], "def" + i, 1) == 1, 13);
        need(read(work[0], &byte, 1) == 1 && byte == "abc"[i], 14);
    }
    need((fcntl(wake[0], F_GETFL) & O_NONBLOCK) != 0 && (fcntl(work[0], F_GETFL) & O_NONBLOCK) == 0,
         15);
    need(fcntl(wake[0], F_GETFD) == FD_CLOEXEC && fcntl(work[1], F_GETFD) == 0, 16);
    return heard() ? HEARD : 0;
}

static void watch(int epoll, int fd, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.fd = fd};

    need(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) == 0, 20);
}

struct loop {
    int epoll, count, work[2], signals, timer;
    bool heard;
};

static void loop_open(struct loop *l)
{
    struct itimerspec later = {.it_value.tv_sec = 1000};
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, wake) == 0, 21);
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    l->count = eventfd(0, EFD_NONBLOCK);
    l->timer = timerfd_create(CLOCK_MONOTONIC, 0);
    l->signals = signalfd(-1, &set, SFD_NONBLOCK);
    need(sigprocmask(SIG_BLOCK, &set, NULL) == 0 && pipe(l->work) == 0, 22);
    need(timerfd_settime(l->timer, 0, &later, NULL) == 0, 23);
    watch(l->epoll, l->timer, EPOLLIN);
    watch(l->epoll, l->count, EPOLLIN);
    watch(l->epoll, l->signals, EPOLLIN);
    watch(l->epoll, wake[0], EPOLLIN);
    watch(l->epoll, l->work[0], EPOLLIN);
}

static void take(struct loop *l, int fd)
{
    uint64_t one;
    char byte;

    if (fd == wake[0]) {
        need(recv(fd, &byte, 1, 0) == 1, 26);
        l->heard = true;
    } else if (fd == l->count) {
        need(read(fd, &one, sizeof(one)) == sizeof(one) && one == 1, 27);
    } else {
        need(fd == l->work[0] && read(fd, &byte, 1) == 1, 28);
    }
}

/* What it has in its epoll, at most `most` at once; how many that were. */
static int loop_turn(struct loop *l, int most, int wait)
{
    struct epoll_event told[8];
    int n;

    while ((n = epoll_wait(l->epoll, told, most, wait)) < 0 && errno == EINTR)
        ;
    for (int i = 0; i < n; i++)
        take(l, told[i].data.fd);
    return n;
}

/* drained: what came before the loop looks is thrown away, and the signal with it. */
static int by_epoll(bool drained)
{
    const uint64_t one = 1;
    struct loop l = {0};
    char bytes[64];

    loop_open(&l);
    listen_for_int();
    for (int i = 0; i < ROUNDS && !l.heard; i++) {
        while (drained && recv(wake[0], bytes, sizeof(bytes), 0) > 0)
            ;
        (void)loop_turn(&l, 8, 0);
        if (i % 2 == 0)
            need(write(l.count, &one, sizeof(one)) == sizeof(one), 24);
        else
            need(write(l.work[1], "w", 1) == 1, 25);
        need(loop_turn(&l, 8, -1) >= 1, 29);
    }
    close(l.work[0]);
    return l.heard || (!drained && recv(wake[0], bytes, sizeof(bytes), 0) > 0) ? HEARD : 0;
}

/* Two are ready at once, and it asks for one: which one depends on what was told before. */
static int by_order(void)
{
    const uint64_t one = 1;
    struct loop l = {0};

    loop_open(&l);
    listen_for_int();
    for (int i = 0; i < ROUNDS && !l.heard; i++) {
        need(write(l.count, &one, sizeof(one)) == sizeof(one) && write(l.work[1], "w", 1) == 1, 24);
        for (int taken = 0; taken < 2 && !l.heard; taken++)
            need(loop_turn(&l, 1, -1) == 1, 29);
    }
    return l.heard ? HEARD : 0;
}

/* Nothing but what wakes it, and it asks for no more: so does every asyncio program without
 * sockets.
 */
static int by_single(void)
{
    struct epoll_event told;
    int epoll = epoll_create1(0), n;
    char byte;

    need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, wake) == 0, 35);
    listen_for_int();
    watch(epoll, wake[0], EPOLLIN);
    for (int i = 0; i < 2 * ROUNDS; i++) {
        while ((n = epoll_wait(epoll, &told, 1, 1)) < 0 && errno == EINTR)
            ;
        if (n == 1)
            return recv(wake[0], &byte, 1, 0) == 1 ? HEARD : 36;
    }
    return recv(wake[0], &byte, 1, 0) == 1 ? HEARD : 0;
}

/* Edges: what was told is not told again, what was not is. */
static int by_edges(void)
{
    struct epoll_event told[2];
    int epoll = epoll_create1(0), work[2];

    need(pipe2(wake, O_NONBLOCK) == 0 && pipe(work) == 0, 30);
    listen_for_int();
    watch(epoll, work[0], EPOLLIN | EPOLLET);
    for (int i = 0; i < ROUNDS; i++) {
        need(epoll_wait(epoll, told, 2, 0) == 0, 31);
        need(write(work[1], "w", 1) == 1, 32);
        need(epoll_wait(epoll, told, 2, 0) == 1, 33);
        if (heard())
            return HEARD;
    }
    return heard() ? HEARD : 0;
}

/* One that was told once and has to be armed again: no call makes such a watch. */
static int by_oneshot(void)
{
    struct epoll_event told[2];
    int epoll = epoll_create1(0), work[2];

    need(pipe2(wake, O_NONBLOCK) == 0 && pipe(work) == 0, 40);
    listen_for_int();
    watch(epoll, work[0], EPOLLIN | EPOLLONESHOT);
    need(write(work[1], "w", 1) == 1 && epoll_wait(epoll, told, 2, 0) == 1, 41);
    for (int i = 0; i < ROUNDS; i++)
        need(epoll_wait(epoll, told, 2, 0) == 0, 42);
    return heard() ? HEARD : 0;
}

/* A watched file that the original has open, too. */
static int by_fifo(void)
{
    struct epoll_event told[2];
    int epoll = epoll_create1(0), fifo;

    need(pipe2(wake, O_NONBLOCK) == 0 && mkfifo("fifo", 0600) == 0, 50);
    fifo = open("fifo", O_RDWR | O_NONBLOCK);
    listen_for_int();
    watch(epoll, fifo, EPOLLIN);
    need(epoll_wait(epoll, told, 2, 0) == 0, 51);
    close(fifo);
    need(epoll_wait(epoll, told, 2, 0) == 0, 52);
    return heard() ? HEARD : 0;
}

int main(int argc, char **argv)
{
    const char *way = argc > 1 ? argv[1] : "";

    if (strcmp(way, "pipe") == 0 || strcmp(way, "twice") == 0)
        return by_pipe(way[0] == 't');
    if (strcmp(way, "epoll") == 0 || strcmp(way, "drained") == 0)
        return by_epoll(way[0] == 'd');
    if (strcmp(way, "order") == 0)
        return by_order();
    if (strcmp(way, "single") == 0)
        return by_single();
    if (strcmp(way, "edges") == 0)
        return by_edges();
    if (strcmp(way, "oneshot") == 0)
        return by_oneshot();
    return strcmp(way, "fifo") == 0 ? by_fifo() : 1;
}
