/* check.h - as much of libcheck's interface as the runtime's tests use, in one header: for a
 * machine that the tests are cross-compiled for, where that library is not at hand. Each test runs
 * in a process of its own; the summary reads like libcheck's. */
#ifndef CROSS_CHECK_H
#define CROSS_CHECK_H

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct TTest {
    const char *name; /* of the test */
    void (*fn)(int);  /* its body */
} TTest;

typedef const void *cross_pointer;

#define START_TEST(test)                                                                           \
    static void test##_fn(int _i);                                                                 \
    static const TTest test##_ttest = {#test, test##_fn};                                          \
    static const TTest *const test = &test##_ttest;                                                \
    static void test##_fn(__attribute__((unused)) int _i)
#define END_TEST

#define CROSS_FAIL(...)                                                                            \
    do {                                                                                           \
        fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);                                            \
        fprintf(stderr, __VA_ARGS__);                                                              \
        fputc('\n', stderr);                                                                       \
        _exit(1);                                                                                  \
    } while (0)

#define ck_assert_msg(condition, ...)                                                              \
    do {                                                                                           \
        if (!(condition))                                                                          \
            CROSS_FAIL(__VA_ARGS__);                                                               \
    } while (0)
#define ck_assert(condition) ck_assert_msg(condition, "Assertion '%s' failed", #condition)

#define CROSS_COMPARE(type, format, a, op, b)                                                      \
    do {                                                                                           \
        type cross_a = (type)(a), cross_b = (type)(b);                                             \
        if (!(cross_a op cross_b))                                                                 \
            CROSS_FAIL("Assertion '%s %s %s' failed: " format ", " format, #a, #op, #b, cross_a,   \
                       cross_b);                                                                   \
    } while (0)

#define ck_assert_int_eq(a, b)    CROSS_COMPARE(intmax_t, "%jd", a, ==, b)
#define ck_assert_int_ne(a, b)    CROSS_COMPARE(intmax_t, "%jd", a, !=, b)
#define ck_assert_int_lt(a, b)    CROSS_COMPARE(intmax_t, "%jd", a, <, b)
#define ck_assert_int_le(a, b)    CROSS_COMPARE(intmax_t, "%jd", a, <=, b)
#define ck_assert_int_gt(a, b)    CROSS_COMPARE(intmax_t, "%jd", a, >, b)
#define ck_assert_int_ge(a, b)    CROSS_COMPARE(intmax_t, "%jd", a, >=, b)
#define ck_assert_uint_eq(a, b)   CROSS_COMPARE(uintmax_t, "%ju", a, ==, b)
#define ck_assert_uint_ne(a, b)   CROSS_COMPARE(uintmax_t, "%ju", a, !=, b)
#define ck_assert_uint_lt(a, b)   CROSS_COMPARE(uintmax_t, "%ju", a, <, b)
#define ck_assert_uint_le(a, b)   CROSS_COMPARE(uintmax_t, "%ju", a, <=, b)
#define ck_assert_uint_gt(a, b)   CROSS_COMPARE(uintmax_t, "%ju", a, >, b)
#define ck_assert_uint_ge(a, b)   CROSS_COMPARE(uintmax_t, "%ju", a, >=, b)
#define ck_assert_ptr_eq(a, b)    CROSS_COMPARE(cross_pointer, "%p", a, ==, b)
#define ck_assert_ptr_ne(a, b)    CROSS_COMPARE(cross_pointer, "%p", a, !=, b)
#define ck_assert_ptr_null(a)     CROSS_COMPARE(cross_pointer, "%p", a, ==, NULL)
#define ck_assert_ptr_nonnull(a)  CROSS_COMPARE(cross_pointer, "%p", a, !=, NULL)
#define ck_assert_str_eq(a, b)    ck_assert_msg(!strcmp(a, b), "\"%s\" is not \"%s\"", a, b)
#define ck_assert_mem_eq(a, b, n) ck_assert(!memcmp(a, b, n))

#define CK_NORMAL 0

/* One suite of one case, which is all there is: the rig's. */
typedef struct Suite {
    const char *name;        /* of the topic */
    const TTest *tests[256]; /* in order */
    int n;                   /* how many */
    unsigned timeout;        /* seconds for one test */
    int failed;              /* so far */
} Suite;
typedef Suite TCase;
typedef Suite SRunner;

static Suite cross_suite;

static inline Suite *suite_create(const char *name)
{
    cross_suite.name = name;
    return &cross_suite;
}

static inline TCase *tcase_create(const char *name)
{
    return suite_create(name);
}

static inline void tcase_add_test(TCase *topic, const TTest *test)
{
    topic->tests[topic->n++] = test;
}

static inline void tcase_set_timeout(TCase *topic, double seconds)
{
    topic->timeout = (unsigned)seconds;
}

static inline void suite_add_tcase(Suite *suite, TCase *topic)
{
    (void)suite;
    (void)topic;
}

static inline SRunner *srunner_create(Suite *suite)
{
    return suite;
}

/* The group of the test goes with it, as libcheck sees to it. */
static inline int cross_run(const TTest *test, unsigned timeout)
{
    int status = 0;
    pid_t pid = fork();

    if (!pid) {
        setpgid(0, 0);
        alarm(timeout);
        test->fn(0);
        exit(0);
    }
    while (waitpid(pid, &status, 0) != pid)
        ;
    kill(-pid, SIGKILL);
    if (status)
        fprintf(stderr, "%s: %s %d\n", test->name, WIFSIGNALED(status) ? "signal" : "exit",
                WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return status != 0;
}

static inline void srunner_run_all(SRunner *runner, int how)
{
    (void)how;
    printf("Running suite(s): %s\n", runner->name);
    fflush(stdout);
    for (int i = 0; i < runner->n; i++)
        runner->failed += cross_run(runner->tests[i], runner->timeout);
    printf("%d%%: Checks: %d, Failures: %d, Errors: 0\n",
           runner->n ? 100 * (runner->n - runner->failed) / runner->n : 100, runner->n,
           runner->failed);
}

static inline int srunner_ntests_failed(SRunner *runner)
{
    return runner->failed;
}

static inline void srunner_free(SRunner *runner)
{
    (void)runner;
}

#endif
