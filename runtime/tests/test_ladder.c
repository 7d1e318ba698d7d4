/* test_ladder.c - what each signal may be told to do: steps, debounce, levels that come by time,
 * events, and handlers that were there before. */
#include <sys/syscall.h>
#include <time.h>

#include "ladder.h"
#include "rig.h"

static const struct qs_signal two_steps[] = {{.signal = SIGINT},
                                             {.signal = SIGTERM, .steps = {1, 3}},
                                             {.signal = SIGQUIT, .steps = {3}},
                                             {0}};

static void gasp(void *arg)
{
    rig_tell((char)(uintptr_t)arg);
}

static void run_and_exit(const struct qs_options *options, qs_task_fn *body)
{
    struct qs_result result;

    signal(SIGALRM, SIG_DFL);
    if (qs_run(options, body, NULL, &result))
        _exit(98);
    qs_exit(&result);
}

static int raise_with_gasp(int first, int second)
{
    qs_last_gasp_add(gasp, (void *)(uintptr_t)'g');
    raise(first);
    if (second)
        raise(second);
    rig_tell('o');
    return 0;
}

static int term_twice(void *arg)
{
    (void)arg;
    return raise_with_gasp(SIGTERM, SIGTERM);
}

static int quit_once(void *arg)
{
    (void)arg;
    return raise_with_gasp(SIGQUIT, 0);
}

static int int_then_term(void *arg)
{
    (void)arg;
    return raise_with_gasp(SIGINT, SIGTERM);
}

static qs_task_fn *stepping;

static void run_steps(void)
{
    struct qs_options options = {.signals = two_steps};

    run_and_exit(&options, stepping);
}

static void with_steps(qs_task_fn *body, char said, int died_by)
{
    struct rig_child *child;

    stepping = body;
    child = rig_start(run_steps);
    ck_assert_int_eq(rig_hear(child), said);
    ck_assert_int_eq(rig_hear(child), 0);
    rig_finish(child);
    RIG_DIED_BY(child, died_by);
    free(child);
}

START_TEST(signal_with_steps_of_its_own_climbs_those)
{
    with_steps(term_twice, 'g', SIGTERM);
}
END_TEST

START_TEST(signal_whose_first_step_is_the_last_level_ends_the_process_at_once)
{
    with_steps(quit_once, 'g', SIGQUIT);
}
END_TEST

START_TEST(lower_step_of_another_signal_takes_nothing_back)
{
    with_steps(int_then_term, 'o', SIGINT);
}
END_TEST

static int int_int_hup_int(void *arg)
{
    (void)arg;
    raise(SIGINT);
    raise(SIGINT);
    raise(SIGHUP); /* asks for level 1 */
    return raise_with_gasp(SIGINT, 0);
}

static void run_low_steps(void)
{
    static const struct qs_signal signals[] = {
        {.signal = SIGINT}, {.signal = SIGHUP, .steps = {1}}, {0}};
    struct qs_options options = {.signals = signals};

    run_and_exit(&options, int_int_hup_int);
}

START_TEST(level_after_a_lower_step_is_one_more_than_the_highest_so_far)
{
    struct rig_child *child = rig_start(run_low_steps);

    ck_assert_int_eq(rig_hear(child), 'g');
    ck_assert_int_eq(rig_hear(child), 0);
    rig_finish(child);
    RIG_DIED_BY(child, SIGINT);
    free(child);
}
END_TEST

static int raise_some(void *arg)
{
    for (int i = *(int *)arg; i > 0; i--)
        raise(SIGINT);
    return qs_sleep(QS_FOREVER);
}

static struct qs_result after(const struct qs_options *options, qs_task_fn *body, int n)
{
    struct qs_result result;

    ck_assert_int_eq(qs_run(options, body, &n, &result), 0);
    return result;
}

START_TEST(repeats_in_the_debounce_window_count_once)
{
    struct qs_options options = {.debounce_ns = 3600 * QS_SECOND};
    struct qs_result result = after(&options, raise_some, 5);

    ck_assert_int_eq(result.level, 1);
    ck_assert_int_eq(result.signal, SIGINT);
    options.debounce_ns = 0;
    ck_assert_int_eq(after(&options, raise_some, 2).level, 2);
}
END_TEST

