/* test_tracer.c - programs that are hard to trace: threads, forks, execs, stops, signals of their
 * own, filters of their own, and someone who kills them at any time. */
#include "trial_fixture.h"

#include <pthread.h>
#include <sys/stat.h>

START_TEST(exec_is_followed)
{
    struct stage *t = STAGE("act", "event:mark name=a", "exec", "handle:INT", "event:mark name=b",
                            "await:1", "say:end");
    const struct record *r = stage_run(t, "INT@event:mark#2");

    must_exit(r, 0);
    must_say(r, "INT after 0 in main\nend\n");
    ck_assert_uint_eq(r->events_n, 2);
    stage_free(t);
}
END_TEST

START_TEST(exec_of_another_thread_is_followed)
{
    struct stage *t = STAGE("act", "detached", "forever", "end", "event:mark name=a", "thread-exec",
                            "handle:INT", "event:mark name=b", "await:1", "say:end");

    for (int i = 0; i < 10; i++) {
        const struct record *r = stage_run(t, "INT@event:mark#2");
        must_exit(r, 0);
        must_say(r, "INT after 0 in main\nend\n");
        ck_assert_uint_eq(r->threads, 0);
    }
    stage_free(t);
}
END_TEST

START_TEST(children_by_fork_and_vfork_are_followed)
{
    struct stage *t =
        STAGE("act", "handle:INT", "vchild", "handle:INT", "event:mark name=v", "await:1", "end",
              "reap", "child", "exec", "event:mark name=f", "end", "await:1");
    const struct record *r;

    r = stage_run(t, "INT>thread@event:mark,INT@event:mark");
    must_exit(r, 0);
    /* A vforked child execs: it is a root of its own, as it can't know better. */
    must_say(r, "INT after 0 in main\nINT after 0 in main\n");
    ck_assert_uint_eq(r->events_n, 2);
    stage_free(t);
}
END_TEST

START_TEST(signals_of_its_own_are_not_taken_for_ours)
{
    struct stage *t = STAGE("act", "handle:INT", "raise:INT", "raise:INT", "event:mark name=a",
                            "await:3", "default:INT", "raise:INT");
    const struct record *r = stage_run(t, "INT@event:mark");

    must_die(r, SIGINT);
    ck_assert_uint_eq(lines_with(text_of(&r->out), "INT after"), 3);
    ck_assert_int_ge(r->deliveries[0].taken_ns, r->deliveries[0].sent_ns);
    ck_assert(!r->outright); /* it raised the last one itself */
    stage_free(t);
}
END_TEST

START_TEST(signals_that_fly_about_disturb_nothing)
{
    struct stage *t = STAGE("sigchild", "50");

    for (int i = 0; i < 3; i++) {
        const struct record *r = stage_run(t, i == 0 ? NULL : "INT@event:cancel");
        must_exit(r, 0);
        must_hold(text_of(&r->out), "reaped 50");
    }
    stage_free(t);
}
END_TEST

START_TEST(stop_by_job_control_is_a_real_one_until_a_child_continues_it)
{
    static const char *const stops[] = {"raise:STOP", "raise:TSTP", "raise:TTIN"};

    for (size_t i = 0; i < 3; i++) {
        struct stage *t = STAGE("/bin/sh", "-c",
                                "(while kill -CONT $$ 2>/dev/null; do :; done) & "
                                "exec \"$ACT\" \"$@\"",
                                "sh", stops[i], "say:continued");
        char *act = built("tests/programs/act"), *env = mem_printf("ACT=%s", act);
        const struct record *r;
        t->s.program.env = LIST(env);
        t->s.program.terminal = i > 0; /* the kernel stops no orphaned group by TSTP or TTIN */
        r = stage_run(t, NULL);
        must_exit(r, 0);
        must_hold(text_of(&r->out), "continued");
        free(act);
        free(env);
        stage_free(t);
    }
}
END_TEST

START_TEST(program_that_stops_itself_for_good_is_ended_at_the_deadline)
{
    struct stage *t = STAGE("act", "raise:STOP", "say:continued");

    t->s.program.deadline_ns = 200 * MS;
    for (int untraced = 0; untraced < 2; untraced++) {
        const struct record *r;
        t->s.program.untraced = untraced == 1;
        r = stage_run(t, NULL);
        ck_assert_int_eq(r->how, ENDED_DEADLINE);
        must_say(r, "");
        ck_assert_uint_ge(r->stuck_n, 1);
    }
    stage_free(t);
}
END_TEST

START_TEST(stopped_program_can_be_killed)
{
    struct stage *t = STAGE("act", "event:mark name=a", "raise:STOP");

    must_die(stage_run(t, "STOP@event:mark,KILL@after:5ms"), SIGKILL);
    ck_assert(!t->r.outsider);
    stage_free(t);
}
END_TEST

