/* test_rejudge.c - records are read back as they were written, and judged again after an edit of
 * what is expected. */
#include "cli_fixture.h"

#include "judge/judge.h"
#include "run/base64.h"
#include "run/record_json.h"
#include "run/record_read.h"

/* ------------------------------------------------------------------------- a record, both ways */

static struct stream stream_with(const char *head, size_t n)
{
    struct stream s = {.bytes = n, .hash = 0x1234567890abcdefu, .head_len = n};

    s.head = mem_alloc(n + 1);
    memcpy(s.head, head, n);
    return s;
}

static void add_file(struct record *r, const char *path, enum file_state state)
{
    r->files = mem_grow(r->files, r->files_n + 1, sizeof(*r->files));
    r->files[r->files_n++] = (struct left_file){.path = mem_strdup(path),
                                                .state = state,
                                                .type = 'f',
                                                .mode = 0644,
                                                .was_mode = 0600,
                                                .size = 12,
                                                .hash = 7,
                                                .hashed = true,
                                                .unstable = state == FILE_CHANGED};
}

static void add_event(struct record *r, const char *line)
{
    int64_t stamp;

    r->events = mem_grow(r->events, r->events_n + 1, sizeof(*r->events));
    ck_assert_int_eq(event_parse(line, strlen(line), &r->events[r->events_n], &stamp), 0);
    r->events[r->events_n].t_ns = 1000 + (int64_t)r->events_n;
    r->events_n++;
}

/* Something in every field that the judge reads, and bytes that are no text. */
static void fill(struct record *r)
{
    record_init(r);
    r->how = ENDED_SIGNALED;
    r->value = SIGTERM;
    r->traced = r->core = r->outright = r->outsider = r->events_exact = true;
    r->effects = 3;
    r->let_go = true;
    r->memory = MEMORY_LSAN;
    r->memory_checked = true;
    r->memory_absent = mem_strdup("no such library");
    r->memory_text = mem_strdup("==1==ERROR: LeakSanitizer: detected memory leaks\n");
    r->ready_ns = 5;
    r->exit_ns = 20;
    r->end_ns = 30;
    r->diverged = mem_strdup("another call \xff");
    r->trouble = mem_strdup("trouble \xfe");
    r->deliveries = mem_alloc(2 * sizeof(*r->deliveries));
    r->deliveries_n = 2;
    r->deliveries[0] = (struct delivery){.signal = SIGTERM,
                                         .state = DELIVERY_FIRED,
                                         .planned_ns = -1,
                                         .sent_ns = 10,
                                         .taken_ns = 11,
                                         .exact = true};
    r->deliveries[1] = (struct delivery){.interrupt = 1,
                                         .repeat = 4,
                                         .signal = SIGRTMIN + 3,
                                         .to = TO_GROUP,
                                         .state = DELIVERY_MASKED,
                                         .planned_ns = 12,
                                         .sent_ns = 13,
                                         .taken_ns = -1,
                                         .blocked = true};
    add_event(r, "task.start id=1");
    add_event(r, "cleanup.arm id=1 name=a\xffz");
    add_event(r, "cleanup.end id=1 name=db rc=3");
    r->events_lost = 1;
    r->events_bad = 2;
    r->events_bad_first = mem_strdup("\x80garbage");
    r->out = stream_with("a\0b\xc3\xa9", 5);
    r->err = stream_with("\xff\xfe line\n", 8);
    r->err.bytes = 100;
    r->err.tail = mem_strdup("\xe2\x82");
    r->err.tail_len = 2;
    r->fds_known = true;
    r->fds = mem_alloc(sizeof(*r->fds));
    r->fds[r->fds_n++] = (struct open_fd){7, mem_strdup("/tmp/\xff"), mem_strdup("file /tmp/\xff")};
    r->threads = 2;
    r->processes = mem_alloc(sizeof(*r->processes));
    r->processes[r->processes_n++] = (struct left_process){.pid = 12,
                                                           .ppid = 1,
                                                           .state = 'S',
                                                           .command = mem_strdup("sleep \xff"),
                                                           .holds = mem_strdup("tcp 127.0.0.1:1"),
                                                           .session = true,
                                                           .detached = true,
                                                           .age_ns = 99,
                                                           .started_ns = -5,
                                                           .chain = mem_strdup("sh < the program")};
    r->left_threads = mem_alloc(sizeof(*r->left_threads));
    r->left_threads[r->left_threads_n++] =
        (struct left_thread){7, mem_strdup("work\xff"), mem_strdup("running")};
    add_file(r, "work/new\nline", FILE_NEW);
    add_file(r, "work/\xff\xfe", FILE_CHANGED);
    add_file(r, "work/gone", FILE_REMOVED);
    r->files_more = 5;
    r->terminal_known = true;
    r->terminal_modes = mem_alloc(sizeof(char *));
    r->terminal_modes[r->terminal_modes_n++] = mem_strdup("-echo");
    r->ipc = mem_alloc(sizeof(*r->ipc));
    r->ipc[r->ipc_n++] = (struct left_ipc){IPC_POSIX_SEM, mem_strdup("/\xff"), 4};
    r->ipc_alone = true;
    r->stuck = mem_alloc(sizeof(*r->stuck));
    r->stuck[0] = (struct stuck_thread){.pid = 1,
                                        .tid = 2,
                                        .state = 'R',
                                        .comm = mem_strdup("x\xff"),
                                        .where = mem_strdup("running"),
                                        .stack_n = 1};
    r->stuck[0].stack = mem_alloc(sizeof(char *));
    r->stuck[0].stack[0] = mem_strdup("main (x.c:12)");
    r->stuck_n = 1;
    r->steps = 3;
    r->steps_done = 1;
    r->step_waits = WAIT_READER;
    r->answered_ns = 17;
}

