/* test_run_refused.c - machines that refuse something: a full disk, no permission to trace, folders
 * that can't be written. Each is said clearly, and what was finished can be read. */
#include "cli_fixture.h"

#include <seccomp.h>
#include <sys/mount.h>
#include <sys/resource.h>

#define TIMED "interrupts:\n  - {send: INT, when: {after: 1ms}}\nexpect: {ended: {signal: INT}}\n"
#define AT_EVENT                                                                                   \
    "interrupts:\n  - {send: INT, when: {event: mark}}\nexpect: {ended: {signal: INT}}\n"
#define MANY                                                                                       \
    "interrupts:\n  - {send: TERM, when: {between: [0ms, 1ms], trials: 100000}}\n"                 \
    "expect: {ended: {signal: TERM}}\n"

/* ------------------------------------------------------------------------------- full disk */

static int limit_files(const struct desk *d)
{
    const struct rlimit small = {40000, 40000};

    (void)d;
    signal(SIGXFSZ, SIG_IGN); /* else the kernel ends sigsweep itself */
    return setrlimit(RLIMIT_FSIZE, &small);
}

START_TEST(log_over_the_file_size_limit_ends_the_run_with_whole_lines)
{
    struct desk *d = desk_new();
    struct call *c;

    desk_scenario(d, "many", "forever", "", MANY);
    d->before_exec = limit_files;
    c = CALL(d, "run", "-j", "2", "--out", "run", "--scratch", "scratch", "yaml");
    must_end_with(c, 3);
    must_hold(c->err, "cannot write run/trials.jsonl: File too large");
    must_hold(c->err, "the trials before this one are kept");
    ck_assert_uint_gt(trials_written(d, "run"), 5);
    ck_assert_uint_eq(processes_with(d->path, NULL, 0), 0);
    d->before_exec = NULL;
    run_must_be_readable(d, "run");
    folder_must_be_empty(d, "scratch");
    call_free(c);
    desk_free(d);
}
END_TEST

/* A file system of 64 KiB, when this process may mount one. */
static bool mount_small(const char *path)
{
    return mkdir(path, 0755) == 0 && mount("tmpfs", path, "tmpfs", 0, "size=64k") == 0;
}

START_TEST(full_disk_ends_the_run_with_whole_lines)
{
    struct desk *d = desk_new();
    char *small = mem_printf("%s/small", d->path);
    struct call *c;

    if (mount_small(small)) {
        desk_scenario(d, "many", "forever", "", MANY);
        c = CALL(d, "run", "-j", "2", "--out", "small/run", "--scratch", "scratch", "yaml");
        must_end_with(c, 3);
        must_hold(c->err, "cannot write small/run/trials.jsonl: No space left on device");
        ck_assert_uint_gt(trials_written(d, "small/run"), 5);
        ck_assert_uint_eq(processes_with(d->path, NULL, 0), 0);
        run_must_be_readable(d, "small/run");
        call_free(c);
        ck_assert_int_eq(umount2(small, MNT_DETACH), 0);
    }
    free(small);
    desk_free(d);
}
END_TEST

START_TEST(full_scratch_is_told_and_leaves_nothing_running)
{
    struct desk *d = desk_new();
    char *small = mem_printf("%s/small", d->path);
    struct call *c;

    if (mount_small(small)) {
        char *filler = mem_printf("%s/filler", small);
        int fd = open(filler, O_CREAT | O_WRONLY, 0600);
        char block[4096] = "";
        while (write(fd, block, sizeof(block)) > 0)
            ;
        close(fd);
        desk_scenario(d, "copies", "\"say:x\"", "  directory: {copy: .}\n",
                      "interrupts: []\nexpect: {ended: {code: 0}}\n");
        c = CALL(d, "run", "-j", "1", "--out", "run", "--scratch", "small", "yaml");
        must_end_with(c, 3);
        must_hold(c->err, "No space left on device");
        must_hold(c->err, "small");
        run_must_be_readable(d, "run");
        call_free(c);
        free(filler);
        ck_assert_int_eq(umount2(small, MNT_DETACH), 0);
    }
    free(small);
    desk_free(d);
}
END_TEST

/* ------------------------------------------------------------------------------ no tracing */

static int refuse_ptrace(const struct desk *d)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int rc = filter == NULL;

    (void)d;
    setenv("ASAN_OPTIONS", "detect_leaks=0", 1); /* it, too, would trace */
    rc = rc != 0 ? rc : seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ptrace), 0);
    rc = rc != 0 ? rc : seccomp_load(filter);
    seccomp_release(filter);
    return rc;
}

