/* test_services.c - programs that go on: the dialogue on stdin, the end that the harness makes, the
 * client beside the program, free ports. */
#include "cli_fixture.h"

#include "trial/ports.h"

/* yaml/NAME.yaml with a shell script as the program. */
static void write_shell(struct desk *d, const char *name, const char *script, const char *rest)
{
    char *inner = mem_printf("yaml/%s.yaml", name);
    char *text = mem_printf("version: 1\nname: %s\nprogram:\n  command: [sh, -c, '%s', \"%s\"]\n%s",
                            name, script, d->path, rest);

    desk_write(d, inner, text);
    free(inner);
    free(text);
}

/* Runs yaml/ and returns the line of its only trial. */
static json_t *only_trial(struct desk *d, int status)
{
    struct call *c = CALL(d, "run", "--out", "run", "--scratch", "scratch", "yaml");
    json_t *all, *one, *found = NULL;
    size_t i;

    must_end_with(c, status);
    call_free(c);
    all = desk_trials(d, "run");
    json_array_foreach(all, i, one)
    {
        if (json_integer_value(json_object_get(one, "trial")) == 1)
            found = json_incref(one);
    }
    ck_assert_ptr_nonnull(found);
    json_decref(all);
    folder_must_be_empty(d, "scratch");
    return found;
}

static void must_tell(json_t *trial, const char *part)
{
    char *text = json_dumps(trial, JSON_COMPACT);

    must_hold(text, part);
    free(text);
}

#define ECHOES "while read line; do echo \"got $line\"; done; echo end"

START_TEST(steps_are_sent_when_what_they_await_has_come_and_the_input_ends_by_close)
{
    struct desk *d = desk_new();
    json_t *trial;

    write_shell(
        d, "steps", ECHOES,
        "  stdin:\n    - {send: \"one\\n\"}\n    - {await: ^got one, send: \"two\\nthree\\n\"}\n"
        "    - {await: ^got three, close: true}\n    - {await: ^end}\n"
        "expect: {ended: {code: 0}, stdout: {contains: [\"got one\\ngot two\\ngot "
        "three\\nend\"]}}\n");
    trial = only_trial(d, 0);
    must_tell(trial, "\"dialogue\":{\"steps\":4,\"done\":4,\"waits\":\"nothing\"");
    json_decref(trial);
    desk_free(d);
}
END_TEST

START_TEST(step_after_an_interrupt_waits_for_it)
{
    struct desk *d = desk_new();
    json_t *trial;

    write_shell(
        d, "after",
        "trap \"echo caught\" INT; echo up; while :; do read line && echo \"got $line\"; done",
        "  stdin:\n    - {await: ^up}\n    - {after: 1, await: ^caught, send: \"more\\n\"}\n"
        "    - {await: ^got more}\n"
        "interrupts: [{send: INT, when: {output: ^up}}]\nexpect: {ended: alive}\n");
    trial = only_trial(d, 0);
    must_tell(trial, "\"ended\":{\"alive\":true}");
    json_decref(trial);
    desk_free(d);
}
END_TEST

START_TEST(what_is_left_when_the_harness_ends_a_living_program_is_no_finding)
{
    struct desk *d = desk_new();
    json_t *trial;

    write_shell(d, "lives", "trap : INT; echo > file; sleep 100 & echo up; while :; do wait; done",
                "interrupts: [{send: INT, when: {output: ^up}}]\n"
                "expect: {ended: alive}\n");
    trial = only_trial(d, 0);
    must_tell(trial, "\"path\":\"work/file\"");
    must_tell(trial, "\"findings\":[]");
    json_decref(trial);
    desk_free(d);
}
END_TEST

START_TEST(end_of_a_program_that_should_live_on_is_a_finding)
{
    struct desk *d = desk_new();
    json_t *trial;

    write_shell(d, "ends", "trap \"exit 0\" INT; echo up; while :; do sleep 0.01; done",
                "interrupts: [{send: INT, when: {output: ^up}}]\nexpect: {ended: alive}\n");
    trial = only_trial(d, 1);
    must_tell(trial, "\"kind\":\"exit-status\"");
    must_tell(trial, "instead of staying alive");
    json_decref(trial);
    desk_free(d);
}
END_TEST

START_TEST(text_that_is_not_read_is_told)
{
    struct desk *d = desk_new();
    struct buf text = {0};
    json_t *trial;

    buf_adds(&text, "  deadline: 500ms\n  stdin:\n    - send: \"");
    for (int i = 0; i < 20000; i++) /* more than a pipe holds */
        buf_adds(&text, "0123456789");
    buf_adds(&text, "\"\ninterrupts: [{send: INT, when: {output: ^up}}]\nexpect: {ended: alive}\n");
    write_shell(d, "deaf", "trap : INT; echo up; while :; do sleep 0.01; done", text.data);
    trial = only_trial(d, 1);
    must_tell(trial, "\"kind\":\"hang\",\"subject\":\"dialogue\"");
    must_tell(trial, "step 1 of 1 of the dialogue had text that was not read");
    json_decref(trial);
    buf_free(&text);
    desk_free(d);
}
END_TEST

