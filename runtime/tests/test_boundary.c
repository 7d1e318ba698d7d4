/* test_boundary.c - -ECANCELED means "did not happen": each wait is cancelled at each boundary, on
 * either side and on both, and the accounts of both sides must be right. A boundary is a moment
 * between two switches of tasks, or between two turns of the loop. */
#include "every_wait.h"
#include "rig.h"

enum victim { HERE, THERE, BOTH, VICTIMS };

static const struct use *use;
static enum victim victim;
static bool turns;    /* boundaries are turns of the loop */
static uint64_t seed; /* of the order in which tasks run, 0: as they became ready */
static int at;        /* which boundary */

static int idle(void *arg)
{
    (void)arg;
    return 0;
}

static void cancel_victims(void)
{
    if (victim != THERE)
        qs_task_cancel(&use_tasks[0]);
    if (victim != HERE)
        qs_task_cancel(&use_tasks[1]);
}

static bool ended(void)
{
    return qs_task_done(&use_tasks[0]) && qs_task_done(&use_tasks[1]);
}

/* Returns whether the victims were cancelled before they were done. */
static int one_boundary(void *arg)
{
    struct qs_group_options options = {.keep_going = true};
    struct qs_group *group;
    int here, there, i;
    const char *wrong;

    (void)arg;
    ck_assert_msg(!use->set_up || !use->set_up(), "%s: no set-up", use->name);
    ck_assert_int_eq(qs_group_open(&group, &options), 0);
    qs_spawn_task(group, &use_tasks[0], "here", use->here, NULL, NULL);
    qs_spawn_task(group, &use_tasks[1], "there", use->there ? use->there : idle, NULL, NULL);
    for (i = 0; i < at && !ended(); i++)
        ck_assert_int_eq(turns ? qs_sleep(0) : qs_yield(), 0);
    bool early = !ended();
    cancel_victims();
    if (victim != THERE)
        ck_assert_int_eq(qs_join(&use_tasks[0], NULL, QS_FOREVER), 0);
    if (victim != HERE)
        ck_assert_int_eq(qs_join(&use_tasks[1], NULL, QS_FOREVER), 0);
    qs_group_cancel(group); /* what is left waits for the victim in vain */
    qs_group_close(group, NULL);
    ck_assert_int_eq(qs_join(&use_tasks[0], &here, QS_FOREVER), 0);
    ck_assert_int_eq(qs_join(&use_tasks[1], &there, QS_FOREVER), 0);
    ck_assert_msg(here == 0 || here == -ECANCELED, "%s: here %d, at %d", use->name, here, at);
    ck_assert_msg(there == 0 || there == -ECANCELED, "%s: there %d, at %d", use->name, there, at);
    wrong = use->judge ? use->judge(here, there) : NULL;
    ck_assert_msg(!wrong, "%s: %s, at %d, victim %d: here %d, there %d", use->name, wrong, at,
                  victim, here, there);
    return early;
}

#define EACH 1000      /* so many boundaries are all tried */
#define MOST 100000000 /* no use takes that many, if it ends at all */

/* Another process may get its turn late, on a busy machine or in an emulator: past the first ones
 * some boundaries are left out. In an emulator each takes long, too. */
static int next_boundary(int n)
{
    return rig_emulated() || use->slow || n >= EACH ? n + 1 + n / 2 : n + 1;
}

static bool early_at_boundary(void)
{
    struct qs_options options = {.seed = seed};
    struct qs_result result;

    ck_assert_int_eq(qs_run(&options, one_boundary, NULL, &result), 0);
    return result.value;
}

static void every_boundary(void)
{
    for (size_t i = 0; i < USES; i++)
        for (victim = HERE; victim < VICTIMS; victim++) {
            use = &uses[i];
            if (use->polls && !turns)
                continue;
            if (use->here == process_here && rig_emulated())
                continue; /* its signal is lost when it comes before the exec there */
            for (at = 0; at < MOST && early_at_boundary(); at = next_boundary(at))
                ;
            ck_assert_msg(at < MOST, "%s: does not end", use->name);
            ck_assert_msg(at > 0, "%s: was over at once", use->name);
        }
}

START_TEST(each_wait_cancelled_between_any_two_switches_did_not_happen)
{
    turns = false;
    every_boundary();
}
END_TEST

START_TEST(each_wait_cancelled_between_any_two_turns_of_the_loop_did_not_happen)
{
    turns = true;
    every_boundary();
}
END_TEST

/* The cancel comes between what ends the wait and the moment in which the task goes on. */
START_TEST(each_wait_cancelled_once_it_was_woken_has_happened)
{
    turns = true;
    for (seed = 1; seed <= (rig_emulated() ? 1 : 5); seed++)
        every_boundary();
}
END_TEST

RIG_TESTS("boundary", each_wait_cancelled_between_any_two_switches_did_not_happen,
          each_wait_cancelled_between_any_two_turns_of_the_loop_did_not_happen,
          each_wait_cancelled_once_it_was_woken_has_happened)