static struct record *after_with(enum ended_how how, int value)
{
    struct record *r = mem_alloc(sizeof(*r));

    record_init(r);
    r->how = how;
    r->value = value;
    r->out = stream_with("out\xff", 4);
    add_file(r, "work/again", FILE_NEW);
    return r;
}

static char *printed(const struct scenario *s, const struct record *r, const struct findings *f)
{
    struct trial_line line = {
        .number = 1, .scenario = s, .at = "TERM@after:1ms", .record = r, .findings = f};
    struct buf text = {0};

    ck_assert_int_eq(trial_line_print(&line, &text), 0);
    return buf_take(&text);
}

/* Writes it, reads it, and writes it again: the same line, and the same findings. */
static void must_come_back(const struct scenario *s, const struct record *r)
{
    struct findings found = {0}, again = {0};
    struct error err = {0};
    struct record back;
    char *first, *second;
    json_t *line;

    judge(s, NULL, r, &found);
    first = printed(s, r, &found);
    line = line_parse(first, strlen(first));
    ck_assert_msg(line != NULL, "not JSON: %s", first);
    record_init(&back);
    ck_assert_msg(record_read(line, s, &back, &err) == 0, "%s: %s", err.text, first);
    judge(s, NULL, &back, &again);
    second = printed(s, &back, &again);
    ck_assert_str_eq(first, second);
    json_decref(line);
    record_free(&back);
    findings_free(&found);
    findings_free(&again);
    free(first);
    free(second);
}

START_TEST(record_with_every_field_filled_comes_back_the_same)
{
    struct scenario s;
    struct record r;

    scenario_init(&s);
    s.name = mem_strdup("all");
    fill(&r);
    must_come_back(&s, &r);
    r.recover = after_with(ENDED_EXITED, 1);
    r.rerun = after_with(ENDED_DEADLINE, 0);
    r.client = after_with(ENDED_SIGNALED, SIGPIPE);
    must_come_back(&s, &r);
    r.how = ENDED_ALIVE;
    must_come_back(&s, &r);
    r.how = ENDED_FLOOD;
    must_come_back(&s, &r);
    r.how = ENDED_NOT_BEGUN;
    must_come_back(&s, &r);
    record_free(&r);
    scenario_free(&s);
}
END_TEST

