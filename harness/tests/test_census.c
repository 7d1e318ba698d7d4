/* test_census.c - what is left is told by what it is: descriptors, threads, processes. And who is
 * only slow to end is not taken for left. */
#include "trial_fixture.h"

static const char *what_of(const struct record *r, const char *begin)
{
    for (size_t i = 0; i < r->fds_n; i++) {
        if (strncmp(r->fds[i].what, begin, strlen(begin)) == 0)
            return r->fds[i].what;
    }
    return NULL;
}

START_TEST(each_sort_of_descriptor_is_told_by_what_it_is)
{
    static const char *const sorts[] = {
        "pipe",
        "file /etc/passwd",
        "socket, tcp 127.0.0.1:",
        "epoll, watching 1",
        "timer",
        "eventfd, count 7",
        "memfd scratch",
        "pidfd of process ",
        "inotify, watching 0",
        "socket, unix @open-things-",
    };
    struct stage *t = STAGE("open-things");
    struct record *r;
    unsigned listening = 0, connected = 0;

    t->s.expect.fds = 0;
    r = stage_run(t, NULL);
    ck_assert(r->fds_known);
    for (size_t i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++)
        ck_assert_msg(what_of(r, sorts[i]) != NULL, "no `%s`", sorts[i]);
    for (size_t i = 0; i < r->fds_n; i++) {
        listening += strstr(r->fds[i].what, ", listening") != NULL;
        connected += strstr(r->fds[i].what, " to 127.0.0.1:") != NULL;
    }
    ck_assert_uint_eq(listening, 2);
    ck_assert_uint_eq(connected, 1);
    stage_free(t);
}
END_TEST

/* 0, 1, 2, the events channel and the notify socket are not the program's own. */
START_TEST(what_the_program_was_given_is_not_listed)
{
    struct stage *t = STAGE("/bin/true");
    struct record *r;

    t->s.expect.fds = 0;
    r = stage_run(t, NULL);
    ck_assert(r->fds_known);
    ck_assert_uint_eq(r->fds_n, 0);
    stage_free(t);
}
END_TEST

START_TEST(thread_is_told_by_its_name_and_what_it_waits_in)
{
    struct stage *t = STAGE("open-things");
    struct record *r = stage_run(t, NULL);

    ck_assert_uint_eq(r->threads, 1);
    ck_assert_uint_eq(r->left_threads_n, 1);
    ck_assert_str_eq(r->left_threads[0].comm, "reader-1");
    ck_assert_ptr_nonnull(r->left_threads[0].where);
    ck_assert_msg(strstr(r->left_threads[0].where, "waiting in read of descriptor") != NULL, "%s",
                  r->left_threads[0].where);
    stage_free(t);
}
END_TEST

START_TEST(process_left_is_told_with_the_chain_that_started_it)
{
    struct stage *t = STAGE("/bin/sh", "-c", "sh -c 'sleep 60 & exit 0'; exit 0");
    struct record *r = stage_run(t, NULL);

    ck_assert_uint_eq(r->processes_n, 1);
    ck_assert_str_eq(r->processes[0].command, "sleep 60");
    ck_assert_ptr_nonnull(r->processes[0].chain);
    ck_assert_msg(strncmp(r->processes[0].chain, "sh (", 4) == 0 &&
                      strstr(r->processes[0].chain, ", ended) < the program") != NULL,
                  "%s", r->processes[0].chain);
    ck_assert_int_gt(r->processes[0].started_ns, -50 * MS);
    stage_free(t);
}
END_TEST

START_TEST(child_that_is_slow_to_end_is_not_left)
{
    struct stage *t = STAGE("/bin/sh", "-c", "(sleep 0.5; : >late) & exit 0");
    struct record *r = stage_run(t, NULL);

    ck_assert_uint_eq(r->processes_n, 0);
    ck_assert_uint_eq(r->files_n, 1);
    stage_free(t);
}
END_TEST

/* Longer than the second that a quiet one gets. */
START_TEST(child_that_is_at_work_gets_more_time)
{
    struct stage *t =
        STAGE("/bin/sh", "-c",
              "(for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do sleep 0.1; done; : >late) & "
              "exit 0");
    struct record *r = stage_run(t, NULL);

    ck_assert_uint_eq(r->processes_n, 0);
    ck_assert_uint_eq(r->files_n, 1);
    stage_free(t);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        each_sort_of_descriptor_is_told_by_what_it_is,
        what_the_program_was_given_is_not_listed,
        thread_is_told_by_its_name_and_what_it_waits_in,
        process_left_is_told_with_the_chain_that_started_it,
        child_that_is_slow_to_end_is_not_left,
        child_that_is_at_work_gets_more_time,
    };
    Suite *suite = suite_create("census");
    TCase *tcase = tcase_create("census");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
