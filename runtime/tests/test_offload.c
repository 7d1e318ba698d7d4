/* test_offload.c - functions on other threads: waited for, told of cancellation, never left behind.
 */
#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "rig.h"

static int threads_there_are(void)
{
    DIR *dir = opendir("/proc/self/task");
    int n = 0;

    while (readdir(dir))
        n++;
    closedir(dir);
    return n - 2;
}

static int square(void *arg, const struct qs_job *job)
{
    ck_assert(!qs_job_cancelled(job));
    return *(int *)arg * *(int *)arg;
}

static pthread_key_t late;
static atomic_int ended; /* threads that were there to their end */

static void end_late(void *value)
{
    struct timespec pause = {.tv_nsec = 20000000};

    (void)value;
    nanosleep(&pause, NULL);
    atomic_fetch_add(&ended, 1);
}

static int ends_late(void *arg, const struct qs_job *job)
{
    (void)arg;
    (void)job;
    return -pthread_setspecific(late, &late);
}

static int offload_one(void *arg)
{
    int rc = -1;

    (void)arg;
    ck_assert_int_eq(qs_offload(ends_late, NULL, &rc), 0);
    return rc;
}

/* Also one that takes its time: what a library destroys at a thread's end is the thread's. */
START_TEST(run_is_over_when_its_threads_are)
{
    ck_assert_int_eq(pthread_key_create(&late, end_late), 0);
    ck_assert_int_eq(rig_run(offload_one, NULL), 0);
    ck_assert_int_eq(atomic_load(&ended), 1);
    pthread_key_delete(late);
}
END_TEST

static int one_square(void *arg)
{
    int number = (int)(intptr_t)arg, rc = -1;

    ck_assert_int_eq(qs_offload(square, &number, &rc), 0);
    ck_assert_int_eq(rc, number * number);
    return 0;
}

static int many_squares(void *arg)
{
    struct qs_group *group;

    (void)arg;
    ck_assert_int_eq(qs_offload(NULL, NULL, NULL), -EINVAL);
    qs_group_open(&group, NULL);
    for (intptr_t i = 0; i < 200; i++)
        qs_spawn(group, "square", one_square, (void *)i, NULL);
    return qs_group_close(group, NULL);
}

START_TEST(functions_run_on_threads_and_none_of_those_is_left)
{
#ifdef __SANITIZE_THREAD__
    int before = threads_there_are() + 1; /* it starts one of its own when it likes */
#else
    int before = threads_there_are();
#endif

    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(rig_run(many_squares, NULL), 0);
    while (threads_there_are() > before) /* pthread_join returns just before it is gone */
        sched_yield();
    ck_assert_int_eq(qs_offload(square, NULL, NULL), -EPERM);
}
END_TEST

/* The other tasks go on meanwhile: this function returns only when one of them has run. */
static atomic_int others_ran;

static int until_others_ran(void *arg, const struct qs_job *job)
{
    (void)arg;
    (void)job;
    while (!atomic_load(&others_ran))
        sched_yield();
    return 7;
}

static int offloads(void *arg)
{
    int rc = 0;

    (void)arg;
    ck_assert_int_eq(qs_offload(until_others_ran, NULL, &rc), 0);
    return rc;
}

static int runs_meanwhile(void *arg)
{
    (void)arg;
    atomic_store(&others_ran, 1);
    return 0;
}

static int both_main(void *arg)
{
    struct qs_call calls[] = {{.fn = offloads}, {.fn = runs_meanwhile}};
    int rc = qs_gather(calls, 2, NULL, NULL);

    (void)arg;
    return rc ? rc : calls[0].rc;
}

START_TEST(other_tasks_run_meanwhile)
{
    ck_assert_int_eq(rig_run(both_main, NULL), 7);
}
END_TEST

static atomic_int started, told, not_called;

static int until_told(void *arg, const struct qs_job *job)
{
    (void)arg;
    atomic_fetch_add(&started, 1);
    while (!qs_job_cancelled(job))
        sched_yield();
    atomic_fetch_add(&told, 1);
    return 5;
}

/* Keeps its thread until the six that wait are gone: a thread that is free might take one of them.
 */
static int until_told_and_six_gone(void *arg, const struct qs_job *job)
{
    int rc = until_told(arg, job);

    while (atomic_load(&not_called) < 6)
        sched_yield();
    return rc;
}

