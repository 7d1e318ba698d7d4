/* recovery: what the next one meets. */
#include "records.h"

static struct record *step(enum ended_how how, int value)
{
    struct record *r = mem_alloc(sizeof(*r));

    record_init(r);
    r->how = how;
    r->value = value;
    return r;
}

static void file(struct record *r, const char *path, uint64_t size, uint64_t hash)
{
    leave_file(r, path, 'f');
    r->files[r->files_n - 1].size = size;
    r->files[r->files_n - 1].hash = hash;
    r->files[r->files_n - 1].hashed = true;
}

static char *fsck[] = {(char *)"git", (char *)"fsck", NULL};

START_TEST(recovery_command_that_fails_is_a_finding)
{
    struct made *m = made_new();

    m->s.expect.recover = fsck;
    m->r.recover = step(ENDED_EXITED, 0);
    judged(m, &m->base);
    ck_assert_uint_eq(m->found.n, 0);
    m->r.recover->value = 1;
    stream_set(&m->r.recover->err, "checking\nfatal: bad object\n");
    judged(m, &m->base);
    ck_assert_uint_eq(m->found.n, 1);
    ck_assert_ptr_nonnull(strstr(m->found.list[0].seen, "it said: fatal: bad object"));
    must_find(m, KIND_RECOVERY, "git fsck");
    m = made_new();
    m->s.expect.recover = fsck;
    m->r.recover = step(ENDED_NOT_BEGUN, 0);
    must_find(m, KIND_RECOVERY, "git fsck");
    m = made_new();
    m->s.expect.recover = fsck;
    m->r.recover = step(ENDED_DEADLINE, 0);
    must_find(m, KIND_RECOVERY, "git fsck");
}
END_TEST

START_TEST(recovery_command_may_end_as_the_scenario_says)
{
    struct made *m = made_new();
    struct ended three = {false, 3};

    m->s.expect.recover = fsck;
    m->s.expect.recover_ended = &three;
    m->s.expect.recover_ended_n = 1;
    m->r.recover = step(ENDED_EXITED, 3);
    judged(m, &m->base);
    ck_assert_uint_eq(m->found.n, 0);
    m->r.recover->value = 0;
    must_find(m, KIND_RECOVERY, "git fsck");
}
END_TEST

START_TEST(run_again_must_succeed_and_finish_the_work)
{
    struct made *m = made_new();

    m->r.rerun = step(ENDED_EXITED, 1);
    must_find(m, KIND_RECOVERY, "rerun");
    m = made_new();
    m->r.rerun = step(ENDED_EXITED, 0);
    file(m->r.rerun, "work/a", 3, 1);
    file(&m->base, "work/a", 3, 2);
    must_find(m, KIND_RECOVERY, "rerun");
    m = made_new();
    m->r.rerun = step(ENDED_EXITED, 0);
    file(&m->base, "work/a", 3, 2);
    must_find(m, KIND_RECOVERY, "rerun");
    m = made_new();
    m->r.rerun = step(ENDED_EXITED, 0);
    file(m->r.rerun, "work/a", 3, 2);
    file(&m->base, "work/a", 3, 2);
    must_be_clean(m);
}
END_TEST

START_TEST(finished_work_may_be_refused_the_second_time)
{
    struct made *m = made_new();

    m->base.rerun = step(ENDED_EXITED, 1);
    m->r.rerun = step(ENDED_EXITED, 1);
    file(m->base.rerun, "work/a", 3, 2);
    file(m->r.rerun, "work/a", 3, 2);
    must_be_clean(m);
}
END_TEST

START_TEST(what_is_not_judged_or_never_the_same_is_not_compared)
{
    struct made *m = made_new();
    struct file_expect any = {(char *)"a*", FILE_ANY};

    m->s.expect.files_as = &any;
    m->s.expect.files_as_n = 1;
    m->r.rerun = step(ENDED_EXITED, 0);
    file(m->r.rerun, "work/a1", 3, 1);
    file(m->r.rerun, "work/log", 3, 1);
    file(&m->base, "work/log", 5, 2);
    m->base.files[0].unstable = true;
    must_be_clean(m);
}
END_TEST

START_TEST(run_again_after_a_hang_says_nothing)
{
    struct made *m = made_new();

    ends(m, ENDED_DEADLINE, 0);
    m->r.rerun = step(ENDED_EXITED, 1);
    must_find(m, KIND_HANG, "deadline");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        recovery_command_that_fails_is_a_finding,
        recovery_command_may_end_as_the_scenario_says,
        run_again_must_succeed_and_finish_the_work,
        finished_work_may_be_refused_the_second_time,
        what_is_not_judged_or_never_the_same_is_not_compared,
        run_again_after_a_hang_says_nothing,
    };

    return run_tests("judge_recovery", tests, sizeof(tests) / sizeof(tests[0]));
}
