/* test_signal.c - real signals, from another process: the ladder, exit statuses, events, and the
 * dump. */
#include "rig.h"
#include "runtime.h"

static struct qs_cleanup nodes[8];
static struct qs_options options;

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

/* Told when it runs; waits under a shield until the shield is expired. */
static int shielded(void *arg)
{
    struct qs_shield shield;
    int rc;

    (void)arg;
    qs_shield_begin(&shield, qs_now() + 3600 * QS_SECOND);
    rig_tell('c');
    rc = qs_sleep(QS_FOREVER);
    qs_shield_end(&shield);
    return rc == -ECANCELED ? 0 : -EIO;
}

static int worker(void *arg)
{
    qs_defer(arg, "outer", nothing, NULL);
    qs_defer((struct qs_cleanup *)arg + 1, "in ner=", options.grace_ns < 0 ? shielded : nothing,
             NULL);
    rig_tell('w');
    return qs_sleep(QS_FOREVER);
}

static int pool_main(void *arg)
{
    struct qs_group_options slots = {.slots = 2};
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, &slots);
    for (int i = 0; i < 4; i++)
        qs_spawn(group, "worker", worker, &nodes[2 * i], NULL);
    return qs_group_close(group, NULL);
}

static void run(qs_task_fn *body)
{
    struct qs_options given = options;
    struct qs_result result;

    if (given.grace_ns < 0)
        given.grace_ns = 0;
    if (qs_run(&given, body, NULL, &result))
        _exit(98);
    qs_exit(&result);
}

static void run_pool(void)
{
    run(pool_main);
}

static void run_shielded_pool(void)
{
    options.grace_ns = -1; /* our own mark: cleanups are shielded */
    run(pool_main);
}

static void run_mapped_pool(void)
{
    options.signal_code = 42;
    run(pool_main);
}

static void await_workers(struct rig_child *child)
{
    ck_assert_int_eq(rig_hear(child), 'w');
    ck_assert_int_eq(rig_hear(child), 'w');
}

START_TEST(signal_cancels_runs_cleanups_and_the_parent_sees_the_signal)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

    for (size_t i = 0; i < 3; i++) {
        struct rig_child *child = rig_start(run_pool);

        await_workers(child);
        kill(child->pid, signals[i]);
        rig_finish(child);
        RIG_DIED_BY(child, signals[i]);
        ck_assert_int_eq(rig_count(child, "cancel level=1\n"), 1);
        ck_assert_int_eq(rig_count(child, "task.queue "), 4);
        ck_assert_int_eq(rig_count(child, "task.start "), 2);
        ck_assert_int_eq(rig_count(child, "task.fini "), 4);
        ck_assert_int_eq(rig_count(child, "cleanup.begin "), 4);
        ck_assert_int_eq(rig_count(child, "cleanup.end "), 4);
        free(child);
    }
}
END_TEST

static int unlimited_main(void *arg)
{
    struct qs_group_options two = {.slots = 2};
    struct qs_group *outer, *inner;

    (void)arg;
    ck_assert_int_eq(qs_group_open(&outer, &two), 0);
    ck_assert_int_eq(qs_group_open(&inner, NULL), 0);
    ck_assert_int_eq(qs_group_close(inner, NULL), 0);
    return qs_group_close(outer, NULL);
}

static void run_unlimited(void)
{
    run(unlimited_main);
}

START_TEST(slots_of_a_group_without_a_limit_are_a_number_that_readers_take)
{
    struct rig_child *child = rig_start(run_unlimited);

    rig_finish(child);
    ck_assert_int_eq(rig_count(child, "slots n="), 2);
    ck_assert_int_eq(rig_count(child, "slots n=2147483647\n"), 1);
    free(child);
}
END_TEST

START_TEST(events_come_in_the_order_that_the_protocol_promises)
{
    static const char *const want[] = {"ready\n",
                                       "slots n=2\n",
                                       "task.queue id=1\n",
                                       "task.start id=1\n",
                                       "cleanup.arm id=1 name=outer\n",
                                       "cleanup.arm id=1 name=in_ner_\n",
                                       "cancel level=1\n",
                                       "task.fini id=3\n",
                                       "task.fini id=4\n",
                                       "task.end id=1 outcome=cancelled\n",
                                       "cleanup.begin id=1 name=in_ner_\n",
                                       "cleanup.end id=1 name=in_ner_ rc=0\n",
                                       "cleanup.begin id=1 name=outer\n",
                                       "cleanup.end id=1 name=outer rc=0\n",
                                       "task.fini id=1\n"};
    struct rig_child *child = rig_start(run_pool);
    long before = -1;

    await_workers(child);
    kill(child->pid, SIGINT);
    rig_finish(child);
    for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
        long at = rig_where(child, want[i], 1);

        ck_assert_msg(at > before, "%s not after %s in\n%s", want[i], i ? want[i - 1] : "",
                      child->log);
        before = at;
    }
    free(child);
}
END_TEST

