/* test_wait.c - sleep, yield, descriptors, child processes. */
#include <fenv.h>

#include "rig.h"

static int pipes[2], order[64], n;
static bool stop;
static int64_t base;

static int sleeper(void *arg)
{
    int rc = qs_sleep(base + (intptr_t)arg * QS_MILLISECOND / 4);

    order[n++] = (int)(intptr_t)arg;
    return rc;
}

static int sleepers_main(void *arg)
{
    static const int ms[] = {9, 3, 7, 1, 8, 2, 6, 4, 5};
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, NULL);
    for (size_t i = 0; i < sizeof(ms) / sizeof(*ms); i++)
        qs_spawn(group, NULL, sleeper, (void *)(intptr_t)ms[i], NULL);
    return qs_group_close(group, NULL);
}

START_TEST(sleepers_wake_in_the_order_of_their_deadlines)
{
    n = 0;
    base = qs_now();
    ck_assert_int_eq(rig_run(sleepers_main, NULL), 0);
    ck_assert_int_eq(n, 9);
    for (int i = 0; i < 9; i++)
        ck_assert_int_eq(order[i], i + 1);
}
END_TEST

static int spinner(void *arg)
{
    (void)arg;
    while (!stop)
        if (qs_yield())
            return -ECANCELED;
    return 0;
}

static int reader(void *arg)
{
    char buf[4];
    int64_t got = qs_read(pipes[0], buf, sizeof(buf), QS_FOREVER);

    (void)arg;
    stop = true;
    return (int)got;
}

static int busy_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, NULL);
    for (int i = 0; i < 3; i++)
        qs_spawn(group, NULL, spinner, NULL, NULL);
    qs_spawn(group, NULL, reader, NULL, NULL);
    for (int i = 0; i < 2000; i++)
        qs_yield();
    ck_assert(!stop);
    ck_assert_int_eq(write(pipes[1], "abc", 3), 3);
    return qs_group_close(group, NULL);
}

START_TEST(yielding_tasks_do_not_starve_descriptors_and_timers)
{
    stop = false;
    ck_assert_int_eq(pipe(pipes), 0);
    ck_assert_int_eq(rig_run(busy_main, NULL), 0);
    stop = false;
    ck_assert_int_eq(close(pipes[0]) | close(pipes[1]), 0);
}
END_TEST

static int always_ready(void *arg)
{
    (void)arg;
    while (!stop) {
        int rc = qs_wait_fd(pipes[1], QS_WRITE, QS_FOREVER);

        if (rc < 0)
            return rc;
    }
    return 0;
}

static int stopper(void *arg)
{
    (void)arg;
    stop = true;
    return 0;
}

static int ready_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, always_ready, NULL, NULL);
    qs_spawn(group, NULL, stopper, NULL, NULL);
    return qs_group_close(group, NULL);
}

START_TEST(descriptor_that_is_always_ready_does_not_starve_others)
{
    stop = false;
    ck_assert_int_eq(pipe(pipes), 0);
    ck_assert_int_eq(rig_run(ready_main, NULL), 0);
    ck_assert_int_eq(close(pipes[0]) | close(pipes[1]), 0);
}
END_TEST

#define MUCH 300000

static int producer(void *arg)
{
    static char data[MUCH];
    size_t done = 0;

    (void)arg;
    memset(data, 'q', sizeof(data));
    while (done < sizeof(data)) {
        ssize_t put = qs_write(pipes[1], data + done, sizeof(data) - done, QS_FOREVER);

        if (put < 0)
            return (int)put;
        done += (size_t)put;
    }
    close(pipes[1]);
    return 0;
}

static int consumer(void *arg)
{
    char buf[1000];
    size_t *total = arg;

    for (;;) {
        ssize_t got = qs_read(pipes[0], buf, sizeof(buf), QS_FOREVER);

        if (got <= 0)
            return (int)got;
        for (ssize_t i = 0; i < got; i++)
            if (buf[i] != 'q')
                return -EIO;
        *total += (size_t)got;
    }
}

static int pipe_main(void *arg)
{
    struct qs_group *group;

    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, producer, NULL, NULL);
    qs_spawn(group, NULL, consumer, arg, NULL);
    return qs_group_close(group, NULL);
}

START_TEST(blocking_pipe_carries_all_bytes_between_two_tasks)
{
    size_t total = 0;

    ck_assert_int_eq(pipe(pipes), 0);
    ck_assert_int_eq(rig_run(pipe_main, &total), 0);
    ck_assert_uint_eq(total, MUCH);
    close(pipes[0]);
}
END_TEST