START_TEST(short_line_of_a_copy_tells_what_is_there)
{
    struct scenario s;
    struct record r, back;
    struct findings none = {0};
    struct error err = {0};
    char *text;
    json_t *line;

    scenario_init(&s);
    s.name = mem_strdup("copy");
    fill(&r);
    r.engine = ENGINE_SNAPSHOT;
    r.core = r.outsider = false;
    r.memory = MEMORY_OFF;
    r.events_lost = r.events_bad = 0;
    free(r.diverged);
    free(r.trouble);
    r.diverged = r.trouble = NULL;
    text = printed(&s, &r, &none);
    ck_assert_ptr_null(strstr(text, "maxrss_kb")); /* it is a short one */
    line = line_parse(text, strlen(text));
    record_init(&back);
    ck_assert_int_eq(record_read(line, &s, &back, &err), 0);
    ck_assert_uint_eq(back.files_n, r.files_n);
    ck_assert_str_eq(back.files[1].path, r.files[1].path);
    ck_assert_uint_eq(back.events_n, r.events_n);
    ck_assert_str_eq(back.events[1].name, r.events[1].name);
    ck_assert_uint_eq(back.out.head_len, 5);
    ck_assert_int_eq(memcmp(back.out.head, r.out.head, 5), 0);
    ck_assert_int_eq(back.effects, 3);
    ck_assert(back.fds_known && back.terminal_known && back.outright && back.ipc_alone);
    ck_assert_uint_eq(back.processes_n, 1);
    ck_assert_uint_eq(back.terminal_modes_n, 1);
    ck_assert_int_eq((int)back.deliveries[0].taken_ns, 11);
    json_decref(line);
    free(text);
    record_free(&back);
    record_free(&r);
    scenario_free(&s);
}
END_TEST

START_TEST(base64_of_any_bytes_comes_back)
{
    unsigned char data[64] = {0};

    for (size_t n = 0; n <= sizeof(data); n++) {
        size_t len;
        char *text, *back;
        for (size_t i = 0; i < n; i++)
            data[i] = (unsigned char)(i * 37 + n);
        text = base64_encode(data, n);
        back = base64_decode(text, &len);
        ck_assert_uint_eq(len, n);
        ck_assert_int_eq(memcmp(back, data, n), 0);
        free(text);
        free(back);
    }
    ck_assert_ptr_null(base64_decode("abc", &(size_t){0}));
    ck_assert_ptr_null(base64_decode("a*cd", &(size_t){0}));
    ck_assert_ptr_null(base64_decode("=abc", &(size_t){0}));
}
END_TEST

/* -------------------------------------------------------------------------- a run, judged again */

#define AT_EVENT "interrupts:\n  - {send: INT, when: {event: mark}}\n"

/* It handles INT, says so, and exits 3. */
static void write_exits(struct desk *d, const char *expect)
{
    desk_scenario(d, "exits", "\"handle:INT\", \"event:mark name=a\", \"await:1\", \"exit:3\"", "",
                  expect);
}

static struct call *run_first(struct desk *d, const char *expect)
{
    struct call *c;

    write_exits(d, expect);
    c = CALL(d, "run", "--out", "run", "yaml");
    return c;
}

static void must_judge(struct desk *d, int status, const char *out, const char *err)
{
    struct call *c = CALL(d, "judge", "run");

    must_end_with(c, status);
    must_hold(c->out, out);
    must_hold(c->err, err);
    call_free(c);
}

static char *log_of(const struct desk *d, const char *inner)
{
    char *path = mem_printf("%s/run/%s", d->path, inner), *text = file_text(path);

    free(path);
    return text;
}

