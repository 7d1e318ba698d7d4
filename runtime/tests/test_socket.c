/* test_socket.c - accept and connect. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "rig.h"

static int listener, rc_of_task, fd_of_task;
static struct sockaddr_in address;
static struct sockaddr_un un_address;
static socklen_t len, un_len;

static void listen_tcp(int queue)
{
    address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    len = sizeof(address);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ck_assert_int_ge(listener, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, len), 0);
    ck_assert_int_eq(listen(listener, queue), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
}

static void listen_unix(void)
{
    un_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    un_len = sizeof(un_address);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ck_assert_int_ge(listener, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&un_address, sizeof(sa_family_t)), 0);
    ck_assert_int_eq(listen(listener, 0), 0); /* one connection, and no more */
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&un_address, &un_len), 0);
}

static int tcp(int flags)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

    ck_assert_int_ge(fd, 0);
    return fd;
}

static int unix_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(fd, 0);
    return fd;
}

static int connect_tcp(int fd, int64_t deadline)
{
    return qs_connect(fd, (struct sockaddr *)&address, len, deadline);
}

static int connect_unix(int fd, int64_t deadline)
{
    return qs_connect(fd, (struct sockaddr *)&un_address, un_len, deadline);
}

static int greet(void *arg)
{
    int fd = tcp((int)(intptr_t)arg), flags = fcntl(fd, F_GETFL);

    ck_assert_int_eq(connect_tcp(fd, QS_FOREVER), 0);
    ck_assert_int_eq(fcntl(fd, F_GETFL), flags); /* blocking or not, as it was */
    ck_assert_int_eq((int)qs_write(fd, "hello", 5, QS_FOREVER), 5);
    close(fd);
    return 0;
}

static int greeted_main(void *arg)
{
    struct sockaddr_in from;
    socklen_t from_len = sizeof(from);
    struct qs_group *group;
    char buf[8];
    int fd;

    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, greet, arg, NULL);
    fd = qs_accept(listener, (struct sockaddr *)&from, &from_len, SOCK_NONBLOCK, QS_FOREVER);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(from.sin_family, AF_INET);
    ck_assert_uint_eq(from_len, sizeof(from));
    ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
    ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    ck_assert_int_eq((int)qs_read(fd, buf, sizeof(buf), QS_FOREVER), 5);
    ck_assert_int_eq((int)qs_read(fd, buf, sizeof(buf), QS_FOREVER), 0);
    close(fd);
    return qs_group_close(group, NULL);
}

START_TEST(two_tasks_meet_over_tcp_with_blocking_sockets_or_not)
{
    listen_tcp(4);
    ck_assert_int_eq(rig_run(greeted_main, (void *)0), 0);
    ck_assert_int_eq(rig_run(greeted_main, (void *)SOCK_NONBLOCK), 0);
    close(listener);
}
END_TEST

static int errors_main(void *arg)
{
    int fd = tcp(0);

    (void)arg;
    ck_assert_int_eq(qs_accept(listener, NULL, NULL, 0, qs_now()), -ETIMEDOUT);
    ck_assert_int_eq(qs_accept(listener, NULL, NULL, O_APPEND, qs_now()), -EINVAL);
    ck_assert_int_eq(qs_accept(-1, NULL, NULL, 0, qs_now()), -EBADF);
    close(listener);
    ck_assert_int_eq(connect_tcp(fd, QS_FOREVER), -ECONNREFUSED); /* nobody listens there now */
    ck_assert_int_eq(connect_tcp(-1, QS_FOREVER), -EBADF);
    close(fd);
    qs_cancel(1);
    fd = tcp(0);
    ck_assert_int_eq(connect_tcp(fd, QS_FOREVER), -ECANCELED);
    close(fd);
    return 0;
}

START_TEST(accept_and_connect_report_their_errors)
{
    int fd = tcp(0);

    listen_tcp(1);
    rig_run(errors_main, NULL);
    ck_assert_int_eq(connect_tcp(fd, QS_FOREVER), -EPERM);
    ck_assert_int_eq(qs_accept(fd, NULL, NULL, 0, QS_FOREVER), -EPERM);
    close(fd);
}
END_TEST