START_TEST(timed_scenario_runs_untraced_where_tracing_is_refused)
{
    struct desk *d = desk_new();
    struct call *c;
    json_t *trials;

    d->before_exec = refuse_ptrace;
    desk_scenario(d, "timed", "forever", "", TIMED);
    c = CALL(d, "run", "--out", "run", "--scratch", "scratch", "yaml");
    must_end_with(c, 0);
    must_hold(c->out, "1 passed");
    trials = desk_trials(d, "run");
    ck_assert_uint_eq(json_array_size(trials), 1);
    json_decref(trials);
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(event_scenario_is_refused_where_tracing_is)
{
    struct desk *d = desk_new();
    struct call *c;

    d->before_exec = refuse_ptrace;
    desk_scenario(d, "exact", "\"event:mark name=a\", forever", "", AT_EVENT);
    desk_scenario(d, "timed", "forever", "", TIMED);
    c = CALL(d, "run", "--out", "run", "--scratch", "scratch", "yaml");
    must_end_with(c, 3);
    must_hold(c->out, "exact point needs ptrace, which this machine refuses");
    must_hold(c->out, "sigsweep doctor");
    must_hold(c->out, "1 passed"); /* the timed one ran all the same */
    run_must_be_readable(d, "run");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(replay_of_an_event_point_is_refused_where_tracing_is)
{
    struct desk *d = desk_new();
    struct call *c;

    d->before_exec = refuse_ptrace;
    c = CALL(d, "replay", "--at", "INT@event:mark", "--", d->act, "event:mark name=a");
    must_end_with(c, 3);
    must_hold(c->err, "needs ptrace, which this machine refuses");
    call_free(c);
    c = CALL(d, "replay", "--at", "INT@after:1ms", "--", d->act, "forever");
    ck_assert_msg(WIFEXITED(c->status) && WEXITSTATUS(c->status) < 2, "%s", c->err);
    must_hold(c->out, "died by SIGINT");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(doctor_names_the_remedy_where_tracing_is_refused)
{
    struct desk *d = desk_new();
    struct call *c;

    d->before_exec = refuse_ptrace;
    c = CALL(d, "doctor");
    must_end_with(c, 3);
    must_hold(c->out, "MISSING");
    must_hold(c->out, "Operation not permitted; remedy:");
    call_free(c);
    desk_free(d);
}
END_TEST

/* --------------------------------------------------------------------------------- folders */

START_TEST(run_folder_that_is_there_already_is_kept)
{
    struct desk *d = desk_new();
    struct call *c;
    char *before, *after, *path = mem_printf("%s/run/trials.jsonl", d->path);

    desk_scenario(d, "timed", "forever", "", TIMED);
    c = CALL(d, "run", "--out", "run", "yaml");
    must_end_with(c, 0);
    call_free(c);
    before = file_text(path);
    c = CALL(d, "run", "--out", "run", "yaml");
    must_end_with(c, 2);
    must_hold(c->err, "cannot make the run folder run: File exists (choose another: --out DIR)");
    after = file_text(path);
    ck_assert_str_eq(before, after);
    free(before);
    free(after);
    free(path);
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(run_folder_that_cannot_be_made_is_told)
{
    struct desk *d = desk_new();
    struct call *c;

    desk_scenario(d, "timed", "forever", "", TIMED);
    c = CALL(d, "run", "--out", "yaml/timed.yaml/run", "yaml"); /* below a file */
    must_end_with(c, 3);
    must_hold(c->err, "cannot make the run folder yaml/timed.yaml/run: Not a directory");
    ck_assert_str_eq(c->out, "");
    call_free(c);
    c = CALL(d, "run", "--out", "/proc/run", "yaml");
    must_end_with(c, 3);
    must_hold(c->err, "cannot make the run folder /proc/run: ");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(scratch_that_cannot_be_written_is_told)
{
    struct desk *d = desk_new();
    struct call *c;

    desk_scenario(d, "timed", "forever", "", TIMED);
    c = CALL(d, "run", "--out", "run", "--scratch", "/no/such/folder", "yaml");
    must_end_with(c, 3);
    must_hold(c->err, "/no/such/folder");
    must_hold(c->err, "No such file or directory");
    call_free(c);
    c = CALL(d, "replay", "--scratch", "/proc", "--at", "INT@after:0ms", "--", "/bin/true");
    must_end_with(c, 3);
    must_hold(c->err, "/proc");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(report_of_a_run_that_is_not_there_is_told)
{
    struct desk *d = desk_new();
    struct call *c;

    desk_scenario(d, "timed", "forever", "", TIMED);
    c = CALL(d, "report", "--format", "json", "--out", "/no/such/folder/x.json", "nowhere");
    must_end_with(c, 2);
    must_hold(c->err, "nowhere");
    call_free(c);
    desk_free(d);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        log_over_the_file_size_limit_ends_the_run_with_whole_lines,
        full_disk_ends_the_run_with_whole_lines,
        full_scratch_is_told_and_leaves_nothing_running,
        timed_scenario_runs_untraced_where_tracing_is_refused,
        event_scenario_is_refused_where_tracing_is,
        replay_of_an_event_point_is_refused_where_tracing_is,
        doctor_names_the_remedy_where_tracing_is_refused,
        run_folder_that_is_there_already_is_kept,
        run_folder_that_cannot_be_made_is_told,
        scratch_that_cannot_be_written_is_told,
        report_of_a_run_that_is_not_there_is_told,
    };

    return run_checks("run_refused", tests, sizeof(tests) / sizeof(tests[0]));
}
