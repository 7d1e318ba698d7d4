/* test_process.c - child processes end with their task, and their group with them. */
#include <dirent.h>
#include <sys/prctl.h>

#include "rig.h"

static struct qs_process process;

static const char *const sleeper[] = {"sleep", "1000", NULL};

static int open_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int n = 0;

    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static void no_child_is_left(void)
{
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
}

static void clean_run(qs_task_fn *body, int want)
{
    int fds = open_descriptors();

    memset(&process, 0, sizeof(process));
    ck_assert_int_eq(rig_run(body, NULL), want);
    ck_assert_int_eq(open_descriptors(), fds);
    no_child_is_left();
}

static int echo_main(void *arg)
{
    struct qs_process_options options = {.in = QS_PIPE, .out = QS_PIPE};
    const char *const cat[] = {"cat", NULL};
    char back[16] = "";

    (void)arg;
    ck_assert_int_eq(qs_process_start(&process, cat, &options), 0);
    ck_assert_int_eq(process.err, -1);
    ck_assert_int_eq(qs_process_start(&process, cat, &options), -EBUSY);
    ck_assert_int_eq(qs_write(process.in, "hello", 5, QS_FOREVER), 5);
    ck_assert_int_eq(qs_read(process.out, back, sizeof(back), QS_FOREVER), 5);
    ck_assert_str_eq(back, "hello");
    close(process.in);
    process.in = -1;
    ck_assert_int_eq(qs_process_wait(&process, QS_FOREVER), 0);
    ck_assert_int_eq(process.status, 0);
    ck_assert_int_eq(qs_process_wait(&process, QS_FOREVER), 0); /* again */
    ck_assert_int_eq(qs_process_signal(&process, SIGTERM), -ESRCH);
    ck_assert_int_eq(qs_process_end(&process), 0);
    return qs_process_end(&process);
}

START_TEST(process_reads_and_writes_through_pipes)
{
    clean_run(echo_main, -ENOENT);
}
END_TEST

static int no_such_program(void *arg)
{
    const char *const none[] = {"/nonexistent/program", NULL};
    struct qs_process_options nowhere = {.directory = "/nonexistent"};
    struct qs_process_options pipes = {.in = QS_PIPE, .out = QS_PIPE, .err = QS_PIPE};

    (void)arg;
    ck_assert_int_eq(qs_process_start(&process, none, NULL), -ENOENT);
    ck_assert_int_eq(qs_process_start(&process, none, &pipes), -ENOENT);
    ck_assert_int_eq(qs_process_start(&process, sleeper, &nowhere), -ENOENT);
    nowhere = (struct qs_process_options){.in = 999};
    ck_assert_int_eq(qs_process_start(&process, sleeper, &nowhere), -EBADF);
    return qs_process_end(&process);
}

START_TEST(what_exec_has_to_say_is_returned_and_nothing_is_left)
{
    if (rig_emulated())
        return; /* its vfork is a fork, and posix_spawn cannot be told of the error */
    clean_run(no_such_program, -ENOENT);
}
END_TEST

static int leaves_it_running(void *arg)
{
    (void)arg;
    return qs_process_start(&process, sleeper, NULL);
}

START_TEST(process_that_a_task_leaves_running_ends_with_it)
{
    clean_run(leaves_it_running, 0);
    ck_assert(WIFSIGNALED(process.status));
    ck_assert_int_eq(WTERMSIG(process.status), SIGTERM);
}
END_TEST

/* A shell that says when its trap is set, and then does not end by SIGTERM. */
static const char *const stubborn[] = {"sh", "-c",
                                       "trap '' TERM; echo x; while :; do sleep 1000; done", NULL};

static int start_stubborn(int64_t grace)
{
    struct qs_process_options options = {.out = QS_PIPE, .grace_ns = grace};
    char x;

    ck_assert_int_eq(qs_process_start(&process, stubborn, &options), 0);
    return qs_read(process.out, &x, 1, QS_FOREVER) == 1 ? 0 : -EIO;
}

