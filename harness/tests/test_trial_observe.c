/* test_trial_observe.c - what is seen of a program: its output and events however they come, its
 * end, and what it leaves behind. */
#include "trial_fixture.h"

#include <sys/wait.h>

#include "support/clock.h"

#include <sys/resource.h>

static uint64_t hash_of(const char *data, size_t len, uint64_t hash)
{
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)data[i]) * 0x100000001b3u;
    return hash;
}

static long peak_kb(void)
{
    struct rusage usage;

    ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

START_TEST(flood_of_output_neither_blocks_nor_fills_memory)
{
    struct stage *t = STAGE("flood-output", "100");
    const struct record *r;
    long before;

    must_exit(stage_run(t, NULL), 0); /* whatever the first one needs */
    before = peak_kb();
    r = stage_run(t, NULL);
    must_exit(r, 0);
    ck_assert_uint_eq(r->out.bytes, 100 << 20);
    ck_assert_uint_le(r->out.head_len + r->out.tail_len, 256 << 10);
    ck_assert_uint_eq(r->out.head_len, 64 << 10);
    ck_assert_uint_eq(r->out.tail_len, 64 << 10);
    ck_assert_int_lt(peak_kb() - before, 20 << 10);
    stage_free(t);
}
END_TEST

START_TEST(output_is_counted_and_hashed_whole)
{
    struct stage *t = STAGE("/bin/sh", "-c", "seq 1 30000; printf end");
    const struct record *r = stage_run(t, NULL);
    uint64_t hash;
    struct record empty;
    struct buf all = {0};

    record_init(&empty);
    for (int i = 1; i <= 30000; i++)
        buf_addf(&all, "%d\n", i);
    buf_adds(&all, "end");
    hash = hash_of(all.data, all.len, empty.out.hash);
    ck_assert_uint_eq(r->out.bytes, all.len);
    ck_assert_uint_eq(r->out.hash, hash);
    ck_assert_int_eq(memcmp(r->out.head, all.data, r->out.head_len), 0);
    ck_assert_int_eq(memcmp(r->out.tail, all.data + all.len - r->out.tail_len, r->out.tail_len), 0);
    buf_free(&all);
    record_free(&empty);
    stage_free(t);
}
END_TEST

START_TEST(output_of_a_program_that_died_is_whole)
{
    struct stage *t = STAGE("act", "say:before", "err:also before", "event:mark name=a", "forever");
    const struct record *r = stage_run(t, "KILL@event:mark");

    must_say(r, "before\n");
    ck_assert_str_eq(text_of(&r->err), "also before\n");
    stage_free(t);
}
END_TEST

/* Points of this kind load the events filter; without one, events come through the pipe. */
static const char *const with_and_without_filter[] = {NULL, "INT@event:cancel"};

START_TEST(bad_event_lines_are_counted_and_change_nothing)
{
    struct stage *t = STAGE("garbage-events");

    for (int i = 0; i < 2; i++) {
        const struct record *r = stage_run(t, with_and_without_filter[i]);
        must_exit(r, 0);
        ck_assert_uint_ge(r->events_bad, 15);
        ck_assert_ptr_nonnull(r->events_bad_first);
        ck_assert_uint_eq(events_of(r, EVENT_READY), 1);
        ck_assert_uint_ge(events_of(r, EVENT_TASK_QUEUE), 1);
        ck_assert_uint_eq(events_of(r, EVENT_TASK_END), 1);
        ck_assert_uint_eq(events_of(r, EVENT_TASK_FINI), 1);
        ck_assert_uint_eq(events_of(r, EVENT_CANCEL), 0);
        ck_assert_uint_eq(events_of(r, EVENT_CLEANUP_ARM), 0);
    }
    stage_free(t);
}
END_TEST

START_TEST(flood_of_events_is_counted_over_the_cap)
{
    struct stage *t = STAGE("flood-events", "10000"); /* 40001 events */

    for (int i = 0; i < 2; i++) {
        const struct record *r = stage_run(t, with_and_without_filter[i]);
        must_exit(r, 0);
        ck_assert_uint_eq(r->events_n, 20000);
        ck_assert_uint_eq(r->events_lost, 20001);
        ck_assert_uint_eq(r->events_bad, 0);
    }
    stage_free(t);
}
END_TEST

START_TEST(closed_events_descriptor_is_no_trouble)
{
    struct stage *t =
        STAGE("act", "event:mark name=a", "close-events", "event:mark name=b", "say:x");

    for (int i = 0; i < 2; i++) {
        const struct record *r = stage_run(t, with_and_without_filter[i]);
        must_exit(r, 0);
        must_say(r, "x\n");
        ck_assert_uint_eq(r->events_n, 1);
    }
    stage_free(t);
}
END_TEST

/* What it writes there is its own: it must reach the file, and is no event. */
START_TEST(file_put_over_the_events_descriptor_gets_its_writes)
{
    struct stage *t = STAGE(
        "/bin/sh", "-c", "\"$ACT\" 'event:mark name=a' over:file 'event:mark name=b' && cat file");
    char *act = built("tests/programs/act"), *env = mem_printf("ACT=%s", act);

    t->s.program.env = LIST(env);
    for (int i = 0; i < 2; i++) {
        const struct record *r = stage_run(t, with_and_without_filter[i]);
        must_exit(r, 0);
        must_say(r, "mark name=b\n");
        ck_assert_uint_eq(r->events_n, 1);
    }
    free(act);
    free(env);
    stage_free(t);
}
END_TEST

START_TEST(events_of_children_and_threads_are_seen)
{
    struct stage *t = STAGE("act", "child", "event:mark name=child", "end", "reap", "thread",
                            "event:mark name=thread", "end", "join", "vchild",
                            "event:mark name=vchild", "end", "reap");

    for (int i = 0; i < 2; i++) {
        const struct record *r = stage_run(t, with_and_without_filter[i]);
        must_exit(r, 0);
        ck_assert_uint_eq(r->events_n, 3);
        ck_assert_str_eq(r->events[0].name, "child");
        ck_assert_str_eq(r->events[1].name, "thread");
        ck_assert_str_eq(r->events[2].name, "vchild");
    }
    stage_free(t);
}
END_TEST

START_TEST(events_of_many_threads_are_all_seen)
{
    struct stage *t = STAGE("threads", "16", "20");

    for (int i = 0; i < 2; i++) {
        const struct record *r = stage_run(t, with_and_without_filter[i]);
        must_exit(r, 0);
        ck_assert_uint_eq(events_of(r, EVENT_TASK_START), 320);
        ck_assert_uint_eq(events_of(r, EVENT_TASK_FINI), 320);
        ck_assert_uint_eq(r->events_bad, 0);
    }
    stage_free(t);
}
END_TEST

START_TEST(stamp_of_an_event_stands_when_it_can_be_true)
{
    char *now = mem_printf("event:mark name=now t=%lld", (long long)clock_now_ns());
    struct stage *t =
        STAGE("/bin/sh", "-c",
              "exec \"$ACT\" \"event:mark name=up t=$(sed 's/[. ].*//' /proc/uptime)\" "
              "'event:mark name=future t=9000000000000000000'");
    char *act = built("tests/programs/act"), *env = mem_printf("ACT=%s", act);
    const struct record *r;

    t->s.program.env = LIST(env);
    r = stage_run(t, NULL);
    must_exit(r, 0);
    ck_assert_uint_eq(r->events_n, 2);
    for (int i = 0; i < 2; i++) { /* both are impossible: the arrival stands */
        ck_assert_int_ge(r->events[i].t_ns, 0);
        ck_assert_int_le(r->events[i].t_ns, r->end_ns);
    }
    stage_free(t);
    t = STAGE("act", now); /* before its own start */
    r = stage_run(t, NULL);
    ck_assert_int_ge(r->events[0].t_ns, 0);
    stage_free(t);
    free(now);
    free(act);
    free(env);
}
END_TEST

START_TEST(end_is_told_as_it_was)
{
    struct stage *t = STAGE("act", "exit:42");
    const struct record *r = stage_run(t, NULL);

    must_exit(r, 42);
    ck_assert_int_ge(r->exit_ns, 0);
    ck_assert_int_ge(r->end_ns, r->exit_ns);
    ck_assert_int_gt(r->maxrss_kb, 0);
    stage_free(t);
    t = STAGE("act", "crash");
    r = stage_run(t, NULL);
    must_die(r, SIGSEGV);
    ck_assert(!r->core && !r->outsider);
    ck_assert(!r->outright); /* raised by the program itself */
    stage_free(t);
    t = STAGE("act", "exit:130"); /* not the same as dying by SIGINT */
    must_exit(stage_run(t, NULL), 130);
    stage_free(t);
}
END_TEST

START_TEST(descriptors_open_at_exit_are_listed)
{
    struct stage *t = STAGE("act", "open:left.txt", "event:mark name=a");

    for (int i = 0; i < 2; i++) {
        const struct record *r = stage_run(t, i == 0 ? NULL : "TERM@event:mark");
        ck_assert(r->fds_known);
        ck_assert_uint_eq(r->fds_n, 1);
        must_hold(r->fds[0].target, "/left.txt");
    }
    t->s.program.untraced = true;
    ck_assert(!stage_run(t, NULL)->fds_known);
    stage_free(t);
}
END_TEST

static unsigned threads_left(const char *how, const char *points)
{
    struct stage *t =
        STAGE("act", "block:USR1", "detached", "event:mark name=a", "sigwait:USR1", "end",
              "detached", "event:mark name=b", "sigwait:USR1", "end", "handle:INT", "await:1", how);
    const struct record *r = stage_run(t, points);
    unsigned n = r->threads;

    ck_assert(r->fds_known);
    stage_free(t);
    return n;
}

START_TEST(threads_alive_at_the_end_are_counted)
{
    /* The end comes when both threads have reported. */
    ck_assert_uint_eq(threads_left("exit:0", "INT@event:mark#2"), 2);
    ck_assert_uint_eq(threads_left("exit:0", "INT@event:mark#2,TERM@after:0ms"), 2);
    ck_assert_uint_eq(threads_left("crash", "INT@event:mark#2"), 2);
}
END_TEST

START_TEST(main_thread_that_leaves_first_is_not_the_end)
{
    struct stage *t = STAGE("act", "handle:INT", "thread", "alone", "event:mark name=a", "await:1",
                            "say:end", "exit:3", "end", "thread-exit");
    const struct record *r = stage_run(t, "INT@event:mark");

    must_exit(r, 3);
    must_say(r, "INT after 0 in thread\nend\n");
    stage_free(t);
}
END_TEST

START_TEST(files_left_behind_are_listed_by_folder)
{
    struct stage *t =
        STAGE("/bin/sh", "-c",
              "echo 12345 > a.tmp; mkdir d; ln -s x link; mkfifo p; touch \"$TMPDIR/t\" "
              "\"$HOME/.h\"; touch gone; rm gone");
    const struct record *r = stage_run(t, NULL);
    static const char *const wanted[] = {"home/.h", "tmp/t",     "work/a.tmp",
                                         "work/d",  "work/link", "work/p"};

    must_exit(r, 0);
    ck_assert_uint_eq(r->files_n, 6);
    for (size_t i = 0; i < 6; i++)
        ck_assert_str_eq(r->files[i].path, wanted[i]);
    ck_assert_uint_eq(r->files[2].size, 6);
    ck_assert_int_eq(r->files[2].type, 'f');
    ck_assert_int_eq(r->files[3].type, 'd');
    ck_assert_int_eq(r->files[4].type, 'l');
    ck_assert_int_eq(r->files[5].type, 'p');
    ck_assert_uint_eq(stage_run(t, NULL)->files_n, 6); /* the first trial's are gone */
    stage_free(t);
}
END_TEST

START_TEST(child_that_is_merely_slow_is_not_left)
{
    struct stage *t = STAGE("act", "child", "orphaned", "say:child", "end");

    for (int untraced = 0; untraced < 2; untraced++) {
        const struct record *r;
        t->s.program.untraced = untraced == 1;
        r = stage_run(t, NULL);
        must_exit(r, 0);
        must_say(r, "child\n"); /* what it said after the program's end counts, too */
        ck_assert_uint_eq(r->processes_n, 0);
    }
    stage_free(t);
}
END_TEST

START_TEST(process_that_is_left_is_told_with_what_it_holds)
{
    struct stage *t = STAGE("/usr/bin/python3", "-c",
                            "import os,socket,fcntl,time\n"
                            "s=socket.socket(); s.bind(('127.0.0.1',0)); s.listen()\n"
                            "f=open('held','w'); fcntl.flock(f,fcntl.LOCK_EX)\n"
                            "if os.fork()==0:\n"
                            "  os.setsid()\n"
                            "  for i in range(3): os.close(i)\n"
                            "  print(end='',file=open('gone','w'))\n"
                            "  time.sleep(600)\n"
                            "while not os.path.exists('gone'): time.sleep(0.01)\n"
                            "os._exit(0)");
    const struct record *r = stage_run(t, NULL);

    must_exit(r, 0);
    ck_assert_uint_eq(r->processes_n, 1);
    ck_assert(r->processes[0].session);
    ck_assert(r->processes[0].detached);
    ck_assert_ptr_nonnull(r->processes[0].holds);
    must_hold(r->processes[0].holds, "tcp 127.0.0.1:");
    must_hold(r->processes[0].holds, "flock lock on /");
    stage_free(t);
}
END_TEST

START_TEST(terminal_is_compared_with_its_start)
{
    struct stage *t = STAGE("/bin/sh", "-c", "stty -echo -icanon; printf '\\033[?25l'");
    const struct record *r;

    t->s.program.terminal = true;
    r = stage_run(t, NULL);
    must_exit(r, 0);
    ck_assert(r->terminal_known);
    ck_assert_uint_eq(r->terminal_modes_n, 3);
    ck_assert_str_eq(r->terminal_modes[0], "-icanon");
    ck_assert_str_eq(r->terminal_modes[1], "-echo");
    ck_assert_str_eq(r->terminal_modes[2], "hidden cursor");
    stage_free(t);
    t = STAGE("/bin/sh", "-c", "stty -echo; stty echo; printf '\\033[?25l\\033[?25h'");
    t->s.program.terminal = true;
    r = stage_run(t, NULL);
    must_exit(r, 0);
    ck_assert_uint_eq(r->terminal_modes_n, 0);
    stage_free(t);
}
END_TEST

START_TEST(shared_memory_that_is_left_is_listed)
{
    struct stage *t = STAGE("/usr/bin/python3", "-c",
                            "import _posixshmem,os\n"
                            "_posixshmem.shm_open('/sigsweep-test-left', os.O_CREAT|os.O_RDWR, "
                            "mode=0o600)");
    const struct record *r = stage_run(t, NULL);

    must_exit(r, 0);
    ck_assert_uint_eq(r->ipc_n, 1);
    ck_assert_int_eq(r->ipc[0].kind, IPC_POSIX_SHM);
    ck_assert_str_eq(r->ipc[0].name, "/sigsweep-test-left");
    if (r->ipc_alone) { /* it was taken away: the next trial starts clean */
        r = stage_run(t, NULL);
        ck_assert_uint_eq(r->ipc_n, 1);
    }
    (void)unlink("/dev/shm/sigsweep-test-left");
    stage_free(t);
}
END_TEST

/* What others have in /dev/shm can be used as ever; what they make meanwhile is not the trial's. */
START_TEST(shared_memory_of_others_is_seen_and_is_not_the_trials)
{
    char before[] = "/dev/shm/sigsweep-test-XXXXXX", *after, *script;
    int fd = mkstemp(before), to[2], from[2], other;
    const struct record *r;
    struct stage *t;
    pid_t pid;
    char byte;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, "theirs", 6), 6);
    close(fd);
    after = mem_printf("%s-after", before);
    ck_assert_int_eq(pipe(to) | pipe(from), 0);
    pid = fork(); /* twice: it is to be nobody's child, and to see the machine's /dev/shm */
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        if (fork() != 0)
            _exit(0);
        close(to[1]);
        (void)!read(to[0], &byte, 1);
        other = open(after, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        (void)!write(from[1], &byte, 1);
        (void)!read(to[0], &byte, 1); /* until the test is over */
        close(other);
        unlink(after);
        unlink(before);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    close(to[0]);
    close(from[1]);
    script = mem_printf("exec cat %s", before);
    t = STAGE("/bin/sh", "-c", script);
    r = stage_run(t, NULL);
    must_exit(r, 0);
    ck_assert_uint_eq(r->out.bytes, 6);
    ck_assert_uint_eq(r->ipc_n, 0);
    if (r->ipc_alone) {
        ck_assert_int_eq(write(to[1], "x", 1), 1);
        ck_assert_int_eq(read(from[0], &byte, 1), 1);
        r = stage_run(t, NULL);
        ck_assert_uint_eq(r->ipc_n, 0);
    }
    stage_free(t);
    close(to[1]);
    while (read(from[0], &byte, 1) == 1) /* until it has tidied up */
        ;
    close(from[0]);
    free(script);
    free(after);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        shared_memory_of_others_is_seen_and_is_not_the_trials,
        flood_of_output_neither_blocks_nor_fills_memory,
        output_is_counted_and_hashed_whole,
        output_of_a_program_that_died_is_whole,
        bad_event_lines_are_counted_and_change_nothing,
        flood_of_events_is_counted_over_the_cap,
        closed_events_descriptor_is_no_trouble,
        file_put_over_the_events_descriptor_gets_its_writes,
        events_of_children_and_threads_are_seen,
        events_of_many_threads_are_all_seen,
        stamp_of_an_event_stands_when_it_can_be_true,
        end_is_told_as_it_was,
        descriptors_open_at_exit_are_listed,
        threads_alive_at_the_end_are_counted,
        main_thread_that_leaves_first_is_not_the_end,
        files_left_behind_are_listed_by_folder,
        child_that_is_merely_slow_is_not_left,
        process_that_is_left_is_told_with_what_it_holds,
        terminal_is_compared_with_its_start,
        shared_memory_that_is_left_is_listed,
    };

    return run_checks("trial_observe", tests, sizeof(tests) / sizeof(tests[0]));
}