START_TEST(debounce_window_does_not_move_with_what_it_swallows)
{
    static const unsigned char none[QS_STEPS];
    struct ladder ladder;
    atomic_uint nth = 0;

    ladder_reset(&ladder, 100);
    ck_assert_int_eq(ladder_climb(&ladder, SIGINT, none, &nth, 1000), 1);
    for (int64_t now = 1001; now < 1100; now += 7)
        ck_assert_int_eq(ladder_climb(&ladder, SIGTERM, none, &nth, now), 0);
    ck_assert_int_eq(ladder_climb(&ladder, SIGTERM, none, &nth, 1100), 2);
    ck_assert_int_eq(ladder_climb(&ladder, SIGTERM, none, &nth, 1199), 0);
    ck_assert_int_eq(atomic_load(&ladder.first), SIGINT);
}
END_TEST

static int spin(void *arg)
{
    volatile bool for_ever = true;

    (void)arg;
    qs_last_gasp_add(gasp, (void *)(uintptr_t)'g');
    raise(SIGINT);
    while (for_ever)
        ;
    return 0;
}

static void run_spin(void)
{
    struct qs_options options = {.grace_ns = QS_MILLISECOND, .last_grace_ns = QS_MILLISECOND};

    run_and_exit(&options, spin);
}

START_TEST(task_that_never_yields_is_ended_by_time_alone)
{
    struct rig_child *child = rig_start(run_spin);

    ck_assert_int_eq(rig_hear(child), 'g');
    ck_assert_int_eq(rig_hear(child), 0);
    rig_finish(child);
    RIG_DIED_BY(child, SIGINT);
    free(child);
}
END_TEST

static int cancel_and_spin(void *arg)
{
    volatile bool for_ever = true;

    (void)arg;
    qs_cancel(2);
    while (for_ever)
        ;
    return 0;
}

static void run_cancel_and_spin(void)
{
    struct qs_options options = {.last_grace_ns = QS_MILLISECOND};

    run_and_exit(&options, cancel_and_spin);
}

START_TEST(cancel_by_call_is_followed_by_the_last_level_too)
{
    struct rig_child *child = rig_start(run_cancel_and_spin);

    rig_finish(child);
    RIG_DIED_BY(child, SIGTERM);
    free(child);
}
END_TEST

START_TEST(run_that_ends_in_its_grace_time_is_left_in_peace)
{
    struct qs_options options = {.grace_ns = 3600 * QS_SECOND, .last_grace_ns = 3600 * QS_SECOND};
    FILE *timers;

    ck_assert_int_eq(after(&options, raise_some, 1).level, 1);
    ck_assert_int_eq(after(&options, raise_some, 0 + 2).level, 2);
    timers = fopen("/proc/self/timers", "r");
    if (timers) {
        ck_assert_int_eq(fgetc(timers), EOF); /* no timer is left */
        fclose(timers);
    }
}
END_TEST

static struct qs_event reload;

static int wait_reload(void *arg)
{
    int rc;

    (void)arg;
    raise(SIGHUP);
    rc = qs_event_wait(&reload, QS_FOREVER);
    if (rc)
        return rc;
    qs_event_reset(&reload);
    raise(SIGHUP);
    return qs_event_wait(&reload, QS_FOREVER);
}

START_TEST(signal_may_set_an_event_and_cancels_nothing)
{
    static const struct qs_signal signals[] = {
        {.signal = SIGHUP, .does = QS_NOTIFY, .event = &reload}, {0}};
    struct qs_options options = {.signals = signals};
    struct qs_result result;

    signal(SIGHUP, SIG_DFL);
    qs_event_init(&reload);
    result = after(&options, wait_reload, 0);
    ck_assert_int_eq(result.value, 0);
    ck_assert_int_eq(result.level, 0);
    ck_assert_int_eq(result.signal, 0);
}
END_TEST

static int plain_calls, info_calls, info_code;

static void plain(int signal)
{
    plain_calls += signal == SIGINT;
}

static void with_info(int signal, siginfo_t *info, void *context)
{
    (void)context;
    info_calls += signal == SIGTERM;
    info_code = info->si_code;
}

