/* test_trial_launch.c - what a program is started with: nothing of the harness's own state, and
 * what its scenario says. And programs that can't be started. */
#include "trial_fixture.h"

#include "trial/scratch.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>

static bool has_line(const char *text, const char *line)
{
    size_t len = strlen(line);

    for (const char *at = text; at != NULL; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (strncmp(at, line, len) == 0 && at[len] == '\n')
            return true;
    }
    return false;
}

static void must_have_line(const struct record *r, const char *line)
{
    ck_assert_msg(has_line(text_of(&r->out), line), "no line `%s` in:\n%s", line, text_of(&r->out));
}

/* The rest of the line that begins so. The caller frees. */
static char *line_after(const struct record *r, const char *begin)
{
    const char *at = strstr(text_of(&r->out), begin);

    ck_assert_msg(at != NULL, "no line begins with `%s`:\n%s", begin, text_of(&r->out));
    at += strlen(begin);
    return mem_strndup(at, strcspn(at, "\n"));
}

START_TEST(environment_is_small_and_fixed)
{
    struct stage *t = STAGE("print-env", "one", "two words");
    const struct record *r;
    char *home, *tmp, *cwd;

    setenv("SECRET", "of the harness", 1);
    setenv("LD_DEBUG_OUTPUT", "/tmp/x", 1);
    t->s.program.env = LIST("COLUMNS=80", "TERM=vt100");
    r = stage_run(t, NULL);
    must_exit(r, 0);
    must_have_line(r, "arg 1 one");
    must_have_line(r, "arg 2 two words");
    must_have_line(r, "env LANG=C.UTF-8");
    must_have_line(r, "env COLUMNS=80");
    must_have_line(r, "env TERM=vt100"); /* the scenario's wins */
    must_have_line(r, "env SIGSWEEP_EVENTS=197");
    ck_assert_uint_eq(lines_with(text_of(&r->out), "env "), 7); /* and PATH HOME TMPDIR */
    home = line_after(r, "env HOME=");
    tmp = line_after(r, "env TMPDIR=");
    cwd = line_after(r, "cwd ");
    must_hold(home, "/sigsweep-");
    must_hold(tmp, "/sigsweep-");
    must_hold(cwd, "/sigsweep-");
    ck_assert_str_ne(home, tmp);
    ck_assert_str_ne(cwd, tmp);
    free(home);
    free(tmp);
    free(cwd);
    stage_free(t);
}
END_TEST

static void must_be_clean(const struct record *r)
{
    const char *out = text_of(&r->out);
    char *nice = mem_printf("nice %d", getpriority(PRIO_PROCESS, 0)); /* as we were started */

    must_exit(r, 0);
    must_have_line(r, "sid own");
    must_have_line(r, "pgid own");
    must_have_line(r, nice);
    free(nice);
    must_have_line(r, "limit-core 0");
    ck_assert_msg(strstr(out, "blocked ") == NULL, "%s", out);
    ck_assert_msg(strstr(out, "pending ") == NULL, "%s", out);
    ck_assert_msg(strstr(out, "ignored ") == NULL, "%s", out);
    ck_assert_msg(lines_with(out, "fd ") == 4, "%s", out); /* 0 1 2 and the events */
    must_hold(out, "fd 0 /dev/null");
    must_hold(out, "fd 1 pipe:");
    must_hold(out, "fd 2 pipe:");
    must_hold(out, "fd 197 pipe:");
}

/* As under nohup, in the background of a script, or below a program that blocks signals. */
static void be_started_badly(void)
{
    sigset_t all;

    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGRTMIN + 1, SIG_IGN);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    for (int i = 0; i < 20; i++)
        ck_assert_int_ge(open("/dev/null", O_RDONLY), 0); /* without O_CLOEXEC */
    ck_assert_int_ge(dup2(0, 300), 0);
}