static int accept_task(void *arg)
{
    (void)arg;
    rc_of_task = qs_accept(listener, NULL, NULL, 0, QS_FOREVER);
    return rc_of_task < 0 ? rc_of_task : 0;
}

static int cancelled_accept_main(void *arg)
{
    struct qs_group *group;
    int fd = unix_socket();

    (void)arg;
    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, accept_task, NULL, NULL);
    qs_yield();
    /* The connection is there, and nobody has looked: it stays in the queue. */
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&un_address, un_len), 0);
    qs_group_cancel(group);
    ck_assert_int_eq(qs_group_close(group, NULL), -ECANCELED);
    ck_assert_int_eq(rc_of_task, -ECANCELED);
    close(fd);
    fd = qs_accept(listener, NULL, NULL, 0, qs_now());
    ck_assert_int_ge(fd, 0);
    close(fd);
    return 0;
}

START_TEST(cancelled_accept_leaves_the_connection_in_the_queue)
{
    listen_unix();
    rig_run(cancelled_accept_main, NULL);
    close(listener);
}
END_TEST

static int connect_task(void *arg)
{
    rc_of_task = arg ? connect_tcp(fd_of_task, QS_FOREVER) : connect_unix(fd_of_task, QS_FOREVER);
    return rc_of_task;
}

static int full_queue_main(void *arg)
{
    struct qs_group *group;
    int first = unix_socket(), second = unix_socket(), accepted;

    (void)arg;
    fd_of_task = unix_socket();
    ck_assert_int_eq(connect_unix(first, QS_FOREVER), 0);
    ck_assert_int_eq(connect_unix(second, qs_now() + QS_MILLISECOND), -ETIMEDOUT);
    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, connect_task, NULL, NULL);
    qs_sleep(qs_now());
    accepted = qs_accept(listener, NULL, NULL, 0, QS_FOREVER); /* room for the next */
    ck_assert_int_ge(accepted, 0);
    ck_assert_int_eq(qs_group_close(group, NULL), 0);
    ck_assert_int_eq(rc_of_task, 0);
    close(first);
    close(second);
    close(accepted);
    close(fd_of_task);
    return 0;
}

START_TEST(connect_waits_for_room_in_a_unix_sockets_queue)
{
    listen_unix();
    rig_run(full_queue_main, NULL);
    close(listener);
}
END_TEST

/* A listener whose queue is full does not answer: connecting takes long. */
static int cancelled_connect_main(void *arg)
{
    struct sockaddr_in peer;
    socklen_t peer_len = sizeof(peer);
    int fillers[4], n, other, error;
    struct qs_group *group;

    (void)arg;
    for (n = 0; n < 4; n++) {
        fillers[n] = tcp(SOCK_NONBLOCK);
        connect(fillers[n], (struct sockaddr *)&address, len);
    }
    fd_of_task = tcp(0);
    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, connect_task, (void *)1, NULL);
    qs_sleep(qs_now());
    qs_group_cancel(group);
    ck_assert_int_eq(qs_group_close(group, NULL), -ECANCELED);
    ck_assert_int_eq(rc_of_task, -ECANCELED);
    error = getpeername(fd_of_task, (struct sockaddr *)&peer, &peer_len) ? errno : 0;
    ck_assert_int_eq(error, ENOTCONN);
    while (n-- > 0)
        close(fillers[n]);
    /* The socket is as good as new: it connects to somebody else. */
    other = listener;
    listen_tcp(4);
    ck_assert_int_eq(connect_tcp(fd_of_task, QS_FOREVER), 0);
    close(fd_of_task);
    close(other);
    return 0;
}

START_TEST(cancelled_connect_is_taken_back_and_the_socket_can_be_used_again)
{
    listen_tcp(0);
    rig_run(cancelled_connect_main, NULL);
    close(listener);
}
END_TEST

RIG_TESTS("socket", two_tasks_meet_over_tcp_with_blocking_sockets_or_not,
          accept_and_connect_report_their_errors,
          cancelled_accept_leaves_the_connection_in_the_queue,
          connect_waits_for_room_in_a_unix_sockets_queue,
          cancelled_connect_is_taken_back_and_the_socket_can_be_used_again)