static int stubborn_main(void *arg)
{
    (void)arg;
    return start_stubborn(QS_MILLISECOND);
}

START_TEST(process_that_does_not_end_by_itself_is_killed_after_its_grace_time)
{
    clean_run(stubborn_main, 0);
    ck_assert(WIFSIGNALED(process.status));
    ck_assert_int_eq(WTERMSIG(process.status), SIGKILL);
}
END_TEST

static int stubborn_until_level_two(void *arg)
{
    int rc = start_stubborn(3600 * QS_SECOND);

    (void)arg;
    raise(SIGINT);
    raise(SIGINT);
    return rc ? rc : qs_process_wait(&process, QS_FOREVER);
}

START_TEST(second_level_ends_the_grace_time)
{
    clean_run(stubborn_until_level_two, -ECANCELED);
    ck_assert_int_eq(WTERMSIG(process.status), SIGKILL);
}
END_TEST

static int stopped_main(void *arg)
{
    int rc = leaves_it_running(NULL);
    siginfo_t info;

    (void)arg;
    kill(process.pid, SIGSTOP);
    waitid(P_PID, (id_t)process.pid, &info, WSTOPPED | WNOWAIT);
    return rc;
}

START_TEST(stopped_process_is_continued_to_be_ended)
{
    clean_run(stopped_main, 0);
    ck_assert_int_eq(WTERMSIG(process.status), SIGTERM);
}
END_TEST

/* Two generations; the outer one ends at once and says the inner one's number. */
static int family_main(void *arg)
{
    struct qs_process_options options = {.out = QS_PIPE};
    const char *const family[] = {"sh", "-c", "sleep 1000 >/dev/null & echo $!", NULL};
    char number[16] = "";

    ck_assert_int_eq(qs_process_start(&process, family, &options), 0);
    ck_assert_int_gt(qs_read(process.out, number, sizeof(number) - 1, QS_FOREVER), 0);
    *(pid_t *)arg = (pid_t)atoi(number);
    return qs_process_wait(&process, QS_FOREVER);
}

START_TEST(group_ends_with_its_leader)
{
    pid_t grandchild = 0;
    int status;

    if (prctl(PR_SET_CHILD_SUBREAPER, 1)) /* so that it becomes ours, and can be waited for */
        return;
    ck_assert_int_eq(rig_run(family_main, &grandchild), 0);
    ck_assert_int_eq(waitpid(grandchild, &status, 0), grandchild);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGKILL);
    no_child_is_left();
}
END_TEST

static int times_out(void *arg)
{
    int status, rc;
    const char *const three[] = {"sh", "-c", "exit 3", NULL};
    struct qs_process_options pipe = {.out = QS_PIPE};

    (void)arg;
    rc = qs_command(sleeper, NULL, &status, qs_now() + QS_MILLISECOND);
    ck_assert_int_eq(rc, -ETIMEDOUT);
    ck_assert_int_eq(qs_command(three, &pipe, &status, QS_FOREVER), -EINVAL);
    ck_assert_int_eq(qs_command(three, NULL, &status, QS_FOREVER), 0);
    ck_assert_int_eq(WEXITSTATUS(status), 3);
    raise(SIGTERM);
    ck_assert_int_eq(qs_command(three, NULL, &status, QS_FOREVER), -ECANCELED);
    return 0;
}

START_TEST(command_is_waited_for_or_ended)
{
    clean_run(times_out, 0);
}
END_TEST