START_TEST(traced_program_inherits_no_signal_state_and_no_descriptor)
{
    struct stage *t = STAGE("print-env");
    const struct record *r;

    be_started_badly();
    r = stage_run(t, NULL);
    ck_assert(r->traced);
    must_be_clean(r);
    must_be_clean(stage_run(t, "INT@after:60s"));
    must_be_clean(stage_run(t, "INT@event:cancel")); /* with the events filter */
    stage_free(t);
}
END_TEST

START_TEST(untraced_program_inherits_no_signal_state_and_no_descriptor)
{
    struct stage *t = STAGE("print-env");
    const struct record *r;

    be_started_badly();
    t->s.program.untraced = true;
    r = stage_run(t, NULL);
    ck_assert(!r->traced);
    must_be_clean(r);
    stage_free(t);
}
END_TEST

START_TEST(harness_that_ignores_sigchld_still_sees_the_end)
{
    struct stage *t = STAGE("act", "exit:7");

    signal(SIGCHLD, SIG_IGN);
    must_exit(stage_run(t, NULL), 7);
    t->s.program.untraced = true;
    must_exit(stage_run(t, NULL), 7);
    stage_free(t);
}
END_TEST

START_TEST(signals_named_in_ignore_are_ignored_and_no_others)
{
    struct stage *t = STAGE("print-env");
    const struct record *r;

    t->s.program.ignore = (UINT64_C(1) << SIGHUP) | (UINT64_C(1) << SIGPIPE);
    r = stage_run(t, NULL);
    must_have_line(r, "ignored HUP");
    must_have_line(r, "ignored PIPE");
    ck_assert_uint_eq(lines_with(text_of(&r->out), "ignored "), 2);
    stage_free(t);
}
END_TEST

START_TEST(stdin_is_empty_a_text_or_a_file)
{
    struct stage *t = STAGE("/bin/cat");
    char path[] = "/tmp/sigsweep-stdin-XXXXXX";
    int fd = mkstemp(path);

    must_say(stage_run(t, NULL), "");
    t->s.program.stdin_kind = STDIN_TEXT;
    t->s.program.stdin_text = mem_strdup("two\nlines\n");
    must_say(stage_run(t, NULL), "two\nlines\n");
    must_say(stage_run(t, NULL), "two\nlines\n"); /* each trial from its beginning */
    free(t->s.program.stdin_text);
    ck_assert_int_eq(write(fd, "of a file", 9), 9);
    close(fd);
    t->s.program.stdin_kind = STDIN_FILE;
    t->s.program.stdin_text = mem_strdup(path);
    must_say(stage_run(t, NULL), "of a file");
    unlink(path);
    ck_assert_int_eq((stage_try(t, NULL), t->rc), -ENOENT);
    must_hold(t->err.text, path);
    stage_free(t);
}
END_TEST

START_TEST(large_stdin_text_is_given_whole)
{
    struct stage *t = STAGE("/usr/bin/wc", "-c");
    char *text = mem_alloc(1000001);

    memset(text, 'x', 1000000);
    t->s.program.stdin_kind = STDIN_TEXT;
    t->s.program.stdin_text = text;
    must_say(stage_run(t, NULL), "1000000\n");
    stage_free(t);
}
END_TEST

START_TEST(stdout_is_a_pipe_a_file_or_a_terminal)
{
    struct stage *t = STAGE("print-env");
    const struct record *r;

    t->s.program.stdout_kind = STDOUT_FILE;
    r = stage_run(t, NULL);
    must_exit(r, 0);
    must_have_line(r, "tty 1 no");
    must_hold(text_of(&r->out), "fd 1 /");
    ck_assert_uint_eq(r->files_n, 0); /* that file isn't one that the program left */
    t->s.program.stdout_kind = STDOUT_TERMINAL;
    r = stage_run(t, NULL);
    must_hold(text_of(&r->out), "tty 1 yes");
    must_hold(text_of(&r->out), "tty 0 no");
    must_hold(text_of(&r->out), "tty 2 no");
    stage_free(t);
}
END_TEST

