/* test_judge_client.c - what the command beside the program met: `client`. */
#include "records.h"

static struct record *client(struct made *m, enum ended_how how, int value)
{
    m->r.client = mem_alloc(sizeof(*m->r.client));
    record_init(m->r.client);
    m->r.client->how = how;
    m->r.client->value = value;
    return m->r.client;
}

START_TEST(client_that_succeeds_is_clean)
{
    struct made *m = made_new();
    client(m, ENDED_EXITED, 0);
    must_be_clean(m);
}
END_TEST

START_TEST(client_that_fails_is_found_with_its_last_line)
{
    struct made *m = made_new();
    stream_set(&client(m, ENDED_EXITED, 56)->err, "curl: (56) connection reset\n");
    judged(m, &m->base);
    ck_assert_ptr_nonnull(strstr(m->found.list[0].seen, "connection reset"));
    must_find(m, KIND_CLIENT, "client");
}
END_TEST

START_TEST(client_that_dies_by_a_signal_is_found)
{
    struct made *m = made_new();
    client(m, ENDED_SIGNALED, SIGPIPE);
    must_find(m, KIND_CLIENT, "client");
}
END_TEST

START_TEST(client_that_never_ends_is_found)
{
    struct made *m = made_new();
    client(m, ENDED_DEADLINE, 0);
    must_find(m, KIND_CLIENT, "client");
}
END_TEST

START_TEST(ending_that_is_expected_of_the_client_is_clean_and_no_other)
{
    struct ended refused = {false, 7};
    struct made *m = made_new();
    m->s.expect.client_ended = &refused;
    m->s.expect.client_ended_n = 1;
    client(m, ENDED_EXITED, 7);
    must_be_clean(m);
    m = made_new();
    m->s.expect.client_ended = &refused;
    m->s.expect.client_ended_n = 1;
    client(m, ENDED_EXITED, 0);
    must_find(m, KIND_CLIENT, "client");
}
END_TEST

START_TEST(text_that_the_client_must_lack_is_found)
{
    struct made *m = made_new();
    char *list[] = {(char *)"1 cut", NULL};
    m->s.expect.client_out.lacks = list;
    stream_set(&client(m, ENDED_EXITED, 0)->out, "1 cut\n");
    must_find(m, KIND_CLIENT, "the client's stdout lacks \"1 cut\"");
}
END_TEST

START_TEST(client_that_was_not_started_is_untested)
{
    struct made *m = made_new();
    client(m, ENDED_NOT_BEGUN, 0)->trouble = mem_strdup("no such file");
    judged(m, &m->base);
    ck_assert_uint_eq(m->found.n, 0);
    ck_assert_uint_eq(m->found.untested_n, 1);
    made_free(m);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        client_that_succeeds_is_clean,
        client_that_fails_is_found_with_its_last_line,
        client_that_dies_by_a_signal_is_found,
        client_that_never_ends_is_found,
        ending_that_is_expected_of_the_client_is_clean_and_no_other,
        text_that_the_client_must_lack_is_found,
        client_that_was_not_started_is_untested,
    };

    return run_tests("judge_client", tests, sizeof(tests) / sizeof(tests[0]));
}