START_TEST(edit_of_expect_changes_the_verdict_without_running_anything)
{
    struct desk *d = desk_new();
    struct call *c = run_first(d, AT_EVENT "expect: {ended: {code: 3}}\n");
    char *before, *after;

    must_end_with(c, 0);
    call_free(c);
    before = log_of(d, "trials.jsonl");
    must_judge(d, 0, "1 passed; 0 of 1 trials are judged otherwise", "");
    write_exits(d, AT_EVENT "expect: {ended: {signal: INT}, stdout: {contains: [nothing]}}\n");
    must_judge(d, 1, "failed (was passed); 1 of its trials otherwise; see trial 1", "");
    after = log_of(d, "trials.jsonl");
    must_hold(after, "\"kind\":\"exit-status\"");
    must_hold(after, "\"kind\":\"output\"");
    free(after);
    after = log_of(d, "before/2/trials.jsonl");
    ck_assert_str_eq(after, before);
    free(after);
    after = log_of(d, "findings.json");
    must_hold(after, "\"kind\": \"exit-status\"");
    free(after);
    after = log_of(d, "run.json");
    must_hold(after, "\"verdict\": \"failed\"");
    must_hold(after, "\"times\": 2");
    free(after);
    c = CALL(d, "report", "--format", "junit", "run"); /* reports show the new verdict */
    must_hold(c->out, "failures=\"1\"");
    call_free(c);
    write_exits(d, AT_EVENT "expect: {ended: {code: 3}}\n");
    must_judge(d, 0, "passed (was failed)", "");
    after = log_of(d, "trials.jsonl");
    ck_assert_str_eq(after, before); /* not a fact was lost on the way */
    free(after);
    free(before);
    desk_free(d);
}
END_TEST

START_TEST(dry_run_of_judge_writes_nothing)
{
    struct desk *d = desk_new();
    struct call *c = run_first(d, AT_EVENT "expect: {ended: {code: 3}}\n");
    char *before = log_of(d, "run.json"), *after;

    call_free(c);
    write_exits(d, AT_EVENT "expect: {ended: {code: 4}}\n");
    c = CALL(d, "judge", "--dry-run", "run");
    must_end_with(c, 1);
    must_hold(c->out, "1 of 1 trials would be judged otherwise");
    after = log_of(d, "run.json");
    ck_assert_str_eq(before, after);
    must_end_with(c, 1);
    call_free(c);
    free(after);
    after = log_of(d, "before/1/run.json");
    ck_assert_str_eq(after, "");
    free(after);
    free(before);
    desk_free(d);
}
END_TEST

START_TEST(wanted_kinds_are_as_the_scenario_says_now)
{
    struct desk *d = desk_new();
    struct call *c = run_first(d, AT_EVENT "expect: {ended: {code: 4}}\n");

    must_end_with(c, 1);
    call_free(c);
    write_exits(d, AT_EVENT "expect: {ended: {code: 4}, findings: [exit-status]}\n");
    must_judge(d, 0, "passed (was failed)", "");
    write_exits(d, AT_EVENT "expect: {ended: {code: 3}, findings: [exit-status]}\n");
    must_judge(d, 1, "failed (was passed)", "");
    desk_free(d);
}
END_TEST

START_TEST(records_of_another_program_are_not_judged)
{
    struct desk *d = desk_new();
    struct call *c = run_first(d, AT_EVENT "expect: {ended: {code: 3}}\n");
    char *path = mem_printf("%s/yaml/exits.yaml", d->path);

    call_free(c);
    desk_scenario(d, "exits", "\"handle:INT\", \"event:mark name=b\", \"await:1\", \"exit:3\"", "",
                  AT_EVENT "expect: {ended: {code: 3}}\n");
    must_judge(d, 2, "", "its `program` is not the one that was run; run it again");
    write_exits(d, "interrupts:\n  - {send: TERM, when: {event: mark}}\n");
    must_judge(d, 2, "", "its `interrupts` are not those that were fired");
    write_exits(d, AT_EVENT "expect: {ended: {code: 3}, rerun: true}\n");
    must_judge(d, 2, "", "its `recover` or `rerun` is not what was run afterwards");
    write_exits(d, AT_EVENT "expect: {endde: {code: 3}}\n");
    must_judge(d, 2, "", "unknown key `endde`");
    ck_assert_int_eq(unlink(path), 0);
    must_judge(d, 2, "", "scenario exits is gone: cannot read");
    must_judge(d, 2, "", "nothing was changed");
    free(path);
    desk_free(d);
}
END_TEST