START_TEST(terminal_is_a_real_one_that_the_program_controls)
{
    struct stage *t = STAGE("/bin/sh", "-c",
                            "tty && stty size && test -t 0 && test -t 1 && test -t 2 "
                            "&& echo ok > /dev/tty");
    const struct record *r;

    t->s.program.terminal = true;
    r = stage_run(t, NULL);
    must_exit(r, 0);
    must_hold(text_of(&r->out), "/dev/pts/");
    must_hold(text_of(&r->out), "24 80");
    must_hold(text_of(&r->out), "ok");
    ck_assert(r->terminal);
    stage_free(t);
}
END_TEST

START_TEST(directory_is_copied_fresh_for_each_trial)
{
    struct stage *t = STAGE("/bin/sh", "-c",
                            "cat a/b && ls -l a/run && readlink link && echo more >> "
                            "a/b && touch new");
    char dir[] = "/tmp/sigsweep-copy-XXXXXX";
    char *text;

    ck_assert_ptr_nonnull(mkdtemp(dir));
    text =
        mem_printf("mkdir %s/a && echo content > %s/a/b && touch %s/a/run && chmod 750 %s/a/run && "
                   "ln -s nowhere %s/link && mkfifo %s/fifo",
                   dir, dir, dir, dir, dir, dir);
    ck_assert_int_eq(system(text), 0);
    free(text);
    t->s.program.copy = mem_strdup(dir);
    for (int i = 0; i < 2; i++) {
        const struct record *r = stage_run(t, NULL);
        must_exit(r, 0);
        ck_assert_int_eq(strncmp(text_of(&r->out), "content\n-rwxr-x---", 18), 0);
        must_hold(text_of(&r->out), "nowhere\n");
        ck_assert_uint_eq(r->files_n, 2); /* what was copied is not listed */
        ck_assert_str_eq(r->files[0].path, "work/a/b");
        ck_assert_int_eq(r->files[0].state, FILE_CHANGED);
        ck_assert(r->files[0].hashed);
        ck_assert_str_eq(r->files[1].path, "work/new");
        ck_assert_int_eq(r->files[1].state, FILE_NEW);
    }
    ck_assert_int_eq(tree_remove(dir), 0);
    stage_free(t);
}
END_TEST

static char ***setup_of(char **first, char **second)
{
    char ***setup = mem_alloc(3 * sizeof(*setup));

    setup[0] = first;
    setup[1] = second;
    return setup;
}

START_TEST(setup_commands_run_in_the_scratch_in_order)
{
    struct stage *t = STAGE("/bin/cat", "made");
    const struct record *r;

    t->s.program.setup = setup_of(LIST("/bin/sh", "-c", "echo one > made"),
                                  LIST("/bin/sh", "-c", "echo two >> made; echo noise"));
    r = stage_run(t, NULL);
    must_exit(r, 0);
    must_say(r, "one\ntwo\n");
    ck_assert_uint_eq(r->files_n, 0);
    must_say(stage_run(t, NULL), "one\ntwo\n");
    stage_free(t);
}
END_TEST

START_TEST(files_are_told_by_what_became_of_them)
{
    struct stage *t = STAGE("/bin/sh", "-c",
                            "cat same >x && cat x >same && touch touched && chmod 600 mode && "
                            "rm gone && echo other >longer && printf tap >as-long && rm x");
    const struct record *r;

    t->s.program.setup =
        setup_of(LIST("/bin/sh", "-c",
                      "echo s >same; : >touched; : >mode; chmod 644 mode; : >gone; : >longer; "
                      "printf top >as-long"),
                 NULL);
    r = stage_run(t, NULL);
    must_exit(r, 0);
    ck_assert_uint_eq(r->files_n, 4); /* neither what was touched nor what has its bytes again */
    ck_assert_str_eq(r->files[0].path, "work/as-long");
    ck_assert_int_eq(r->files[0].state, FILE_CHANGED);
    ck_assert_str_eq(r->files[1].path, "work/gone");
    ck_assert_int_eq(r->files[1].state, FILE_REMOVED);
    ck_assert_str_eq(r->files[2].path, "work/longer");
    ck_assert_int_eq(r->files[2].state, FILE_CHANGED);
    ck_assert_str_eq(r->files[3].path, "work/mode");
    ck_assert_uint_eq(r->files[3].mode, 0600);
    stage_free(t);
}
END_TEST