static int cancelled_while_it_runs(void *arg)
{
    int rc = -1, waited = qs_offload(until_told_and_six_gone, NULL, &rc);

    (void)arg;
    if (waited) { /* no thread had taken it */
        ck_assert_int_eq(waited, -ECANCELED);
        atomic_fetch_add(&not_called, 1);
        return waited;
    }
    ck_assert_int_eq(rc, 5); /* it has happened: the result is not lost */
    return qs_yield();       /* and the task is cancelled all the same */
}

static int cancel_main(void *arg)
{
    struct qs_report report;
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, NULL);
    for (int i = 0; i < 10; i++)
        qs_spawn(group, "job", cancelled_while_it_runs, NULL, NULL);
    while (atomic_load(&started) < 4) /* all threads are busy */
        qs_yield();
    qs_group_cancel(group);
    ck_assert_int_eq(qs_group_close(group, &report), -ECANCELED);
    ck_assert_int_eq((int)report.cancelled, 10);
    return 0;
}

START_TEST(cancelled_task_tells_its_function_and_waits_and_a_queued_one_is_not_called)
{
    ck_assert_int_eq(rig_run(cancel_main, NULL), 0);
    ck_assert_int_eq(atomic_load(&started), 4);
    ck_assert_int_eq(atomic_load(&told), 4);
    ck_assert_int_eq(atomic_load(&not_called), 6);
}
END_TEST

static int with_timeout(void *arg)
{
    int rc = -1, waited = qs_offload(until_told, NULL, &rc);

    if (waited)
        return waited;
    *(int *)arg = rc;
    return qs_yield();
}

/* With ever more time, until the thread was quicker than the timeout. */
static int timeout_main(void *arg)
{
    for (int64_t time = QS_MILLISECOND; !*(int *)arg; time *= 2)
        ck_assert_int_eq(qs_within(qs_now() + time, with_timeout, arg), -ETIMEDOUT);
    return *(int *)arg;
}

START_TEST(timeout_tells_the_function_too)
{
    int result = 0;

    ck_assert_int_eq(rig_run(timeout_main, &result), 5);
}
END_TEST

static int in_a_shield(void *arg)
{
    struct qs_shield shield;
    int number = 3, rc = 0;

    (void)arg;
    raise(SIGTERM);
    ck_assert_int_eq(qs_offload(square, &number, NULL), -ECANCELED);
    qs_shield_begin(&shield, qs_now() + 3600 * QS_SECOND);
    ck_assert_int_eq(qs_offload(square, &number, &rc), 0);
    qs_shield_end(&shield);
    return rc;
}

START_TEST(shield_holds_for_it)
{
    ck_assert_int_eq(rig_run(in_a_shield, NULL), 9);
}
END_TEST

static int look_at_mask(void *arg, const struct qs_job *job)
{
    sigset_t mask;

    (void)arg;
    (void)job;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    ck_assert_int_eq(qs_yield(), -EPERM);
    return sigismember(&mask, SIGINT) && sigismember(&mask, SIGTERM) && sigismember(&mask, SIGCHLD);
}

static int mask_main(void *arg)
{
    sigset_t mask;
    int rc = 0;

    (void)arg;
    qs_offload(look_at_mask, NULL, &rc);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    ck_assert(!sigismember(&mask, SIGCHLD));
    return rc;
}

START_TEST(signals_are_blocked_on_the_threads_only)
{
    ck_assert_int_eq(rig_run(mask_main, NULL), 1);
}
END_TEST

static int square_told(void *arg, const struct qs_job *job)
{
    (void)qs_job_cancelled(job);
    return *(int *)arg;
}

static int wait_told(void *arg)
{
    int number = 4, rc = 0;

    (void)arg;
    return qs_offload(square_told, &number, &rc) ? -ECANCELED : rc;
}

static int race_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    for (int i = 0; i < 200; i++) {
        struct qs_report report;

        qs_group_open(&group, NULL);
        qs_spawn(group, "race", wait_told, NULL, NULL);
        qs_yield();
        qs_group_cancel(group); /* before, while or after a thread takes it */
        qs_group_close(group, &report);
        ck_assert_int_eq((int)(report.done + report.cancelled), 1);
    }
    return 0;
}

START_TEST(cancellation_races_with_the_threads_and_neither_is_lost)
{
    ck_assert_int_eq(rig_run(race_main, NULL), 0);
}
END_TEST

RIG_TESTS("offload", run_is_over_when_its_threads_are,
          functions_run_on_threads_and_none_of_those_is_left, other_tasks_run_meanwhile,
          cancelled_task_tells_its_function_and_waits_and_a_queued_one_is_not_called,
          timeout_tells_the_function_too, shield_holds_for_it,
          signals_are_blocked_on_the_threads_only,
          cancellation_races_with_the_threads_and_neither_is_lost)