START_TEST(interruption_maps_to_an_exit_code_when_told_to)
{
    struct rig_child *child = rig_start(run_mapped_pool);

    await_workers(child);
    kill(child->pid, SIGINT);
    rig_finish(child);
    ck_assert(WIFEXITED(child->status));
    ck_assert_int_eq(WEXITSTATUS(child->status), 42);
    free(child);
}
END_TEST

START_TEST(second_signal_expires_shields_and_cleanups_still_run)
{
    struct rig_child *child = rig_start(run_shielded_pool);

    await_workers(child);
    kill(child->pid, SIGINT);
    ck_assert_int_eq(rig_hear(child), 'c');
    ck_assert_int_eq(rig_hear(child), 'c');
    kill(child->pid, SIGTERM);
    rig_finish(child);
    RIG_DIED_BY(child, SIGINT); /* by the first one */
    ck_assert_int_eq(rig_count(child, "cancel level=2\n"), 1);
    ck_assert_int_eq(rig_count(child, "cleanup.end "), 4);
    ck_assert_int_eq(rig_count(child, "rc=0\n"), 4);
    ck_assert_int_eq(rig_count(child, "task.fini "), 4);
    free(child);
}
END_TEST

static int grace_main(void *arg)
{
    (void)arg;
    return shielded(NULL);
}

static void run_grace(void)
{
    struct qs_options given = {.grace_ns = QS_MILLISECOND};
    struct qs_result result;

    if (qs_run(&given, grace_main, NULL, &result))
        _exit(98);
    qs_exit(&result);
}

START_TEST(grace_time_brings_level_two_by_itself)
{
    struct rig_child *child = rig_start(run_grace);

    ck_assert_int_eq(rig_hear(child), 'c');
    kill(child->pid, SIGINT);
    rig_finish(child);
    RIG_DIED_BY(child, SIGINT);
    ck_assert_int_eq(rig_count(child, "cancel level=2\n"), 1);
    free(child);
}
END_TEST

static void gasp(void *arg)
{
    rig_tell((char)(uintptr_t)arg);
}

static int spinner(void *arg)
{
    volatile bool for_ever = true;

    (void)arg;
    qs_last_gasp_add(gasp, (void *)(uintptr_t)'1');
    int removed = qs_last_gasp_add(gasp, (void *)(uintptr_t)'2');
    qs_last_gasp_add(gasp, (void *)(uintptr_t)'3');
    qs_last_gasp_remove(removed);
    rig_tell('s');
    while (for_ever)
        ;
    return 0;
}

static void run_spinner(void)
{
    run(spinner);
}

/* Signals coalesce while one is pending, so each is sent again until the process has felt enough of
 * them. */
static void kill_until_it_ends(struct rig_child *child, int signal)
{
    siginfo_t info = {0};

    while (!waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) && !info.si_pid)
        kill(child->pid, signal);
}

START_TEST(third_signal_ends_a_task_that_never_yields_after_its_last_gasps)
{
    struct rig_child *child = rig_start(run_spinner);

    ck_assert_int_eq(rig_hear(child), 's');
    kill_until_it_ends(child, SIGINT);
    ck_assert_int_eq(rig_hear(child), '3');
    ck_assert_int_eq(rig_hear(child), '1');
    ck_assert_int_eq(rig_hear(child), 0);
    rig_finish(child);
    RIG_DIED_BY(child, SIGINT);
    free(child);
}
END_TEST

static int polling(void *arg)
{
    (void)arg;
    rig_tell('p');
    while (!qs_cancelled())
        ;
    return -ECANCELED;
}

static void run_polling(void)
{
    run(polling);
}

START_TEST(task_that_only_asks_whether_it_is_cancelled_feels_the_signal)
{
    struct rig_child *child = rig_start(run_polling);

    ck_assert_int_eq(rig_hear(child), 'p');
    kill(child->pid, SIGTERM);
    rig_finish(child);
    RIG_DIED_BY(child, SIGTERM);
    ck_assert_int_eq(rig_count(child, "cancel level=1\n"), 1);
    free(child);
}
END_TEST

static int raises(void *arg)
{
    (void)arg;
    raise(SIGINT); /* before any wait, as if it had come before the loop */
    return qs_sleep(QS_FOREVER);
}

static void run_raises(void)
{
    run(raises);
}

START_TEST(signal_between_check_and_wait_is_not_lost)
{
    struct rig_child *child = rig_start(run_raises);

    rig_finish(child);
    RIG_DIED_BY(child, SIGINT);
    free(child);
}
END_TEST

static int returns_at_once(void *arg)
{
    (void)arg;
    raise(SIGTERM);
    return 0;
}

static void run_late(void)
{
    run(returns_at_once);
}

START_TEST(signal_that_comes_as_the_work_ends_is_not_swallowed)
{
    struct rig_child *child = rig_start(run_late);

    rig_finish(child);
    RIG_DIED_BY(child, SIGTERM);
    free(child);
}
END_TEST

static int worker_that_raises(void *arg)
{
    struct qs_shield shield;
    int rc;

    (void)arg;
    qs_shield_begin(&shield, qs_now() + 60 * QS_SECOND);
    raise(SIGINT);
    rc = qs_sleep(qs_now() + 10 * QS_SECOND);
    qs_shield_end(&shield);
    return rc == -ECANCELED ? 0 : 4;
}