START_TEST(setup_command_that_says_nothing_is_told_by_its_end)
{
    static const struct {
        const char *script, *tells;
    } cases[] = {
        {"exit 3", "the set-up command /bin/sh failed: it ended with exit code 3"},
        {"kill -9 $$", "the set-up command /bin/sh failed: it died by SIGKILL"},
        {"exec sleep 100", "the set-up command /bin/sh failed: it did not end within 300.0 ms"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct stage *t = STAGE("/bin/true");

        t->s.program.setup = setup_of(LIST("/bin/sh", "-c", cases[i].script), NULL);
        if (strstr(cases[i].script, "sleep") != NULL)
            t->s.program.deadline_ns = 300 * MS;
        must_not_begin(stage_run(t, NULL), cases[i].tells);
        stage_free(t);
    }
}
END_TEST

START_TEST(failing_setup_command_is_named_with_its_message)
{
    struct stage *t = STAGE("/bin/true");
    const struct record *r;

    t->s.program.setup = setup_of(LIST("/bin/sh", "-c", "echo no such luck >&2; exit 3"), NULL);
    r = stage_run(t, NULL);
    must_not_begin(r, "the set-up command /bin/sh failed: no such luck");
    stage_free(t);
}
END_TEST

START_TEST(missing_setup_command_is_named)
{
    struct stage *t = STAGE("/bin/true");

    t->s.program.setup = setup_of(LIST("no-such-command-at-all"), NULL);
    must_not_begin(stage_run(t, NULL), "no-such-command-at-all: not found");
    stage_free(t);
}
END_TEST

START_TEST(daemon_of_a_setup_command_does_not_live_on)
{
    char *tag = mem_printf("tag:setup-%d", getpid()), *act = built("tests/programs/act");
    struct stage *t = STAGE("/bin/true");

    t->s.program.setup = setup_of(LIST(act, tag, "daemon", "forever", "end"), NULL);
    must_exit(stage_run(t, NULL), 0);
    ck_assert_uint_eq(processes_with(tag, NULL, 0), 0);
    stage_free(t);
    free(act);
    free(tag);
}
END_TEST

static void must_fail_to_start(const char *path, const char *trouble)
{
    struct stage *t = STAGE(path, "argument");

    for (int untraced = 0; untraced < 2; untraced++) {
        t->s.program.untraced = untraced == 1;
        must_not_begin(stage_run(t, NULL), trouble);
        must_hold(t->r.trouble, path);
        must_not_begin(stage_run(t, "INT@after:0ms"), trouble);
        ck_assert_int_eq(t->r.deliveries[0].state, DELIVERY_UNREACHED);
    }
    stage_free(t);
}

static void must_fail_with(const char *content, mode_t mode, const char *trouble)
{
    char path[] = "/tmp/sigsweep-bad-XXXXXX";
    int fd = mkstemp(path);

    ck_assert_int_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    ck_assert_int_eq(fchmod(fd, mode), 0);
    close(fd);
    must_fail_to_start(path, trouble);
    unlink(path);
}

START_TEST(missing_program_is_not_begun)
{
    struct stage *t = STAGE("act");

    must_fail_to_start("/no/such/program", "No such file or directory");
    free(t->s.program.command[0]);
    t->s.program.command[0] = mem_strdup("no-such-program-at-all");
    must_not_begin(stage_run(t, NULL), "no-such-program-at-all: not found");
    stage_free(t);
}
END_TEST

START_TEST(folder_is_not_begun)
{
    must_fail_to_start("/tmp", "Permission denied");
}
END_TEST

START_TEST(file_without_execute_permission_is_not_begun)
{
    must_fail_with("#!/bin/sh\n", 0644, "Permission denied");
}
END_TEST

START_TEST(script_without_its_interpreter_is_not_begun)
{
    must_fail_with("#!/no/such/interpreter\n", 0755, "No such file or directory");
}
END_TEST

START_TEST(empty_file_is_not_begun)
{
    must_fail_with("", 0755, "Exec format error");
}
END_TEST

START_TEST(garbage_is_not_begun)
{
    must_fail_with("\177ELF but not really", 0755, "Exec format error");
}
END_TEST

/* The CPU that a worker has, when the coordinator was on `here`; -1: it has several. */
static int cpu_of_worker(int here, int worker)
{
    struct room_config config = {.stop_fd = -1, .worker = worker, .cpu = 1 + here};
    struct error err = {0};
    struct room *room;
    cpu_set_t before, now;
    int cpu = 0;

    ck_assert_int_eq(sched_getaffinity(0, sizeof(before), &before), 0);
    ck_assert_msg(room_open(&config, &room, &err) == 0, "%s", err.text);
    ck_assert_int_eq(sched_getaffinity(0, sizeof(now), &now), 0);
    room_close(room);
    (void)sched_setaffinity(0, sizeof(before), &before);
    while (cpu < CPU_SETSIZE && !CPU_ISSET(cpu, &now))
        cpu++;
    return CPU_COUNT(&now) == 1 ? cpu : -1;
}

START_TEST(workers_have_the_coordinators_cpu_and_those_after_it)
{
    cpu_set_t all;
    int list[CPU_SETSIZE], n = 0;

    ck_assert_int_eq(sched_getaffinity(0, sizeof(all), &all), 0);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &all))
            list[n++] = cpu;
    }
    for (int i = 0; i < n && i < 3; i++) {
        ck_assert_int_eq(cpu_of_worker(list[i], 0), list[i]);
        ck_assert_int_eq(cpu_of_worker(list[i], 1), list[(i + 1) % n]);
        ck_assert_int_eq(cpu_of_worker(list[i], n), list[i]);
    }
}
END_TEST

