/* rig.h - what the runtime's tests share: a run in this process, or in a child that gets real
 * signals. */
#ifndef RIG_H
#define RIG_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "quiesce.h"

/* valgrind does not stop a process as the kernel does, and has old system calls only. */
#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#ifndef RUNNING_ON_VALGRIND
#define RUNNING_ON_VALGRIND 0
#endif

/* Under valgrind or qemu-user: vfork is a fork there, limits of memory do not hold, and some
 * processes cannot be waited for. */
__attribute__((unused)) static bool rig_emulated(void)
{
    return RUNNING_ON_VALGRIND || getenv("RIG_EMULATED");
}

/* Runs main as a run's main task; the run itself must work. Returns what main returned. */
__attribute__((unused)) static int rig_run(qs_task_fn *body, void *arg)
{
    struct qs_result result;

    ck_assert_int_eq(qs_run(NULL, body, arg, &result), 0);
    return result.value;
}

/* A child process that tells what it does: its events and its own bytes come through pipes. */
struct rig_child {
    pid_t pid;
    int events;          /* what it reports */
    int told;            /* what it says with rig_tell() */
    char log[64 * 1024]; /* the events read so far */
    size_t len;
    int status; /* waitpid's, once it has ended */
};

static int rig_telling = -1;

__attribute__((unused)) static void rig_tell(char what)
{
    while (write(rig_telling, &what, 1) < 0 && errno == EINTR)
        ;
}

/* Forks; the child calls body, which should not return. */
__attribute__((unused)) static struct rig_child *rig_start(void (*body)(void))
{
    struct rig_child *child = calloc(1, sizeof(*child));
    int events[2], told[2];
    char number[16];

    ck_assert_ptr_nonnull(child);
    ck_assert_int_eq(pipe(events) | pipe(told), 0);
    fflush(NULL);
    child->pid = fork();
    ck_assert_int_ge(child->pid, 0);
    if (!child->pid) {
        free(child); /* valgrind looks for leaks in the child too */
        /* The tests may run under nohup or in the background, with some of these ignored. */
        for (int i = 1; i < 32; i++)
            signal(i, SIG_DFL);
        close(events[0]);
        close(told[0]);
        rig_telling = told[1];
        snprintf(number, sizeof(number), "%d", events[1]);
        setenv("SIGSWEEP_EVENTS", number, 1);
        body();
        _exit(99);
    }
    close(events[1]);
    close(told[1]);
    child->events = events[0];
    child->told = told[0];
    return child;
}

/* Waits until the child says something; 0: it has ended. */
__attribute__((unused)) static char rig_hear(struct rig_child *child)
{
    char what = 0;

    while (read(child->told, &what, 1) < 0 && errno == EINTR)
        ;
    return what;
}

/* Reads events until one contains text, or the child has ended. */
__attribute__((unused)) static bool rig_await(struct rig_child *child, const char *text)
{
    for (;;) {
        child->log[child->len] = '\0';
        if (text && strstr(child->log, text))
            return true;
        ssize_t n =
            read(child->events, child->log + child->len, sizeof(child->log) - 1 - child->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        child->len += (size_t)n;
    }
}

/* Waits for its end; the log is complete then. */
__attribute__((unused)) static void rig_finish(struct rig_child *child)
{
    rig_await(child, NULL);
    ck_assert_int_eq(waitpid(child->pid, &child->status, 0), child->pid);
    close(child->events);
    close(child->told);
}

/* Position of the nth (from 1) occurrence of text in the log, or -1. */
__attribute__((unused)) static long rig_where(const struct rig_child *child, const char *text,
                                              int nth)
{
    const char *at = child->log - 1;

    while (nth-- > 0)
        if (!(at = strstr(at + 1, text)))
            return -1;
    return at - child->log;
}

__attribute__((unused)) static int rig_count(const struct rig_child *child, const char *text)
{
    int n = 0;

    while (rig_where(child, text, n + 1) >= 0)
        n++;
    return n;
}

#define RIG_DIED_BY(child, sig)                                                                    \
    do {                                                                                           \
        ck_assert_msg(WIFSIGNALED((child)->status), "status %x\n%s", (child)->status,              \
                      (child)->log);                                                               \
        ck_assert_int_eq(WTERMSIG((child)->status), sig);                                          \
    } while (0)

__attribute__((unused)) static int rig_main(const char *name, const TTest *const *tests, size_t n)
{
    Suite *suite = suite_create(name);
    TCase *topic = tcase_create(name);
    SRunner *runner;
    int failed;

    for (size_t i = 0; i < n; i++)
        tcase_add_test(topic, tests[i]);
    tcase_set_timeout(topic, 120);
    suite_add_tcase(suite, topic);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* main() of a test program: the topic, and its tests. */
#define RIG_TESTS(name, ...)                                                                       \
    int main(void)                                                                                 \
    {                                                                                              \
        const TTest *const tests[] = {__VA_ARGS__};                                                \
        return rig_main(name, tests, sizeof(tests) / sizeof(*tests));                              \
    }

#endif
