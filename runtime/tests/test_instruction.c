/* test_instruction.c - the invariants under a signal at any instruction: the run is single-stepped
 * to a place, and gets a SIGINT there. Places are evenly spread over the whole run; RIG_PLACES says
 * how many (default 12). */
#include <sys/ptrace.h>

#include "rig.h"
#include "task.h" /* QS_ASAN */

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
    return qs_sem_free(&sem) == 1 && (!rc || rc == -ECANCELED) ? 0 : 77;
}

static void traced_run(void)
{
    struct qs_result result;

    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
        _exit(97);
    raise(SIGSTOP);
    if (qs_run(NULL, main_task, NULL, &result) || result.value)
        _exit(77);
    qs_exit(&result);
}

/* Steps the child; returns how many instructions it made, fewer than most if it ended. */
static long step(struct rig_child *child, long most)
{
    long n = 0;

    waitpid(child->pid, &child->status, 0);
    for (; n < most && WIFSTOPPED(child->status); n++) {
        if (ptrace(PTRACE_SINGLESTEP, child->pid, NULL, NULL) ||
            waitpid(child->pid, &child->status, 0) < 0)
            break;
    }
    return n;
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

START_TEST(invariants_hold_under_a_signal_at_any_instruction)
{
    const char *preload = getenv("LD_PRELOAD");

    if (preload && strstr(preload, "vgpreload")) {
        fprintf(stderr, "not tested: valgrind cannot be stepped\n");
        return;
    }
#ifdef QS_ASAN
    fprintf(stderr, "not tested: the leak check at exit does not work in a stepped process\n");
    return;
#endif
    struct rig_child *child = rig_start(traced_run);
    const char *wanted = getenv("RIG_PLACES");
    long places = wanted ? atol(wanted) : 12, total = step(child, INT32_MAX), reached = 0;

    if (child->status == 97 << 8) {
        fprintf(stderr, "not tested: no ptrace here\n");
        rig_await(child, NULL);
        free(child);
        return;
    }
    rig_await(child, NULL);
    check_log(child, -1);
    ck_assert_int_eq(rig_count(child, "task.fini "), 4);
    close(child->events);
    close(child->told);
    free(child);
    for (long i = 0; i < places; i++) {
        long at = 1 + total * i / places;

        child = rig_start(traced_run);
        if (step(child, at) == at && WIFSTOPPED(child->status)) {
            ptrace(PTRACE_DETACH, child->pid, NULL, (void *)(intptr_t)SIGINT);
            rig_finish(child);
            RIG_DIED_BY(child, SIGINT);
            check_log(child, at);
            reached++;
        } else {
            rig_await(child, NULL);
            close(child->events);
            close(child->told);
        }
        free(child);
    }
    ck_assert_int_gt(reached, places / 2);
}
END_TEST

RIG_TESTS("instruction", invariants_hold_under_a_signal_at_any_instruction)
