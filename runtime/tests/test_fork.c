/* test_fork.c - children of a run: they touch nothing of it. And SIGCHLD, which is the program's.
 */
#include <dirent.h>
#include <sys/syscall.h>

#include "rig.h"

static int open_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int n = 0;

    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static int before; /* descriptors that were open before the run */

static void must_not_run(void *arg)
{
    (void)arg;
    _exit(77);
}

static int fini_calls;

static void count_fini(void *arg, int rc)
{
    (void)arg;
    (void)rc;
    fini_calls++;
}

static int cleanup_in_parent(void *arg)
{
    *(int *)arg += 1;
    return 0;
}

/* What the child of a run looks like: a bit for each thing that is wrong. */
static int look_around(void)
{
    struct sigaction now;
    int wrong = 0;

    wrong |= qs_yield() != -EPERM ? 1 : 0;
    wrong |= qs_self() != -EPERM ? 2 : 0;
    sigaction(SIGINT, NULL, &now);
    wrong |= now.sa_handler != SIG_DFL ? 4 : 0;
    wrong |= !RUNNING_ON_VALGRIND && open_descriptors() != before ? 8 : 0;
    return wrong;
}

static int cleaned;

static int forks(void *arg)
{
    static struct qs_cleanup node;
    pid_t pid;
    int status;

    (void)arg;
    qs_defer(&node, "parent's", cleanup_in_parent, &cleaned);
    pid = fork();
    if (!pid)
        return look_around(); /* ends the child: neither cleanup nor fini */
    ck_assert_int_eq(qs_wait_child(pid, &status, QS_FOREVER), 0);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
    return qs_yield();
}

static int fork_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, NULL);
    qs_spawn(group, "forks", forks, NULL, count_fini);
    return qs_group_close(group, NULL);
}

START_TEST(child_made_by_fork_is_out_of_the_run)
{
    signal(SIGINT, SIG_DFL);
    before = open_descriptors();
    ck_assert_int_eq(rig_run(fork_main, NULL), 0);
    ck_assert_int_eq(cleaned, 1);
    ck_assert_int_eq(fini_calls, 1);
}
END_TEST

/* Forks without the C library, which knows nothing of it then: as clone(2) and vfork(2) do. */
static int forks_behind_our_back(void *arg)
{
    pid_t pid;
    int status;

    (void)arg;
    qs_last_gasp_add(must_not_run, NULL);
    pid = (pid_t)syscall(SYS_clone, (unsigned long)SIGCHLD, 0, 0, 0, 0);
    if (!pid) {
        raise(SIGINT);
        _exit(78);
    }
    ck_assert_int_eq(qs_wait_child(pid, &status, QS_FOREVER), 0);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGINT);
    return qs_yield(); /* the signal was the child's own */
}

START_TEST(signal_of_a_child_is_not_taken_for_the_parents)
{
    signal(SIGINT, SIG_DFL);
    ck_assert_int_eq(rig_run(forks_behind_our_back, NULL), 0);
}
END_TEST

static int interrupted(void *arg)
{
    (void)arg;
    for (int i = 0; i < 2; i++)
        raise(SIGTERM);
    return qs_sleep(QS_FOREVER);
}

static int child_has_a_run_of_its_own(void *arg)
{
    struct qs_result result;
    pid_t pid;
    int status;

    (void)arg;
    qs_last_gasp_add(must_not_run, NULL);
    pid = fork();
    if (!pid) {
        if (qs_run(NULL, interrupted, NULL, &result))
            _exit(98);
        return result.level == 2 && result.signal == SIGTERM ? 5 : 99;
    }
    ck_assert_int_eq(qs_wait_child(pid, &status, QS_FOREVER), 0);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 5);
    return qs_yield();
}

START_TEST(child_may_have_a_run_of_its_own)
{
    ck_assert_int_eq(rig_run(child_has_a_run_of_its_own, NULL), 0);
}
END_TEST

static volatile sig_atomic_t children;

static void on_child(int signal)
{
    (void)signal;
    children++;
}

static int waits_for_three(void *arg)
{
    (void)arg;
    for (int i = 0; i < 3; i++) {
        int status;
        pid_t pid = fork();

        if (!pid)
            _exit(i);
        ck_assert_int_eq(qs_wait_child(pid, &status, QS_FOREVER), 0);
        ck_assert_int_eq(WEXITSTATUS(status), i);
    }
    return 0;
}

START_TEST(sigchld_stays_the_programs_own)
{
    struct sigaction now;

    signal(SIGCHLD, on_child);
    ck_assert_int_eq(rig_run(waits_for_three, NULL), 0);
    sigaction(SIGCHLD, NULL, &now);
    ck_assert(now.sa_handler == on_child);
    ck_assert_int_gt(children, 0);
    signal(SIGCHLD, SIG_DFL);
}
END_TEST

static int waits_for_one(void *arg)
{
    pid_t pid = fork();

    (void)arg;
    if (!pid)
        _exit(3);
    return qs_wait_child(pid, NULL, QS_FOREVER);
}

START_TEST(child_that_nobody_is_told_of_has_no_status)
{
    signal(SIGCHLD, SIG_IGN); /* waitpid(2): the kernel reaps it */
    ck_assert_int_eq(rig_run(waits_for_one, NULL), -ECHILD);
    signal(SIGCHLD, SIG_DFL);
}
END_TEST

RIG_TESTS("fork", child_made_by_fork_is_out_of_the_run,
          signal_of_a_child_is_not_taken_for_the_parents, child_may_have_a_run_of_its_own,
          sigchld_stays_the_programs_own, child_that_nobody_is_told_of_has_no_status)
