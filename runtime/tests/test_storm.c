/* test_storm.c - signals from another process: a storm of ones that interrupt system calls, and
 * SIGINTs at seeded times into a workload that uses every wait; and a hundred thousand tasks.
 * RIG_SEEDS and RIG_STORM say how many (make prove-runtime: more). */
#include <time.h>

#include "ledger.h"

static long setting(const char *name, long standard)
{
    const char *text = getenv(name);

    return text ? atol(text) : standard;
}

/* ---- EINTR ----------------------------------------------------------------------------------- */

static volatile sig_atomic_t storms;

static void count_storm(int signal)
{
    (void)signal;
    storms++;
}

static void storm(pid_t target)
{
    struct timespec pause = {.tv_nsec =
                                 40000}; /* and what it takes to wake: some 10,000 a second */

    while (!kill(target, SIGUSR1))
        nanosleep(&pause, NULL);
    _exit(0);
}

START_TEST(nothing_is_lost_in_a_storm_of_signals_that_interrupt_calls)
{
    long wanted = setting("RIG_STORM", 1000), runs = 0;
    struct sigaction action = {.sa_handler = count_storm}; /* no SA_RESTART: calls fail, EINTR */
    struct ledger_process before;
    struct qs_result result = {0};
    pid_t pid, target = getpid();

    sigaction(SIGUSR1, &action, NULL);
    fflush(NULL);
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (!pid)
        storm(target);
    for (; storms < wanted || runs < 20; runs++) {
        ledger.process = runs % 16 == 0;
        ledger_look(&before);
        int rc = ledger_run(NULL, &result);
        const char *wrong = ledger_audit(rc, &before);
        ck_assert_msg(!wrong, "run %ld: %s", runs, wrong);
        ck_assert_msg(!rc && !result.value, "run %ld: %d, %d", runs, rc, result.value);
    }
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    if (getenv("RIG_VERBOSE"))
        fprintf(stderr, "%ld runs, %ld signals\n", runs, (long)storms);
}
END_TEST

/* ---- SIGINT at seeded times ------------------------------------------------------------------ */

static int told[2];

/* Runs the workload again and again until a signal comes into it; tells how it was, and dies of
 * it. */
static void interrupted(void)
{
    struct ledger_process before;
    struct qs_result result = {0};
    const char *wrong = NULL;

    for (int i = 1; i < 32; i++)
        signal(i, SIG_DFL);
    ledger_look(&before);
    if (write(told[1], "r", 1) != 1)
        _exit(98);
    while (!wrong && !result.signal) {
        int rc = ledger_run(NULL, &result);

        wrong = ledger_audit(rc, &before);
        if (!wrong && rc)
            wrong = "the run failed";
        if (!wrong && result.level > 2)
            wrong = "9: a level above 2 has returned";
    }
    if (!wrong)
        wrong = "+";
    if (write(told[1], wrong, strlen(wrong)) < 0)
        _exit(98);
    qs_exit(&result);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return *seed >> 33;
}

/* Burns a time: sleeping would be rounded. */
static void wait_ns(int64_t ns)
{
    int64_t until = qs_now() + ns;

    while (qs_now() < until)
        ;
}

START_TEST(invariants_hold_under_signals_from_another_process_at_seeded_times)
{
    long seeds = setting("RIG_SEEDS", 60);

    for (long i = 1; i <= seeds; i++) {
        uint64_t seed = (uint64_t)i;
        char answer[300] = {0}, byte;
        int status = 0;
        size_t len = 0;
        ssize_t n;

        ck_assert_int_eq(pipe(told), 0);
        fflush(NULL);
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (!pid)
            interrupted();
        close(told[1]);
        ck_assert_int_eq(read(told[0], &byte, 1), 1);
        next_random(&seed);
        wait_ns((int64_t)(next_random(&seed) % 2000) * QS_MICROSECOND);
        kill(pid, next_random(&seed) % 2 ? SIGINT : SIGTERM);
        if (next_random(&seed) % 2) { /* a second one: level 2 */
            wait_ns((int64_t)(next_random(&seed) % 300) * QS_MICROSECOND);
            kill(pid, SIGINT);
        }
        while ((n = read(told[0], answer + len, sizeof(answer) - 1 - len)) > 0)
            len += (size_t)n;
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        close(told[0]);
        /* Between two runs, or once it is over, a signal has its default action: no answer then. */
        ck_assert_msg(!len || !strcmp(answer, "+"), "seed %ld: %s", i, answer);
        ck_assert_msg(WIFSIGNALED(status) &&
                          (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGTERM),
                      "seed %ld: status %x", i, status);
    }
}
END_TEST

/* ---- A hundred thousand tasks ---------------------------------------------------------------- */

#define MANY 100000

static struct {
    struct qs_cleanup node;
    unsigned char armed, cleaned, finis;
} many[MANY];
static long starts, stop_after, ran_late;

static int many_clean(void *arg)
{
    many[(intptr_t)arg].cleaned++;
    return 0;
}

static int many_body(void *arg)
{
    if (qs_cancelled())
        ran_late++;
    if (!qs_defer(&many[(intptr_t)arg].node, NULL, many_clean, arg))
        many[(intptr_t)arg].armed++;
    if (++starts == stop_after)
        raise(SIGINT);
    return qs_yield();
}

static void many_fini(void *arg, int rc)
{
    (void)rc;
    many[(intptr_t)arg].finis++;
}

static int many_main(void *arg)
{
    struct qs_group_options options = {.slots = *(uint32_t *)arg};
    struct qs_group *group;

    if (qs_group_open(&group, &options))
        return -ENOMEM;
    for (intptr_t i = 0; i < MANY; i++)
        qs_spawn(group, NULL, many_body, (void *)i, many_fini);
    return qs_group_close(group, NULL);
}

static void many_run(uint32_t slots, long stop)
{
    struct qs_result result;

    memset(many, 0, sizeof(many));
    starts = ran_late = 0;
    stop_after = stop;
    ck_assert_int_eq(qs_run(NULL, many_main, &slots, &result), 0);
    for (long i = 0; i < MANY; i++)
        ck_assert_msg(many[i].finis == 1 && many[i].cleaned == many[i].armed,
                      "task %ld: %d finis, %d of %d cleanups", i, many[i].finis, many[i].cleaned,
                      many[i].armed);
    ck_assert_int_eq(result.value, stop ? -ECANCELED : 0);
    ck_assert_int_eq(starts, stop ? stop : MANY);
    ck_assert_int_eq(ran_late, 0);
}

START_TEST(nothing_is_lost_among_a_hundred_thousand_tasks)
{
    many_run(1000, 0);
    many_run(1000, 1);
    many_run(1000, 54321);
    many_run(10000, 9999);
}
END_TEST

RIG_TESTS("storm", nothing_is_lost_in_a_storm_of_signals_that_interrupt_calls,
          invariants_hold_under_signals_from_another_process_at_seeded_times,
          nothing_is_lost_among_a_hundred_thousand_tasks)
