#include "records.h"

#include "support/rng.h"

static int parses(const char *line)
{
    struct event ev = {0};
    int64_t stamp;
    int rc = event_parse(line, strlen(line), &ev, &stamp);

    if (rc == 0)
        free(ev.name);
    return rc == 0;
}

static void comes_back(const char *line)
{
    struct event ev;
    int64_t stamp;
    char out[EVENT_LINE_MAX];

    ck_assert_msg(event_parse(line, strlen(line), &ev, &stamp) == 0, "%s", line);
    ck_assert_int_eq(event_print(&ev, out, sizeof(out)), (int)strlen(line));
    ck_assert_str_eq(out, line);
    free(ev.name);
}

START_TEST(every_verb_comes_back_as_it_was)
{
    static const char *const lines[] = {"ready",
                                        "slots n=4",
                                        "task.queue id=0",
                                        "task.start id=9223372036854775807",
                                        "task.end id=1 outcome=done",
                                        "task.end id=1 outcome=failed",
                                        "task.end id=1 outcome=cancelled",
                                        "task.fini id=1",
                                        "cancel level=2",
                                        "cleanup.arm id=1 name=a",
                                        "cleanup.arm name=a",
                                        "cleanup.disarm id=1 name=a",
                                        "cleanup.begin id=1 name=a",
                                        "cleanup.end id=1 name=a rc=-2147483648",
                                        "acquire name=x",
                                        "release name=x",
                                        "mark name=a=b"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        comes_back(lines[i]);
}
END_TEST

START_TEST(what_is_no_event_is_refused)
{
    static const char *const lines[] = {"",
                                        " ",
                                        "nonsense",
                                        "task.start",
                                        "task.start id=",
                                        "task.start id=-1",
                                        "task.start id=+1",
                                        "task.start id=1x",
                                        "task.start id=9223372036854775808",
                                        "task.start id=1 id=1",
                                        "task.end id=1",
                                        "task.end id=1 outcome=won",
                                        "slots n=0",
                                        "cancel level=0",
                                        "cleanup.arm id=1",
                                        "mark name=",
                                        "mark",
                                        "notify",
                                        "ready word",
                                        "ready =x",
                                        "mark name=a t=-1",
                                        "mark name=a\n"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        ck_assert_msg(!parses(lines[i]), "%s", lines[i]);
}
END_TEST

START_TEST(stamp_is_returned_and_unknown_keys_skipped)
{
    struct event ev;
    int64_t stamp;
    static const char line[] = "task.start  extra=1 t=55 id=7 name=x";
    ck_assert_int_eq(event_parse(line, sizeof(line) - 1, &ev, &stamp), 0);
    ck_assert_int_eq(stamp, 55);
    ck_assert_int_eq(ev.id, 7);
    ck_assert_ptr_null(ev.name);
}
END_TEST

START_TEST(nul_byte_is_refused)
{
    struct event ev;
    int64_t stamp;
    ck_assert_int_lt(event_parse("mark name=a\0b", 13, &ev, &stamp), 0);
}
END_TEST

START_TEST(line_over_the_limit_is_refused)
{
    char line[EVENT_LINE_MAX + 1];
    memset(line, 'a', sizeof(line));
    memcpy(line, "mark name=", 10);
    line[EVENT_LINE_MAX - 1] = '\0';
    ck_assert(parses(line));
    line[EVENT_LINE_MAX - 1] = 'a';
    line[EVENT_LINE_MAX] = '\0';
    ck_assert(!parses(line));
}
END_TEST

START_TEST(every_verb_has_a_name_that_parses)
{
    for (int i = 0; i < EVENT_VERBS; i++)
        ck_assert_int_eq(event_verb_parse(event_verb_name((enum event_verb)i)), i);
}
END_TEST

START_TEST(random_bytes_never_break_the_parser)
{
    struct rng rng = rng_for(1, "event", 0);
    char line[600], out[EVENT_LINE_MAX];
    struct event ev;
    int64_t stamp;
    static const char bits[] = "task.end id=1 outcome=done rc=-9 name==t cleanup.end mark ";
    for (int i = 0; i < 200000; i++) {
        size_t len = rng_below(&rng, i % 10 == 0 ? sizeof(line) : 60);
        size_t from = i % 3 == 0 ? 0 : rng_below(&rng, sizeof(bits));
        size_t verb = 0;
        for (size_t j = 0; j < len; j++)
            line[j] = rng_below(&rng, 12) == 0 ? (char)rng_next(&rng)
                                               : bits[(from + j) % (sizeof(bits) - 1)];
        if (i % 2 == 0 && len > 30) {
            const char *v = event_verb_name((enum event_verb)(i / 2 % EVENT_VERBS));
            verb = strlen(v);
            memcpy(line, v, verb);
            line[verb] = ' ';
        }
        if (event_parse(line, len, &ev, &stamp) == 0) {
            ck_assert_int_lt(event_print(&ev, out, sizeof(out)), EVENT_LINE_MAX);
            comes_back(out);
            free(ev.name);
        }
    }
}
END_TEST

START_TEST(record_starts_with_nothing_and_can_be_freed_twice)
{
    struct record r;
    record_init(&r);
    ck_assert_int_eq(r.exit_ns, -1);
    ck_assert_ptr_null(record_first_fired(&r));
    record_free(&r);
    record_free(&r);
}
END_TEST

START_TEST(first_fired_skips_the_unreached)
{
    struct made *m = made_new();
    m->r.deliveries[0].state = DELIVERY_UNREACHED;
    ck_assert_ptr_null(record_first_fired(&m->r));
    deliver(m, SIGTERM, DELIVERY_MASKED, 1);
    ck_assert_ptr_eq(record_first_fired(&m->r), &m->r.deliveries[1]);
    made_free(m);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {every_verb_comes_back_as_it_was,
                                  what_is_no_event_is_refused,
                                  stamp_is_returned_and_unknown_keys_skipped,
                                  nul_byte_is_refused,
                                  line_over_the_limit_is_refused,
                                  every_verb_has_a_name_that_parses,
                                  random_bytes_never_break_the_parser,
                                  record_starts_with_nothing_and_can_be_freed_twice,
                                  first_fired_skips_the_unreached};

    return run_tests("event", tests, sizeof(tests) / sizeof(tests[0]));
}
