/* test_reap.c - after a trial nothing of it lives, however it tried: bombs, crowds, daemons. */
#include "trial_fixture.h"

/* A command line that no other process has. */
static char *own_tag(void)
{
    return mem_printf("tag:reap-%d", getpid());
}

START_TEST(fork_bomb_is_bounded_and_ended)
{
    struct stage *t = STAGE("fork-bomb", "600");
    char *path = mem_strdup(t->s.program.command[0]);

    t->s.program.deadline_ns = 1000 * MS;
    for (int untraced = 0; untraced < 2; untraced++) {
        const struct record *r;
        t->s.program.untraced = untraced == 1;
        r = stage_run(t, NULL);
        ck_assert(r->how == ENDED_DEADLINE || r->how == ENDED_FLOOD);
        ck_assert_uint_eq(processes_with(path, NULL, 0), 0);
    }
    free(path);
    stage_free(t);
}
END_TEST

START_TEST(crowd_of_children_is_ended)
{
    char *tag = own_tag(), *script;
    struct stage *t;

    script = mem_printf("for i in $(seq 200); do \"$ACT\" %s forever & done; echo all", tag);
    t = STAGE("/bin/sh", "-c", script);
    for (int untraced = 0; untraced < 2; untraced++) {
        char *act = built("tests/programs/act"), *env = mem_printf("ACT=%s", act);
        const struct record *r;
        t->s.program.untraced = untraced == 1;
        if (t->s.program.env == NULL)
            t->s.program.env = LIST(env);
        r = stage_run(t, NULL);
        must_exit(r, 0);
        ck_assert_uint_eq(r->processes_n, 200);
        ck_assert_uint_eq(processes_with(tag, NULL, 0), 0);
        free(act);
        free(env);
    }
    free(script);
    free(tag);
    stage_free(t);
}
END_TEST

START_TEST(daemon_is_found_and_ended)
{
    char *tag = own_tag();
    struct stage *t = STAGE("act", tag, "daemon", "ignore:TERM", "forever", "end", "say:gone");

    for (int untraced = 0; untraced < 2; untraced++) {
        const struct record *r;
        t->s.program.untraced = untraced == 1;
        r = stage_run(t, NULL);
        must_exit(r, 0);
        ck_assert_uint_eq(r->processes_n, 1);
        must_hold(r->processes[0].command, tag);
        ck_assert_uint_eq(processes_with(tag, NULL, 0), 0);
    }
    free(tag);
    stage_free(t);
}
END_TEST

START_TEST(hang_is_ended_with_its_whole_tree)
{
    char *tag = own_tag();
    struct stage *t = STAGE("act", tag, "child", "child", "daemon", "forever", "end", "forever",
                            "end", "forever", "end", "event:mark name=a", "forever");

    t->s.program.deadline_ns = 500 * MS;
    t->s.program.ignore = UINT64_C(1) << SIGINT; /* from its first instruction on */
    for (int untraced = 0; untraced < 2; untraced++) {
        const struct record *r;
        t->s.program.untraced = untraced == 1;
        r = stage_run(t, "INT@after:1ms");
        ck_assert_int_eq(r->how, ENDED_DEADLINE);
        ck_assert_uint_ge(r->stuck_n, 1);
        ck_assert_uint_eq(processes_with(tag, NULL, 0), 0);
    }
    free(tag);
    stage_free(t);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {fork_bomb_is_bounded_and_ended, crowd_of_children_is_ended,
                                  daemon_is_found_and_ended, hang_is_ended_with_its_whole_tree};

    return run_checks("reap", tests, sizeof(tests) / sizeof(tests[0]));
}
