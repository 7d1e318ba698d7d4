/* test_descriptor.c - waits for descriptors that the program closes, reuses, shares, or fills. */
#include <sys/socket.h>

#include "rig.h"

static int pair[2];

static int read_one(void *arg)
{
    char byte;

    return qs_read(*(int *)arg, &byte, 1, qs_now() + 60 * QS_SECOND) == 1 ? byte : -1;
}

/* Another task reads from the first descriptor while this one writes to the second. */
static int exchange(int from, int to)
{
    struct qs_group *group;
    struct qs_task reader;
    int rc = 0;

    ck_assert_int_eq(qs_group_open(&group, NULL), 0);
    ck_assert_int_eq(qs_spawn_task(group, &reader, NULL, read_one, &from, NULL), 0);
    ck_assert_int_eq(qs_sleep(qs_now()), 0); /* through the loop: it waits now */
    ck_assert_int_eq(write(to, "x", 1), 1);
    ck_assert_int_eq(qs_join(&reader, &rc, QS_FOREVER), 0);
    ck_assert_int_eq(qs_group_close(group, NULL), 0);
    return rc;
}

static int reuse(void *arg)
{
    int kept = -1;

    (void)arg;
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        ck_assert_int_eq(exchange(pair[0], pair[1]), 'x');
        if (i == 1) { /* the old file lives on under another number */
            kept = dup(pair[0]);
            ck_assert_int_ge(kept, 0);
        }
        close(pair[0]);
        close(pair[1]);
    }
    close(kept);
    ck_assert_int_eq(pipe(pair), 0);
    ck_assert_int_eq(exchange(pair[0], pair[1]), 'x');
    close(pair[0]);
    close(pair[1]);
    return 0;
}

START_TEST(a_number_that_means_another_file_now_is_waited_for)
{
    ck_assert_int_eq(rig_run(reuse, NULL), 0);
}
END_TEST

static int fill(void *arg)
{
    static char block[64 * 1024];
    int fd = *(int *)arg;

    for (int i = 0; i < 40; i++)
        for (size_t put = 0; put < sizeof(block);) {
            ssize_t n = qs_write(fd, block + put, sizeof(block) - put, QS_FOREVER);

            ck_assert_int_gt(n, 0);
            put += (size_t)n;
        }
    return shutdown(fd, SHUT_WR);
}

static int drain(void *arg)
{
    char block[4096];
    size_t all = 0;
    ssize_t n;

    while ((n = qs_read(*(int *)arg, block, sizeof(block), QS_FOREVER)) > 0)
        all += (size_t)n;
    ck_assert_int_eq(n, 0);
    return (int)(all / 1024);
}

/* Blocking sockets, and a reader and a writer on each. */
static int duplex(void *arg)
{
    struct qs_call calls[] = {{.fn = fill, .arg = &pair[0]},
                              {.fn = drain, .arg = &pair[0]},
                              {.fn = fill, .arg = &pair[1]},
                              {.fn = drain, .arg = &pair[1]}};

    (void)arg;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    ck_assert_int_eq(qs_gather(calls, 4, NULL, NULL), 0);
    ck_assert_int_eq(calls[1].rc, 40 * 64);
    ck_assert_int_eq(calls[3].rc, 40 * 64);
    close(pair[0]);
    close(pair[1]);
    return 0;
}

START_TEST(a_reader_and_a_writer_of_a_blocking_socket_do_not_disturb_each_other)
{
    ck_assert_int_eq(rig_run(duplex, NULL), 0);
}
END_TEST

/* A read that is too early again and again is not tried any more, but waits: what comes then is
 * read, and a deadline in the past is still one try. */
static int early(void *arg)
{
    char byte;

    (void)arg;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    for (int i = 0; i < 50; i++)
        ck_assert_int_eq(exchange(pair[0], pair[1]), 'x');
    ck_assert_int_eq(qs_read(pair[0], &byte, 1, 0), -ETIMEDOUT);
    ck_assert_int_eq(write(pair[1], "yz", 2), 2);
    ck_assert_int_eq(qs_read(pair[0], &byte, 1, 0), 1);
    ck_assert_int_eq(byte, 'y');
    ck_assert_int_eq(qs_read(pair[0], &byte, 1, QS_FOREVER), 1);
    ck_assert_int_eq(byte, 'z');
    close(pair[0]);
    close(pair[1]);
    return 0;
}

START_TEST(reads_that_come_too_early_miss_nothing)
{
    ck_assert_int_eq(rig_run(early, NULL), 0);
}
END_TEST

RIG_TESTS("descriptor", a_number_that_means_another_file_now_is_waited_for,
          a_reader_and_a_writer_of_a_blocking_socket_do_not_disturb_each_other,
          reads_that_come_too_early_miss_nothing)