static int raise_both(void *arg)
{
    (void)arg;
    raise(SIGINT);
    kill(getpid(), SIGTERM);
    return qs_sleep(QS_FOREVER);
}

START_TEST(chained_signal_reaches_the_handler_that_was_there_before)
{
    static const struct qs_signal signals[] = {{.signal = SIGINT, .chain = true},
                                               {.signal = SIGTERM, .chain = true},
                                               {.signal = SIGUSR1, .chain = true},
                                               {0}};
    struct qs_options options = {.signals = signals};
    struct sigaction action = {.sa_flags = SA_SIGINFO};

    signal(SIGINT, plain);
    signal(SIGUSR1, SIG_DFL); /* nothing to call there */
    action.sa_sigaction = with_info;
    sigaction(SIGTERM, &action, NULL);
    ck_assert_int_eq(after(&options, raise_both, 0).level, 2);
    ck_assert_int_eq(plain_calls, 1);
    ck_assert_int_eq(info_calls, 1);
    ck_assert_int_eq(info_code, SI_USER);
}
END_TEST

static int nothing(void *arg)
{
    (void)arg;
    return qs_yield();
}

static void read_actions(struct sigaction *actions)
{
    for (int i = 1; i < 32; i++)
        sigaction(i, NULL, &actions[i]);
}

START_TEST(handlers_flags_and_masks_are_put_back_exactly)
{
    static struct sigaction before[32], now[32];
    struct sigaction odd = {.sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESETHAND};
    struct qs_options options = {.dump_signal = SIGUSR1, .last_grace_ns = QS_SECOND};

    odd.sa_sigaction = with_info;
    sigaddset(&odd.sa_mask, SIGWINCH);
    sigaction(SIGTERM, &odd, NULL);
    signal(SIGINT, plain);
    read_actions(before);
    for (int i = 0; i < 3; i++) {
        after(&options, nothing, 0);
        read_actions(now);
        for (int s = 1; s < 32; s++) {
            /* the C library adds SA_RESTORER, which its callers need not know */
            ck_assert_int_eq(now[s].sa_flags & ~0x04000000, before[s].sa_flags & ~0x04000000);
            ck_assert_ptr_eq((void *)now[s].sa_handler, (void *)before[s].sa_handler);
            for (int member = 1; member < 32; member++)
                ck_assert_int_eq(sigismember(&now[s].sa_mask, member),
                                 sigismember(&before[s].sa_mask, member));
        }
    }
}
END_TEST

static int install_own(void *arg)
{
    (void)arg;
    signal(SIGINT, plain);
    return 0;
}

START_TEST(handler_installed_during_a_run_stays)
{
    struct sigaction now;

    signal(SIGINT, SIG_DFL);
    after(NULL, install_own, 0);
    sigaction(SIGINT, NULL, &now);
    ck_assert(now.sa_handler == plain);
}
END_TEST

START_TEST(runs_follow_each_other_and_a_signal_is_felt_by_its_own_only)
{
    for (int i = 0; i < 20; i++) {
        struct qs_result result = after(NULL, i % 2 ? raise_some : nothing, 1 + i % 4 / 2);

        ck_assert_int_eq(result.level, i % 2 ? 1 + i % 4 / 2 : 0);
        ck_assert_int_eq(result.signal, i % 2 ? SIGINT : 0);
    }
}
END_TEST

RIG_TESTS("ladder", signal_with_steps_of_its_own_climbs_those,
          signal_whose_first_step_is_the_last_level_ends_the_process_at_once,
          lower_step_of_another_signal_takes_nothing_back,
          level_after_a_lower_step_is_one_more_than_the_highest_so_far,
          repeats_in_the_debounce_window_count_once,
          debounce_window_does_not_move_with_what_it_swallows,
          task_that_never_yields_is_ended_by_time_alone,
          cancel_by_call_is_followed_by_the_last_level_too,
          run_that_ends_in_its_grace_time_is_left_in_peace,
          signal_may_set_an_event_and_cancels_nothing,
          chained_signal_reaches_the_handler_that_was_there_before,
          handlers_flags_and_masks_are_put_back_exactly, handler_installed_during_a_run_stays,
          runs_follow_each_other_and_a_signal_is_felt_by_its_own_only)