static int surroundings(void *arg)
{
    static const char *const env[] = {"QS_TEST=yes", "PATH=/usr/bin:/bin", NULL};
    static const char *const look[] = {
        "sh", "-c", "echo $QS_TEST; pwd; ls /proc/self/fd | wc -l; echo $0 1>&2", NULL};
    struct qs_process_options options = {
        .out = QS_PIPE, .err = QS_PIPE, .env = env, .directory = "/"};
    char text[128] = "";
    size_t len = 0;
    ssize_t n;
    int open = dup(0); /* not close-on-exec: must not reach the child */

    (void)arg;
    ck_assert_int_eq(qs_process_start(&process, look, &options), 0);
    while ((n = qs_read(process.out, text + len, sizeof(text) - 1 - len, QS_FOREVER)) > 0)
        len += (size_t)n;
    ck_assert_str_eq(text, "yes\n/\n4\n"); /* 0, 1, 2, and the folder itself */
    ck_assert_int_eq(qs_read(process.err, text, sizeof(text), QS_FOREVER), 3);
    close(open);
    return qs_process_end(&process);
}

START_TEST(process_gets_the_surroundings_that_were_asked_for_and_no_descriptors)
{
    clean_run(surroundings, 0);
}
END_TEST

static int stubborn_and_tell(void *arg)
{
    int rc = start_stubborn(3600 * QS_SECOND);

    (void)arg;
    rig_tell('p');
    while (write(rig_telling, &process.pid, sizeof(process.pid)) < 0 && errno == EINTR)
        ;
    return rc ? rc : qs_sleep(QS_FOREVER);
}

static int tell_and_exit(void *arg)
{
    int rc = start_stubborn(3600 * QS_SECOND);

    (void)arg;
    rig_tell('p');
    while (write(rig_telling, &process.pid, sizeof(process.pid)) < 0 && errno == EINTR)
        ;
    exit(rc);
}

static void run_to_level_three(void)
{
    struct qs_options options = {
        .signals = (const struct qs_signal[]){{.signal = SIGINT, .steps = {3}}, {0}}};

    qs_run(&options, stubborn_and_tell, NULL, NULL);
}

static void run_to_exit(void)
{
    qs_run(NULL, tell_and_exit, NULL, NULL);
}

/* The child's own child becomes ours when the child is gone; its end is awaited. */
static void ends_with_its_parent(void (*run)(void), int signal)
{
    struct rig_child *child;
    pid_t grandchild = 0;
    int status;

    if (prctl(PR_SET_CHILD_SUBREAPER, 1))
        return;
    child = rig_start(run);
    ck_assert_int_eq(rig_hear(child), 'p');
    ck_assert_int_eq(read(child->told, &grandchild, sizeof(grandchild)), sizeof(grandchild));
    if (signal)
        kill(child->pid, signal);
    rig_finish(child);
    ck_assert_int_eq(waitpid(grandchild, &status, 0), grandchild);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGKILL);
    while (waitpid(-1, NULL, 0) > 0) /* the shell's own sleep */
        ;
    no_child_is_left();
    free(child);
}

START_TEST(level_three_kills_the_group)
{
    ends_with_its_parent(run_to_level_three, SIGINT);
}
END_TEST

START_TEST(exit_in_a_task_kills_the_group)
{
    ends_with_its_parent(run_to_exit, 0);
}
END_TEST

static int many_main(void *arg)
{
    static struct qs_process many[100];

    (void)arg;
    for (int i = 0; i < 100; i++) {
        many[i].cleanup.armed = false;
        ck_assert_int_eq(qs_process_start(&many[i], sleeper, NULL), 0);
    }
    raise(SIGINT);
    return qs_sleep(QS_FOREVER);
}

START_TEST(more_processes_than_one_part_of_the_table_all_end)
{
    clean_run(many_main, -ECANCELED);
}
END_TEST

RIG_TESTS("process", process_reads_and_writes_through_pipes,
          what_exec_has_to_say_is_returned_and_nothing_is_left,
          process_that_a_task_leaves_running_ends_with_it,
          process_that_does_not_end_by_itself_is_killed_after_its_grace_time,
          second_level_ends_the_grace_time, stopped_process_is_continued_to_be_ended,
          group_ends_with_its_leader, command_is_waited_for_or_ended,
          process_gets_the_surroundings_that_were_asked_for_and_no_descriptors,
          level_three_kills_the_group, exit_in_a_task_kills_the_group,
          more_processes_than_one_part_of_the_table_all_end)
