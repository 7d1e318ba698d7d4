/* test_run.c - a run leaves nothing behind; many tasks; snapshots. */
#include <dirent.h>

#include "rig.h"

static int open_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int n = 0;

    ck_assert_ptr_nonnull(dir);
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static int busy(void *arg)
{
    (void)arg;
    return qs_sleep(qs_now() + QS_MILLISECOND);
}

static int busy_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    ck_assert_int_eq(qs_run(NULL, busy, NULL, NULL), -EBUSY); /* one at a time */
    qs_group_open(&group, NULL);
    for (int i = 0; i < 50; i++)
        qs_spawn(group, NULL, busy, NULL, NULL);
    return qs_group_close(group, NULL);
}

START_TEST(run_leaves_no_descriptor_handler_mask_or_alternate_stack)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
    struct qs_options options = {.dump_signal = SIGUSR1};
    struct sigaction before[4], after;
    sigset_t mask_before, mask_after;
    stack_t stack_before, stack_after;
    int fds = open_descriptors();

    for (int i = 0; i < 4; i++)
        sigaction(signals[i], NULL, &before[i]);
    sigprocmask(SIG_BLOCK, NULL, &mask_before);
    sigaltstack(NULL, &stack_before);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(qs_run(&options, busy_main, NULL, NULL), 0);
    ck_assert_int_eq(open_descriptors(), fds);
    for (int i = 0; i < 4; i++) {
        sigaction(signals[i], NULL, &after);
        ck_assert(after.sa_handler == before[i].sa_handler);
        /* libc sets 0x04000000, SA_RESTORER, itself; what a user can set must be as before */
        ck_assert_int_eq(after.sa_flags & ~0x04000000, before[i].sa_flags & ~0x04000000);
    }
    sigprocmask(SIG_BLOCK, NULL, &mask_after);
    for (int sig = 1; sig < 65; sig++)
        ck_assert_int_eq(sigismember(&mask_before, sig), sigismember(&mask_after, sig));
    sigaltstack(NULL, &stack_after);
    ck_assert_int_eq(stack_after.ss_flags, stack_before.ss_flags);
    if (!(stack_before.ss_flags & SS_DISABLE))
        ck_assert_ptr_eq(stack_after.ss_sp, stack_before.ss_sp);
    ck_assert_int_eq(qs_yield(), -EPERM);
}
END_TEST

START_TEST(bad_options_are_refused_and_nothing_runs)
{
    static const struct qs_signal unknown[] = {{.signal = 12345}, {0}},
                                  both[] = {{.signal = SIGINT}, {.signal = SIGQUIT}, {0}},
                                  twice[] = {{.signal = SIGINT}, {.signal = SIGINT}, {0}},
                                  high[] = {{.signal = SIGINT, .steps = {4}}, {0}},
                                  no_event[] = {{.signal = SIGINT, .does = QS_NOTIFY}, {0}};
    struct qs_options options[] = {{.signals = unknown}, {.signals = both, .dump_signal = SIGQUIT},
                                   {.signal_code = 256}, {.signals = twice},
                                   {.signals = high},    {.signals = no_event},
                                   {.debounce_ns = -1},  {.last_grace_ns = -1},
                                   {.grace_ns = -1},     {.stack_size = 100}};
    int fds = open_descriptors();

    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
        ck_assert_int_eq(qs_run(&options[i], busy_main, NULL, NULL), -EINVAL);
    ck_assert_int_eq(qs_run(NULL, NULL, NULL, NULL), -EINVAL);
    ck_assert_int_eq(open_descriptors(), fds);
}
END_TEST

static int exhaust_main(void *arg)
{
    int *fds = arg;

    while ((*fds = dup(0)) >= 0)
        fds++;
    return 0;
}

START_TEST(run_without_free_descriptors_fails_cleanly)
{
    static int fds[32768];
    int rc;

    memset(fds, -1, sizeof(fds));
    exhaust_main(fds);
    rc = qs_run(NULL, busy_main, NULL, NULL);
    for (int i = 0; fds[i] >= 0; i++)
        close(fds[i]);
    ck_assert_int_eq(rc, -EMFILE);
    ck_assert_int_eq(rig_run(busy_main, NULL), 0);
}
END_TEST

static size_t finis;

static void count_fini(void *arg, int rc)
{
    (void)arg;
    (void)rc;
    finis++;
}

static int recurse(void *arg)
{
    struct qs_group *group;
    intptr_t depth = (intptr_t)arg;

    if (!depth)
        return 0;
    qs_group_open(&group, NULL);
    for (int i = 0; i < 3; i++)
        qs_spawn(group, NULL, recurse, (void *)(depth - 1), count_fini);
    return qs_group_close(group, NULL);
}

START_TEST(tasks_that_open_groups_all_end)
{
    finis = 0;
    ck_assert_int_eq(rig_run(recurse, (void *)5), 0);
    ck_assert_uint_eq(finis, 3 + 9 + 27 + 81 + 243);
}
END_TEST

#define MANY 100000

static int many_main(void *arg)
{
    struct qs_group_options options = {.slots = 1};
    struct qs_group *group;

    qs_group_open(&group, &options);
    for (int i = 0; i < MANY; i++)
        qs_spawn(group, NULL, recurse, NULL, count_fini);
    if (arg)
        qs_group_cancel(group);
    return qs_group_close(group, NULL);
}

START_TEST(each_of_many_queued_tasks_gets_one_fini)
{
    finis = 0;
    ck_assert_int_eq(rig_run(many_main, NULL), 0);
    ck_assert_uint_eq(finis, MANY);
    ck_assert_int_eq(rig_run(many_main, (void *)1), -ECANCELED);
    ck_assert_uint_eq(finis, 2 * MANY);
}
END_TEST

static int snapshot_main(void *arg)
{
    struct qs_group_options options = {.slots = 1};
    struct qs_task_info info[8];
    struct qs_group *group;
    int seen[QS_DONE + 1] = {0};

    (void)arg;
    qs_group_open(&group, &options);
    for (int i = 0; i < 3; i++)
        qs_spawn(group, "busy", busy, NULL, NULL);
    qs_yield();
    ck_assert_uint_eq(qs_snapshot(NULL, 0), 4);
    ck_assert_uint_eq(qs_snapshot(info, 8), 4);
    for (int i = 0; i < 4; i++) {
        seen[info[i].state]++;
        if (info[i].id == 1)
            ck_assert_str_eq(info[i].waits, "sleep");
        if (info[i].id == 0)
            ck_assert_str_eq(info[i].name, "main");
    }
    ck_assert_int_eq(seen[QS_RUNNING], 1);
    ck_assert_int_eq(seen[QS_WAITING], 1);
    ck_assert_int_eq(seen[QS_QUEUED], 2);
    return qs_group_close(group, NULL);
}

START_TEST(snapshot_tells_states_names_and_waits)
{
    ck_assert_int_eq(rig_run(snapshot_main, NULL), 0);
}
END_TEST

RIG_TESTS("run", run_leaves_no_descriptor_handler_mask_or_alternate_stack,
          bad_options_are_refused_and_nothing_runs, run_without_free_descriptors_fails_cleanly,
          tasks_that_open_groups_all_end, each_of_many_queued_tasks_gets_one_fini,
          snapshot_tells_states_names_and_waits)