START_TEST(input_that_nobody_reads_any_more_does_not_end_the_worker)
{
    struct desk *d = desk_new();
    json_t *trial;

    write_shell(
        d, "closed", "exec <&-; echo up; while :; do sleep 0.01; done",
        "  stdin: [{await: ^up, send: \"text\\n\"}]\n"
        "interrupts: [{send: TERM, when: {after: 20ms}}]\nexpect: {ended: {signal: TERM}}\n");
    trial = only_trial(d, 0);
    json_decref(trial);
    desk_free(d);
}
END_TEST

#define WAITS "trap \"exit 0\" TERM; echo up; while :; do sleep 0.01; done"
#define CLIENT(script)                                                                             \
    "  ready: {output: ^up}\n  ports: 2\nclient: {command: [sh, -c, '" script "']}\n"              \
    "interrupts: [{send: TERM, when: {after: 50ms}}]\n"

START_TEST(client_shares_folder_and_ports_and_its_output_is_judged)
{
    struct desk *d = desk_new();
    json_t *trial;

    write_shell(
        d, "client", "echo $SIGSWEEP_PORT $SIGSWEEP_PORT_2 > ports; " WAITS,
        CLIENT(
            "echo $SIGSWEEP_PORT $SIGSWEEP_PORT_2 | diff - ports && echo same; exit 7") "expect: "
                                                                                        "{ended: "
                                                                                        "{code: "
                                                                                        "0}, "
                                                                                        "files: "
                                                                                        "{ports: "
                                                                                        "any}, "
                                                                                        "client: "
                                                                                        "{ended: "
                                                                                        "{code: "
                                                                                        "7}, "
                                                                                        "stdout: "
                                                                                        "{contains:"
                                                                                        " [same]}}}"
                                                                                        "\n");
    trial = only_trial(d, 0);
    must_tell(trial, "\"client\":{\"ended\":{\"code\":7}");
    json_decref(trial);
    desk_free(d);
}
END_TEST

START_TEST(client_that_fails_or_never_ends_is_a_finding_and_leaves_nothing)
{
    static const struct {
        const char *client, *found;
    } cases[] = {
        {CLIENT("echo reset >&2; exit 56"),
         "the client ended by exit code 56 instead of exit code 0"},
        {CLIENT("sleep 100 & sleep 100"), "still running when the trial was over"},
        {CLIENT("kill -9 $$"), "the client ended by death by SIGKILL"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct desk *d = desk_new();
        char *rest =
            mem_printf("  deadline: 700ms\n%sexpect: {ended: {code: 0}}\n", cases[i].client);
        json_t *trial;

        write_shell(d, "client", WAITS, rest);
        trial = only_trial(d, 1);
        must_tell(trial, cases[i].found);
        must_tell(trial, "\"processes\":[]");
        json_decref(trial);
        free(rest);
        desk_free(d);
    }
}
END_TEST

START_TEST(client_that_was_not_started_is_untested)
{
    struct desk *d = desk_new();
    json_t *trial;

    write_shell(
        d, "client", "exit 0",
        "  ready: {output: ^up}\nclient: {command: [\"true\"]}\nexpect: {ended: {code: 0}}\n");
    trial = only_trial(d, 0);
    must_tell(trial, "client: it was not started: the program was not ready before it ended");
    json_decref(trial);
    desk_free(d);
}
END_TEST

START_TEST(no_port_is_handed_out_twice_at_a_time)
{
    struct ports a = {0}, b = {0};
    struct error err = {0};

    a.next = b.next = 5; /* both look in the same place */
    ck_assert_int_eq(ports_take(&a, PROGRAM_PORTS_MAX, &err), 0);
    ck_assert_int_eq(ports_take(&b, PROGRAM_PORTS_MAX, &err), 0);
    for (unsigned i = 0; i < a.n; i++) {
        for (unsigned k = 0; k < b.n; k++)
            ck_assert_uint_ne(a.number[i], b.number[k]);
    }
    ports_release(&a);
    ports_release(&b);
    ck_assert_uint_eq(a.n, 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        steps_are_sent_when_what_they_await_has_come_and_the_input_ends_by_close,
        step_after_an_interrupt_waits_for_it,
        what_is_left_when_the_harness_ends_a_living_program_is_no_finding,
        end_of_a_program_that_should_live_on_is_a_finding,
        text_that_is_not_read_is_told,
        input_that_nobody_reads_any_more_does_not_end_the_worker,
        client_shares_folder_and_ports_and_its_output_is_judged,
        client_that_fails_or_never_ends_is_a_finding_and_leaves_nothing,
        client_that_was_not_started_is_untested,
        no_port_is_handed_out_twice_at_a_time,
    };

    return run_checks("services", tests, sizeof(tests) / sizeof(tests[0]));
}