START_TEST(handlers_and_masks_that_change_are_respected)
{
    struct stage *t = STAGE("act", "ignore:INT", "event:mark name=a", "handle:INT", "block:INT",
                            "event:mark name=b", "unblock:INT", "default:INT", "event:mark name=c",
                            "say:too late");
    const struct record *r = stage_run(t, "INT@event:mark,INT@event:mark,INT@event:mark");

    must_die(r, SIGINT);
    must_say(r, "INT after 2 in main\n");
    ck_assert(r->outright);
    stage_free(t);
}
END_TEST

START_TEST(filter_of_its_own_beside_ours_works)
{
    struct stage *t =
        STAGE("act", "filter", "handle:INT", "event:mark name=a", "await:1", "say:end");

    must_say(stage_run(t, "INT@event:mark"), "INT after 0 in main\nend\n");
    stage_free(t);
}
END_TEST

START_TEST(no_new_privs_is_set_only_where_events_are_traced)
{
    struct stage *t = STAGE("act", "facts");

    must_say(stage_run(t, "INT@event:mark"), "no-new-privs 1\n");
    must_say(stage_run(t, "INT@after:60s"), "no-new-privs 0\n");
    t->s.program.untraced = true;
    must_say(stage_run(t, NULL), "no-new-privs 0\n");
    stage_free(t);
}
END_TEST

START_TEST(statically_linked_program_is_interrupted)
{
    struct stat st;

    if (stat("/sbin/ldconfig", &st) ==
        0) { /* static on every glibc system, so that it can repair */
        struct stage *t = STAGE("/sbin/ldconfig", "-p");
        must_exit(stage_run(t, "INT@event:mark"), 0);
        must_die(stage_run(t, "INT@start"), SIGINT);
        stage_free(t);
    }
}
END_TEST

START_TEST(start_point_is_refused_without_tracing)
{
    struct stage *t = STAGE("act");

    t->s.program.untraced = true;
    (void)stage_try(t, "INT@start");
    ck_assert_int_eq(t->rc, -EINVAL);
    must_hold(t->err.text, "program.trace is off");
    stage_free(t);
}
END_TEST

/* ---------------------------------------------------------------------------- an outsider */

struct killer {
    pid_t parent;
    const char *program; /* the worker's own helpers are spared */
    bool stop;
};

/* Kills the parent's children that run the program, whatever they are just doing. */
static void *kill_children(void *arg)
{
    struct killer *k = arg;
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", k->parent, k->parent);
    while (!__atomic_load_n(&k->stop, __ATOMIC_ACQUIRE)) {
        char text[256] = "", exe[80];
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
        if (fd >= 0)
            close(fd);
        for (char *at = text; n > 0 && *at != '\0'; at += strspn(at, " ")) {
            char is[PATH_MAX] = "";
            snprintf(exe, sizeof(exe), "/proc/%d/exe", atoi(at));
            if (readlink(exe, is, sizeof(is) - 1) > 0 && strcmp(is, k->program) == 0)
                (void)kill(atoi(at), SIGKILL);
            at += strcspn(at, " ");
        }
        sched_yield();
    }
    return NULL;
}

START_TEST(program_killed_from_outside_at_any_time_is_never_a_failure_of_the_harness)
{
    static const char *const points[] = {"INT@event:mark#3", "INT@after:1ms", "INT@start",
                                         "INT@output:x"};
    struct stage *t = STAGE("act", "thread", "event:mark name=t", "end", "child",
                            "event:mark name=c", "say:x", "end", "event:mark name=a", "forever");
    struct killer k = {.parent = getpid(), .program = t->s.program.command[0]};
    unsigned outsiders = 0;
    pthread_t thread;

    stage_open(t);
    ck_assert_int_eq(pthread_create(&thread, NULL, kill_children, &k), 0);
    for (int i = 0; i < 200; i++) {
        const struct record *r;
        t->s.program.untraced = i % 2 == 1 && i % 4 == 1;
        r = stage_run(t, points[i % 4]);
        outsiders += r->outsider;
        if (r->how == ENDED_NOT_BEGUN)
            must_not_begin(r, "was killed before it could start");
        else
            ck_assert_int_eq(r->how, ENDED_SIGNALED);
    }
    __atomic_store_n(&k.stop, true, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    ck_assert_uint_gt(outsiders, 0);
    must_die(stage_run(t, "TERM@event:mark"), SIGTERM); /* the room is as good as before */
    stage_free(t);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        exec_is_followed,
        exec_of_another_thread_is_followed,
        children_by_fork_and_vfork_are_followed,
        signals_of_its_own_are_not_taken_for_ours,
        signals_that_fly_about_disturb_nothing,
        stop_by_job_control_is_a_real_one_until_a_child_continues_it,
        program_that_stops_itself_for_good_is_ended_at_the_deadline,
        stopped_program_can_be_killed,
        handlers_and_masks_that_change_are_respected,
        filter_of_its_own_beside_ours_works,
        no_new_privs_is_set_only_where_events_are_traced,
        statically_linked_program_is_interrupted,
        start_point_is_refused_without_tracing,
        program_killed_from_outside_at_any_time_is_never_a_failure_of_the_harness,
    };

    return run_checks("tracer", tests, sizeof(tests) / sizeof(tests[0]));
}
