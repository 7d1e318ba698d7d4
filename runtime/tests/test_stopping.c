/* test_stopping.c - a run that is stopped by job control: its time stands still meanwhile. */
#include <time.h>

#include "clock.h"
#include "rig.h"

#define HELD_MS 30

static struct {
    int64_t raw, run; /* both clocks, before the stop */
} before;

/* Tells 'y' if the run's clock stood still for as long as the process was held. */
static void tell_difference(void)
{
    int64_t raw = clock_raw() - before.raw, run = qs_now() - before.run;

    rig_tell(raw - run >= HELD_MS * QS_MILLISECOND ? 'y' : 'n');
}

static int stop_twice(void *arg)
{
    (void)arg;
    for (int i = 0; i < 2; i++) {
        before.raw = clock_raw();
        before.run = qs_now();
        raise(i ? SIGTTIN : SIGTSTP);
        tell_difference();
    }
    return qs_sleep(QS_FOREVER);
}

static void run_stopped(void)
{
    struct qs_result result;

    if (qs_run(NULL, stop_twice, NULL, &result))
        _exit(98);
    qs_exit(&result);
}

/* The child has been stopped; lets it go on after a while. */
static void hold(const struct rig_child *child, int signal)
{
    struct timespec while_ = {.tv_nsec = HELD_MS * 1000000};
    int status;

    ck_assert_int_eq(waitpid(child->pid, &status, WUNTRACED), child->pid);
    ck_assert(WIFSTOPPED(status));
    ck_assert_int_eq(WSTOPSIG(status), signal);
    clock_nanosleep(CLOCK_MONOTONIC, 0, &while_, NULL);
    kill(child->pid, SIGCONT);
}

START_TEST(time_stopped_does_not_count_and_the_parent_sees_the_stop)
{
    if (RUNNING_ON_VALGRIND)
        return; /* it keeps a process from stopping */
    struct rig_child *child = rig_start(run_stopped);

    hold(child, SIGTSTP);
    ck_assert_int_eq(rig_hear(child), 'y');
    hold(child, SIGTTIN);
    ck_assert_int_eq(rig_hear(child), 'y');
    kill(child->pid, SIGINT);
    rig_finish(child);
    RIG_DIED_BY(child, SIGINT);
    free(child);
}
END_TEST

static int stop_in_grace(void *arg)
{
    volatile bool for_ever = true;

    (void)arg;
    before.raw = clock_raw();
    raise(SIGINT); /* starts the time until the last level */
    raise(SIGTSTP);
    while (for_ever)
        ;
    return 0;
}

static void gasp(void *arg)
{
    (void)arg;
    rig_tell(clock_raw() - before.raw >= (HELD_MS + 20) * QS_MILLISECOND ? 'y' : 'n');
}

static void run_stop_in_grace(void)
{
    struct qs_options options = {.grace_ns = 10 * QS_MILLISECOND,
                                 .last_grace_ns = 10 * QS_MILLISECOND};

    qs_last_gasp_add(gasp, NULL);
    qs_run(&options, stop_in_grace, NULL, NULL);
    _exit(98);
}

START_TEST(grace_time_stands_still_too)
{
    if (RUNNING_ON_VALGRIND)
        return; /* it keeps a process from stopping */
    struct rig_child *child = rig_start(run_stop_in_grace);

    hold(child, SIGTSTP);
    ck_assert_int_eq(rig_hear(child), 'y');
    rig_finish(child);
    RIG_DIED_BY(child, SIGINT);
    free(child);
}
END_TEST

START_TEST(wait_that_ended_in_an_unseen_stop_ends_when_it_goes_on)
{
    int64_t then = qs_now();

    clock_wait_begin(then - 3600 * QS_SECOND); /* should have ended an hour ago */
    clock_continued();
    ck_assert_int_le(qs_now(), then - 3599 * QS_SECOND);
    clock_continued(); /* counts once */
    ck_assert_int_ge(qs_now(), then - 3601 * QS_SECOND);

    then = qs_now();
    clock_wait_begin(then + 3600 * QS_SECOND); /* not due yet: nothing is known */
    clock_continued();
    ck_assert_int_ge(qs_now(), then);
}
END_TEST

static int own_calls;

static void own(int signal)
{
    (void)signal;
    own_calls++;
}

static int raise_stops(void *arg)
{
    (void)arg;
    raise(SIGTSTP);
    raise(SIGTTOU);
    return raise(SIGCONT);
}

START_TEST(stops_that_the_program_handles_or_ignores_are_left_alone)
{
    signal(SIGTSTP, own);
    signal(SIGTTOU, SIG_IGN);
    signal(SIGCONT, own);
    rig_run(raise_stops, NULL);
    ck_assert_int_eq(own_calls, 2);
}
END_TEST

RIG_TESTS("stopping", time_stopped_does_not_count_and_the_parent_sees_the_stop,
          grace_time_stands_still_too, wait_that_ended_in_an_unseen_stop_ends_when_it_goes_on,
          stops_that_the_program_handles_or_ignores_are_left_alone)
