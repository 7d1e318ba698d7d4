/* test_child.c - waiting for child processes. */
#include <sys/resource.h>

#include "rig.h"

static int gate[2], rc_of_task, status_of_task;
static pid_t pid;

/* A child that ends when the gate is closed: with a code, or by a signal. */
static void start_child(int code, int sig)
{
    char byte;

    ck_assert_int_eq(pipe(gate), 0);
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (!pid) {
        struct rlimit none = {0};

        close(gate[1]);
        while (read(gate[0], &byte, 1) < 0)
            ;
        setrlimit(RLIMIT_CORE, &none);
        signal(sig ? sig : SIGTERM, SIG_DFL);
        if (sig)
            raise(sig);
        _exit(code);
    }
    close(gate[0]);
}

static int lowest_free(void)
{
    int fd = dup(0);

    close(fd);
    return fd;
}

static int status_main(void *arg)
{
    int status = 0;

    (void)arg;
    start_child(7, 0);
    close(gate[1]);
    ck_assert_int_eq(qs_wait_child(pid, &status, QS_FOREVER), 0);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    start_child(0, SIGTERM);
    close(gate[1]);
    ck_assert_int_eq(qs_wait_child(pid, &status, QS_FOREVER), 0);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM && !WCOREDUMP(status));
    start_child(0, 0);
    close(gate[1]);
    ck_assert_int_eq(qs_wait_child(pid, NULL, QS_FOREVER), 0);
    ck_assert_int_eq(qs_wait_child(pid, &status, QS_FOREVER), -ECHILD);
    ck_assert_int_eq(qs_wait_child(getppid(), &status, QS_FOREVER), -ECHILD); /* never one */
    ck_assert_int_eq(qs_wait_child(-1, &status, QS_FOREVER), -EINVAL);
    ck_assert_int_eq(qs_wait_child(0, &status, QS_FOREVER), -EINVAL);
    return 0;
}

START_TEST(status_is_that_of_waitpid)
{
    int before = lowest_free();

    rig_run(status_main, NULL);
    ck_assert_int_eq(lowest_free(), before);
}
END_TEST

static int waits(void *arg)
{
    (void)arg;
    status_of_task = -1;
    rc_of_task = qs_wait_child(pid, &status_of_task, QS_FOREVER);
    return rc_of_task;
}

static int cancelled_main(void *arg)
{
    struct qs_group *group;
    int before = lowest_free();

    (void)arg;
    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, waits, NULL, NULL);
    qs_yield();
    qs_group_cancel(group);
    ck_assert_int_eq(qs_group_close(group, NULL), -ECANCELED);
    ck_assert_int_eq(rc_of_task, -ECANCELED);
    ck_assert_int_eq(status_of_task, -1);
    ck_assert_int_eq(lowest_free(), before); /* no pidfd is left */
    ck_assert_int_eq(qs_wait_child(pid, NULL, qs_now()), -ETIMEDOUT);
    ck_assert_int_eq(lowest_free(), before);
    close(gate[1]);
    ck_assert_int_eq(qs_wait_child(pid, NULL, QS_FOREVER), 0); /* it was not reaped */
    return 0;
}

START_TEST(cancelled_wait_reaps_nothing_and_leaves_no_descriptor)
{
    start_child(0, 0);
    rig_run(cancelled_main, NULL);
}
END_TEST

static int ended_and_cancelled_main(void *arg)
{
    struct qs_group *group;
    siginfo_t info;

    (void)arg;
    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, waits, NULL, NULL);
    qs_yield();
    close(gate[1]);
    /* It has ended, and the loop has not looked. */
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0)
        ck_assert_int_eq(errno, EINTR);
    qs_group_cancel(group);
    qs_group_close(group, NULL);
    ck_assert_int_eq(rc_of_task, -ECANCELED);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    return 0;
}

START_TEST(child_that_ended_before_the_cancel_was_seen_is_still_to_be_reaped)
{
    start_child(0, 0);
    rig_run(ended_and_cancelled_main, NULL);
}
END_TEST

static int two_rcs[2];

static int waits_too(void *arg)
{
    *(int *)arg = qs_wait_child(pid, NULL, QS_FOREVER);
    return 0;
}

static int two_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, NULL);
    for (int i = 0; i < 2; i++)
        qs_spawn(group, NULL, waits_too, &two_rcs[i], NULL);
    qs_yield();
    close(gate[1]);
    return qs_group_close(group, NULL);
}

START_TEST(two_tasks_wait_for_one_child_and_one_of_them_reaps_it)
{
    start_child(0, 0);
    ck_assert_int_eq(rig_run(two_main, NULL), 0);
    ck_assert_int_eq(two_rcs[0] + two_rcs[1], -ECHILD);
    ck_assert(!two_rcs[0] || !two_rcs[1]);
}
END_TEST

static int no_descriptors_main(void *arg)
{
    struct rlimit limit, few;
    int rc;

    (void)arg;
    getrlimit(RLIMIT_NOFILE, &limit);
    few = (struct rlimit){.rlim_cur = (rlim_t)lowest_free(), .rlim_max = limit.rlim_max};
    setrlimit(RLIMIT_NOFILE, &few);
    rc = qs_wait_child(pid, NULL, QS_FOREVER);
    setrlimit(RLIMIT_NOFILE, &limit);
    close(gate[1]);
    ck_assert_int_eq(qs_wait_child(pid, NULL, QS_FOREVER), 0);
    return rc;
}

START_TEST(without_a_free_descriptor_nothing_is_reaped)
{
    if (getenv("LD_PRELOAD") && strstr(getenv("LD_PRELOAD"), "vgpreload")) {
        fprintf(stderr, "not tested: valgrind has descriptors of its own\n");
        return;
    }
    start_child(0, 0);
    ck_assert_int_eq(rig_run(no_descriptors_main, NULL), -EMFILE);
}
END_TEST

RIG_TESTS("child", status_is_that_of_waitpid, cancelled_wait_reaps_nothing_and_leaves_no_descriptor,
          child_that_ended_before_the_cancel_was_seen_is_still_to_be_reaped,
          two_tasks_wait_for_one_child_and_one_of_them_reaps_it,
          without_a_free_descriptor_nothing_is_reaped)