static void fini_that_raises(void *arg, int rc)
{
    (void)arg;
    if (rc == -ECANCELED)
        raise(SIGINT);
}

/* The first signal cancels the queued task, and from that one's fini comes the second. */
static int acted_on_main(void *arg)
{
    struct qs_group_options slots = {.slots = 1};
    struct qs_group *group;
    struct qs_report report;

    (void)arg;
    qs_group_open(&group, &slots);
    qs_spawn(group, "raises", worker_that_raises, NULL, NULL);
    qs_spawn(group, "queued", worker_that_raises, NULL, fini_that_raises);
    qs_group_close(group, &report);
    return report.done == 1 && report.cancelled == 1 ? 0 : -EIO;
}

START_TEST(signal_that_comes_while_another_is_acted_on_is_not_lost)
{
    struct qs_result result;

    signal(SIGINT, SIG_DFL);
    ck_assert_int_eq(qs_run(NULL, acted_on_main, NULL, &result), 0);
    ck_assert_int_eq(result.value, 0);
    ck_assert_int_eq(result.level, 2);
}
END_TEST

/* The counter that the handler writes to is full: its write fails, EAGAIN. */
static int errno_main(void *arg)
{
    static const uint64_t most = UINT64_MAX - 1;

    ck_assert_int_eq(write(qs_running->poller.wake, &most, sizeof(most)), sizeof(most));
    errno = ERANGE;
    raise(SIGINT);
    *(int *)arg = errno;
    return qs_sleep(QS_FOREVER); /* and the signal is felt all the same */
}

START_TEST(handler_leaves_errno_as_it_was)
{
    int after = 0;

    signal(SIGINT, SIG_DFL);
    ck_assert_int_eq(qs_run(NULL, errno_main, &after, NULL), 0);
    ck_assert_int_eq(after, ERANGE);
}
END_TEST

static int on_stack;

static void where(int signal)
{
    stack_t now;

    (void)signal;
    sigaltstack(NULL, &now);
    on_stack = now.ss_flags;
}

static int raise_int(void *arg)
{
    (void)arg;
    raise(SIGINT);
    return 0;
}

/* A task's stack may have no room for a handler. */
START_TEST(handler_runs_on_a_stack_of_its_own)
{
    static const struct qs_signal signals[] = {{.signal = SIGINT, .chain = true}, {0}};
    struct qs_options given = {.signals = signals};

    signal(SIGINT, where);
    ck_assert_int_eq(qs_run(&given, raise_int, NULL, NULL), 0);
    ck_assert_int_eq(on_stack, SS_ONSTACK);
}
END_TEST

static int ignored_main(void *arg)
{
    (void)arg;
    raise(SIGHUP);
    return qs_yield() ? -EIO : 3;
}

static void run_ignored(void)
{
    signal(SIGHUP, SIG_IGN);
    run(ignored_main);
}

START_TEST(signal_ignored_from_the_start_stays_ignored)
{
    struct rig_child *child = rig_start(run_ignored);

    rig_finish(child);
    ck_assert(WIFEXITED(child->status));
    ck_assert_int_eq(WEXITSTATUS(child->status), 3);
    free(child);
}
END_TEST

static void run_dumping(void)
{
    options.dump_signal = SIGQUIT;
    options.dump_fd = rig_telling;
    run(spinner);
}

START_TEST(dump_signal_shows_a_task_that_never_yields)
{
    struct rig_child *child = rig_start(run_dumping);
    char text[1024];
    size_t len = 0;

    ck_assert_int_eq(rig_hear(child), 's');
    kill(child->pid, SIGQUIT);
    while (len < sizeof(text) - 1 && (!len || !memmem(text, len, "runs now\n", 9))) {
        text[len] = rig_hear(child);
        ck_assert_int_ne(text[len], 0);
        len++;
    }
    text[len] = '\0';
    ck_assert_ptr_nonnull(strstr(text, "running 1, cleaning 0"));
    ck_assert_ptr_nonnull(strstr(text, "task 0 main: running, runs now"));
    kill(child->pid, SIGKILL);
    rig_finish(child);
    free(child);
}
END_TEST

RIG_TESTS("signal", signal_cancels_runs_cleanups_and_the_parent_sees_the_signal,
          slots_of_a_group_without_a_limit_are_a_number_that_readers_take,
          events_come_in_the_order_that_the_protocol_promises,
          interruption_maps_to_an_exit_code_when_told_to,
          second_signal_expires_shields_and_cleanups_still_run,
          grace_time_brings_level_two_by_itself,
          third_signal_ends_a_task_that_never_yields_after_its_last_gasps,
          task_that_only_asks_whether_it_is_cancelled_feels_the_signal,
          signal_between_check_and_wait_is_not_lost,
          signal_that_comes_as_the_work_ends_is_not_swallowed,
          signal_that_comes_while_another_is_acted_on_is_not_lost, handler_leaves_errno_as_it_was,
          handler_runs_on_a_stack_of_its_own, signal_ignored_from_the_start_stays_ignored,
          dump_signal_shows_a_task_that_never_yields)
