/* test_clock.c - the clock jumps, and timers come late. clock_gettime(2) is wrapped by the linker.
 */
#include <time.h>

#include "ledger.h"

static _Atomic int64_t ahead;            /* ns that the clock is ahead of the machine's */
static _Atomic unsigned asked, jump_at;  /* jumps at the jump_at-th look, 0: not */
static _Atomic unsigned asked_for_other; /* looks at another clock than CLOCK_MONOTONIC */

int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
    int rc = __real_clock_gettime(clock, time);

    if (clock != CLOCK_MONOTONIC)
        asked_for_other++;
    if (++asked == jump_at)
        ahead += 600 * QS_SECOND;
    time->tv_sec += ahead / QS_SECOND;
    return rc;
}

/* A clock that jumps is a timer that is late: by ten minutes, in any place. */
START_TEST(nothing_is_lost_when_timers_are_late_by_minutes)
{
    const char *wanted = getenv("RIG_SEEDS");
    unsigned looks, seeds = wanted ? (unsigned)atoi(wanted) : 60;
    struct ledger_process before;
    struct qs_result result = {0};

    ledger_run(NULL, NULL);
    looks = asked;
    for (unsigned i = 0; i < seeds; i++) {
        ledger_look(&before);
        asked = 0;
        jump_at = seeds < looks ? 1 + looks * i / seeds : 1 + i % looks;
        int rc = ledger_run(NULL, &result);
        const char *wrong = ledger_audit(rc, &before);
        ck_assert_msg(!wrong, "a jump at look %u: %s", jump_at, wrong);
        /* A minute's sleep may be over before the timeout that it is in is felt. */
        ck_assert_msg(!rc && result.value == 0, "a jump at look %u: %d, %d", jump_at, rc,
                      result.value);
    }
    ahead = 0; /* libcheck measures with this clock, and can't tell of more than an hour */
}
END_TEST

/* What time of day it is does not matter: nobody asks. */
START_TEST(the_time_of_day_is_never_asked_for)
{
    struct qs_result result = {0};

    ck_assert_int_eq(ledger_run(NULL, &result), 0);
    ck_assert_int_eq(result.value, 0);
    ck_assert_uint_gt(asked, 10);
    ck_assert_uint_eq(asked_for_other, 0);
}
END_TEST

static int woken[8], wakes;

static int late_sleeper(void *arg)
{
    int i = (int)(intptr_t)arg, rc = qs_sleep(qs_now() + (8 - i) * QS_SECOND);

    woken[wakes++] = i;
    return rc;
}

static int late_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    if (qs_group_open(&group, NULL))
        return -ENOMEM;
    for (int i = 0; i < 8; i++)
        qs_spawn(group, NULL, late_sleeper, (void *)(intptr_t)i, NULL);
    qs_yield();
    ahead += 600 * QS_SECOND;
    return qs_group_close(group, NULL);
}

START_TEST(timers_that_are_late_together_fire_in_order)
{
    ck_assert_int_eq(rig_run(late_main, NULL), 0);
    for (int i = 0; i < 8; i++)
        ck_assert_int_eq(woken[i], 7 - i);
}
END_TEST

RIG_TESTS("clock", nothing_is_lost_when_timers_are_late_by_minutes,
          the_time_of_day_is_never_asked_for, timers_that_are_late_together_fire_in_order)