START_TEST(runs_of_other_formats_and_unfinished_ones_are_refused)
{
    static const struct {
        const char *run, *err;
    } cases[] = {
        {"{\"format\": 2, \"state\": \"finished\"}", "is of format 2, newer than this sigsweep"},
        {"{\"state\": \"finished\"}", "tells no format"},
        {"{\"format\": 1, \"state\": \"running\"}", "--unfinished judges what is there"},
        {"[", "is no run folder"},
        {"{\"format\": 1, \"state\": \"finished\", \"scenarios\": [{\"name\": \"typed\"}]}",
         "typed was typed on a command line"},
    };
    struct desk *d = desk_new();
    char *path = mem_printf("%s/run", d->path);

    ck_assert_int_eq(mkdir(path, 0755), 0);
    desk_write(d, "run/trials.jsonl", "");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        desk_write(d, "run/run.json", cases[i].run);
        must_judge(d, 2, "", cases[i].err);
    }
    free(path);
    desk_free(d);
}
END_TEST

START_TEST(broken_log_is_refused_with_its_line)
{
    struct desk *d = desk_new();
    struct call *c = run_first(d, AT_EVENT "expect: {ended: {code: 3}}\n");
    char *log = log_of(d, "trials.jsonl"), *longer = mem_printf("%s{\"trial\": 2, ", log);

    call_free(c);
    desk_write(d, "run/trials.jsonl", "{]\n");
    must_judge(d, 2, "", "trials.jsonl:1: it is not JSON");
    desk_write(d, "run/trials.jsonl", "{\"trial\":1,\"scenario\":\"exits\",\"role\":\"trial\"}\n");
    must_judge(d, 2, "", "trials.jsonl:1: it is not a trial as this sigsweep writes it");
    desk_write(d, "run/trials.jsonl", "{\"scenario\":\"other\"}\n");
    must_judge(d, 2, "", "trials.jsonl:1: run.json does not have its scenario");
    desk_write(d, "run/trials.jsonl", longer);
    must_judge(d, 0, "The last line of the log is not whole", "");
    free(longer);
    free(log);
    desk_free(d);
}
END_TEST

START_TEST(findings_of_output_with_a_nul_are_grouped)
{
    struct desk *d = desk_new();
    struct call *c;
    char *text;

    desk_write(d, "yaml/nul.yaml",
               "version: 1\nname: nul\nprogram: {command: [sh, -c, \"printf 'a\\\\0b'; exit 3\"]}\n"
               "expect: {ended: {code: 0}}\n");
    c = CALL(d, "run", "--out", "run", "yaml");
    must_end_with(c, 1);
    text = log_of(d, "findings.json");
    must_hold(text, "exit-status");
    free(text);
    must_judge(d, 1, "0 of 1 trials are judged otherwise", "");
    call_free(c);
    desk_free(d);
}
END_TEST

START_TEST(confirmed_wanted_findings_are_kept)
{
    static const char *const options[] = {"--quiet", "--confirm-wanted"};

    for (int i = 0; i < 2; i++) {
        struct desk *d = desk_new();
        char *before, *after;

        desk_write(d, "yaml/left.yaml",
                   "version: 1\nname: left\nprogram: {command: [sh, -c, ': >a; exec rm a']}\n"
                   "interrupts: [{send: INT, when: {each: syscall, match: openat}}]\n"
                   "expect: {findings: [file-left]}\n");
        struct call *c = CALL(d, "run", "--seed", "1", "--out", "run", options[i], "yaml");
        must_end_with(c, 0);
        call_free(c);
        before = log_of(d, "findings.json");
        if (i == 1)
            must_hold(before, "\"tried\": 5");
        else
            ck_assert_ptr_null(strstr(before, "file-left"));
        must_judge(d, 0, "1 passed; 0 of ", "");
        after = log_of(d, "findings.json");
        ck_assert_str_eq(after, before);
        free(after);
        free(before);
        desk_free(d);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        record_with_every_field_filled_comes_back_the_same,
        short_line_of_a_copy_tells_what_is_there,
        base64_of_any_bytes_comes_back,
        edit_of_expect_changes_the_verdict_without_running_anything,
        dry_run_of_judge_writes_nothing,
        wanted_kinds_are_as_the_scenario_says_now,
        records_of_another_program_are_not_judged,
        runs_of_other_formats_and_unfinished_ones_are_refused,
        broken_log_is_refused_with_its_line,
        findings_of_output_with_a_nul_are_grouped,
        confirmed_wanted_findings_are_kept,
    };

    return run_checks("rejudge", tests, sizeof(tests) / sizeof(tests[0]));
}
