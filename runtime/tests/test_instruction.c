/* test_instruction.c - the invariants under a signal at any instruction: the run is single-stepped
 * to a place, and gets a SIGINT there. Places are evenly spread over the whole run; RIG_PLACES says
 * how many (default 12). */
#include "every_wait.h"
#include "rig_step.h"

static struct qs_cleanup nodes[8];
static struct qs_sem sem;

static int clean(void *arg)
{
    (void)arg;
    return 0;
}

static int worker(void *arg)
{
    int rc = qs_defer(arg, "outer", clean, NULL);

    if (!rc)
        rc = qs_defer((struct qs_cleanup *)arg + 1, "inner", clean, NULL);
    if (!rc)
        rc = qs_acquire(&sem, QS_FOREVER);
    if (rc)
        return rc;
    rc = qs_yield();
    qs_release(&sem);
    return rc ? rc : qs_sleep(qs_now() + 50 * QS_MICROSECOND);
}

static int main_task(void *arg)
{
    struct qs_group_options options = {.slots = 2};
    struct qs_group *group;
    int rc;

    (void)arg;
    qs_sem_init(&sem, 1);
    qs_group_open(&group, &options);
    for (int i = 0; i < 4; i++)
        qs_spawn(group, NULL, worker, &nodes[2 * i], NULL);
    rc = qs_group_close(group, NULL);
    return qs_sem_free(&sem) == 1 && (!rc || rc == -ECANCELED) ? 0 : WRONG;
}

static void traced_run(void)
{
    struct qs_result result;

    rig_step_me();
    if (qs_run(NULL, main_task, NULL, &result) || result.value)
        _exit(WRONG);
    qs_exit(&result);
}

static void traced_every_wait(void)
{
    struct qs_result result;

    rig_step_me();
    if (qs_run(NULL, every_wait, NULL, &result) || result.value)
        _exit(WRONG);
    qs_exit(&result);
}

static void check_log(const struct rig_child *child, long at)
{
    int tasks = rig_count(child, "task.queue ");

    ck_assert_msg(rig_count(child, "task.fini ") == tasks, "at %ld:\n%s", at, child->log);
    ck_assert_msg(rig_count(child, "cleanup.arm ") == rig_count(child, "cleanup.begin ") &&
                      rig_count(child, "cleanup.arm ") == rig_count(child, "cleanup.end "),
                  "at %ld:\n%s", at, child->log);
    long cancel = rig_where(child, "cancel level=1", 1);
    for (int i = 1; cancel >= 0 && i <= rig_count(child, "task.start "); i++)
        ck_assert_msg(rig_where(child, "task.start ", i) < cancel, "at %ld:\n%s", at, child->log);
}

/* Steps body through once, then to some places, for a SIGINT there. */
static void at_places(void (*body)(void), long places)
{
    const char *wanted = getenv("RIG_PLACES");
    struct rig_child *child;
    long total, reached = 0;

    if (!rig_can_step())
        return;
    if (wanted)
        places = atol(wanted);
    child = rig_start(body);
    waitpid(child->pid, &child->status, 0);
    total = rig_step(child, INT32_MAX);
    if (rig_untraced(child)) {
        fprintf(stderr, "not tested: no ptrace here\n");
        rig_drop(child);
        return;
    }
    rig_await(child, NULL);
    ck_assert_int_eq(child->status, 0);
    check_log(child, -1);
    rig_drop(child);
    for (long i = 0; i < places; i++) {
        long at = total * (2 * i + 1) / (2 * places);

        child = rig_start(body);
        waitpid(child->pid, &child->status, 0);
        if (rig_step(child, at) < at) {
            rig_drop(child);
            continue;
        }
        ptrace(PTRACE_DETACH, child->pid, NULL, (void *)(intptr_t)SIGINT);
        rig_finish(child);
        RIG_DIED_BY(child, SIGINT);
        check_log(child, at);
        reached++;
        free(child);
    }
    ck_assert_int_gt(reached, places / 2);
}

START_TEST(invariants_hold_under_a_signal_at_any_instruction)
{
    at_places(traced_run, 12);
}
END_TEST

START_TEST(every_wait_holds_under_a_signal_at_any_instruction)
{
    at_places(traced_every_wait, 2);
}
END_TEST

RIG_TESTS("instruction", invariants_hold_under_a_signal_at_any_instruction,
          every_wait_holds_under_a_signal_at_any_instruction)
