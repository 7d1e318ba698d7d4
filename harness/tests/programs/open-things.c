/* open-things.c - ends with one descriptor of each sort open, and a thread that waits in a read. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

static int ends[2];
static _Atomic int reader;

static void *wait_for_byte(void *unused)
{
    char byte;

    reader = gettid();
    (void)!read(ends[0], &byte, 1);
    return unused;
}

/* The thread has come to its read. */
static int is_reading(void)
{
    char path[64];
    int number = -1;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", reader);
    f = fopen(path, "re");
    if (f != NULL && fscanf(f, "%d", &number) != 1)
        number = -1;
    if (f != NULL)
        fclose(f);
    return number == SYS_read;
}

static void open_sockets(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0open-things"};
    socklen_t len = sizeof(address);
    int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    int local = socket(AF_UNIX, SOCK_DGRAM, 0);

    if (bind(server, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(server, 1) != 0 ||
        getsockname(server, (struct sockaddr *)&address, &len) != 0 ||
        connect(client, (struct sockaddr *)&address, sizeof(address)) != 0)
        exit(2);
    snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "open-things-%d", (int)getpid());
    if (bind(local, (struct sockaddr *)&name,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name.sun_path + 1))) !=
        0)
        exit(3);
}

int main(void)
{
    struct epoll_event event = {.events = EPOLLIN};
    pthread_t thread;
    int poller;

    if (pipe(ends) != 0 || open("/etc/passwd", O_RDONLY) < 0)
        return 1;
    open_sockets();
    poller = epoll_create1(0);
    (void)epoll_ctl(poller, EPOLL_CTL_ADD, ends[0], &event);
    (void)timerfd_create(CLOCK_MONOTONIC, 0);
    (void)eventfd(7, 0);
    (void)memfd_create("scratch", 0);
    (void)syscall(SYS_pidfd_open, getpid(), 0);
    (void)inotify_init();
    if (pthread_create(&thread, NULL, wait_for_byte, NULL) != 0)
        return 1;
    pthread_setname_np(thread, "reader-1");
    puts("ready");
    fflush(stdout);
    while (!is_reading())
        sched_yield();
    return 0;
}