static int wait_in(void *arg)
{
    (void)arg;
    return qs_wait_fd(pipes[0], QS_READ, QS_FOREVER) == QS_READ ? 0 : -EIO;
}

static int fd_errors_main(void *arg)
{
    char byte;
    struct qs_group *group;
    FILE *file = tmpfile();

    (void)arg;
    ck_assert_int_eq(qs_wait_fd(-1, QS_READ, QS_FOREVER), -EBADF);
    ck_assert_int_eq(qs_wait_fd(987, QS_READ, QS_FOREVER), -EBADF);
    ck_assert_int_eq(qs_wait_fd(pipes[0], 0, QS_FOREVER), -EINVAL);
    ck_assert_int_eq((int)qs_read(pipes[0], &byte, 1, qs_now() + QS_MILLISECOND), -ETIMEDOUT);
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq((int)qs_write(fileno(file), "x", 1, QS_FOREVER), 1);
    ck_assert_int_eq((int)qs_read(fileno(file), &byte, 1, QS_FOREVER), 0);
    fclose(file);
    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, wait_in, NULL, NULL);
    qs_yield();
    ck_assert_int_eq(qs_wait_fd(pipes[0], QS_READ, QS_FOREVER), -EBUSY);
    ck_assert_int_eq((int)qs_write(pipes[1], "x", 1, QS_FOREVER), 1);
    ck_assert_int_eq(qs_group_close(group, NULL), 0);
    close(pipes[1]);
    ck_assert_int_eq((int)qs_read(pipes[0], &byte, 1, QS_FOREVER), 1);
    ck_assert_int_eq((int)qs_read(pipes[0], &byte, 1, QS_FOREVER), 0); /* the end */
    return 0;
}

START_TEST(descriptor_waits_report_timeouts_errors_and_ends)
{
    ck_assert_int_eq(pipe(pipes), 0);
    rig_run(fd_errors_main, NULL);
    close(pipes[0]);
}
END_TEST

/* A child that ends with code 7 when the pipe is closed. */
static pid_t start_child(void)
{
    pid_t pid;
    char byte;

    ck_assert_int_eq(pipe(pipes), 0);
    pid = fork();
    if (!pid) {
        close(pipes[1]);
        while (read(pipes[0], &byte, 1) < 0)
            ;
        _exit(7);
    }
    close(pipes[0]);
    return pid;
}

static int child_main(void *arg)
{
    pid_t pid = start_child();
    int status = 0;

    (void)arg;
    ck_assert_int_ge(pid, 0);
    ck_assert_int_eq(qs_wait_child(pid, &status, qs_now() + QS_MILLISECOND), -ETIMEDOUT);
    close(pipes[1]);
    ck_assert_int_eq(qs_wait_child(pid, &status, QS_FOREVER), 0);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 7);
    ck_assert_int_eq(qs_wait_child(pid, &status, QS_FOREVER), -ECHILD);
    return 0;
}

START_TEST(child_is_waited_for_and_reaped)
{
    rig_run(child_main, NULL);
}
END_TEST

static double third(double sign)
{
    volatile double one = sign, three = 3; /* divided now, not by the compiler */

    return one / three;
}

/* A CPU may have several units, each with a mode of its own: what it computes tells, too. */
static int rounds(void *arg)
{
    int mode = (int)(intptr_t)arg;
    double above, below;

    fesetround(mode);
    above = third(1);
    below = third(-1);
    for (int i = 0; i < 10; i++) {
        qs_yield();
        if (fegetround() != mode || third(1) != above || third(-1) != below)
            return -EIO;
    }
    return 0;
}

static int rounding_main(void *arg)
{
    static const int modes[] = {FE_UPWARD, FE_DOWNWARD, FE_TONEAREST, FE_TOWARDZERO};
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, NULL);
    for (int i = 0; i < 4; i++)
        qs_spawn(group, NULL, rounds, (void *)(intptr_t)modes[i], NULL);
    return qs_group_close(group, NULL);
}

START_TEST(rounding_mode_stays_with_its_task)
{
    ck_assert_int_eq(rig_run(rounding_main, NULL), 0);
    ck_assert_int_eq(fegetround(), FE_TONEAREST);
}
END_TEST

RIG_TESTS("wait", sleepers_wake_in_the_order_of_their_deadlines,
          yielding_tasks_do_not_starve_descriptors_and_timers,
          descriptor_that_is_always_ready_does_not_starve_others,
          blocking_pipe_carries_all_bytes_between_two_tasks,
          descriptor_waits_report_timeouts_errors_and_ends, child_is_waited_for_and_reaped,
          rounding_mode_stays_with_its_task)