START_TEST(scratch_is_gone_with_the_room)
{
    struct stage *t = STAGE("/bin/sh", "-c", "mkdir -p a/b && touch a/b/c && chmod 0 a/b a && pwd");
    const struct record *r = stage_run(t, NULL);
    char *cwd = mem_strndup(text_of(&r->out), strcspn(text_of(&r->out), "\n"));
    struct stat st;

    must_exit(r, 0);
    stage_free(t);
    ck_assert_int_ne(stat(cwd, &st), 0);
    free(cwd);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        environment_is_small_and_fixed,
        traced_program_inherits_no_signal_state_and_no_descriptor,
        untraced_program_inherits_no_signal_state_and_no_descriptor,
        harness_that_ignores_sigchld_still_sees_the_end,
        signals_named_in_ignore_are_ignored_and_no_others,
        stdin_is_empty_a_text_or_a_file,
        large_stdin_text_is_given_whole,
        stdout_is_a_pipe_a_file_or_a_terminal,
        terminal_is_a_real_one_that_the_program_controls,
        directory_is_copied_fresh_for_each_trial,
        setup_commands_run_in_the_scratch_in_order,
        files_are_told_by_what_became_of_them,
        failing_setup_command_is_named_with_its_message,
        setup_command_that_says_nothing_is_told_by_its_end,
        missing_setup_command_is_named,
        daemon_of_a_setup_command_does_not_live_on,
        missing_program_is_not_begun,
        folder_is_not_begun,
        file_without_execute_permission_is_not_begun,
        script_without_its_interpreter_is_not_begun,
        empty_file_is_not_begun,
        garbage_is_not_begun,
        workers_have_the_coordinators_cpu_and_those_after_it,
        scratch_is_gone_with_the_room,
    };

    return run_checks("trial_launch", tests, sizeof(tests) / sizeof(tests[0]));
}
