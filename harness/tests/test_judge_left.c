#include "records.h"

START_TEST(process_that_outlives_the_program_is_left)
{
    struct made *m = made_new();
    leave_process(m, "sleep 100");
    leave_process(m, "sleep 100");
    must_find(m, KIND_PROCESS_LEFT, "sleep 100");
}
END_TEST

START_TEST(process_within_the_limit_is_not_left)
{
    struct made *m = made_new();
    leave_process(m, "sleep 100");
    m->s.expect.processes = 1;
    must_be_clean(m);
}
END_TEST

START_TEST(new_file_is_left)
{
    struct made *m = made_new();
    leave_file(&m->r, "work/d", 'd');
    leave_file(&m->r, "work/d/a.tmp", 'f');
    must_find(m, KIND_FILE_LEFT, "work/d/a.tmp");
}
END_TEST

/* Else each trial's temporary file would be a finding of its own. */
START_TEST(random_part_of_a_file_name_is_not_its_subject)
{
    static const char *const names[][2] = {
        {"work/sedB5u45P", "work/sedXXXXXX"},   {"tmp/tmp.K3NfAb12Zz", "tmp/tmp.XXXXXXXXXX"},
        {"tmp/tmpa1b2c3d4", "tmp/tmpXXXXXXXX"}, {"tmp/tmplmx_l_l3", "tmp/tmpXXXXXXXX"},
        {"work/task-1.tmp", "work/task-1.tmp"}, {"tmp/ccaKQ562.cdtor.o", "tmp/ccXXXXXX.cdtor.o"},
        {"work/data01.txt", "work/data01.txt"}, {"tmp/tmpiokstj8j/inner", "tmp/tmpXXXXXXXX/inner"},
        {"work/file01/a", "work/file01/a"},     {"work/output", "work/output"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct made *m = made_new();
        leave_file(&m->r, names[i][0], 'f');
        must_find(m, KIND_FILE_LEFT, names[i][1]);
    }
}
END_TEST

/* mkstemp(3) gives it another name in each run. */
START_TEST(file_that_the_baseline_leaves_under_another_random_name_is_not_left)
{
    struct made *m = made_new();
    leave_file(&m->r, "tmp/state.Kd93Qa", 'f');
    leave_file(&m->base, "tmp/state.p0XmT2", 'f');
    must_be_clean(m);
    m = made_new();
    leave_file(&m->r, "tmp/state.Kd93Qa", 'f');
    leave_file(&m->r, "tmp/state.b7WzR1", 'f');
    leave_file(&m->base, "tmp/state.p0XmT2", 'f');
    must_find(m, KIND_FILE_LEFT, "tmp/state.XXXXXX");
}
END_TEST

START_TEST(subject_of_several_files_is_the_same_in_whichever_order_their_random_names_come)
{
    struct made *m = made_new();
    leave_file(&m->r, "tmp/tmpa1b2c3d4/inner", 'f');
    leave_file(&m->r, "tmp/tmpz1b2c3d4", 'f');
    must_find(m, KIND_FILE_LEFT, "tmp/tmpXXXXXXXX");
    m = made_new();
    leave_file(&m->r, "tmp/tmpa1b2c3d4", 'f');
    leave_file(&m->r, "tmp/tmpz1b2c3d4/inner", 'f');
    must_find(m, KIND_FILE_LEFT, "tmp/tmpXXXXXXXX");
}
END_TEST

START_TEST(file_that_the_baseline_leaves_too_is_not_left)
{
    struct made *m = made_new();
    leave_file(&m->r, "work/a", 'f');
    leave_file(&m->base, "work/b", 'f');
    leave_file(&m->base, "work/a", 'f');
    must_be_clean(m);
}
END_TEST

START_TEST(file_within_the_limit_is_not_left)
{
    struct made *m = made_new();
    leave_file(&m->r, "work/a", 'f');
    m->s.expect.files = 1;
    must_be_clean(m);
}
END_TEST

START_TEST(empty_folder_is_left)
{
    struct made *m = made_new();
    leave_file(&m->r, "tmp/x", 'd');
    must_find(m, KIND_FILE_LEFT, "tmp/x");
}
END_TEST

/* A file of `size` bytes, whose contents are told by a number. */
static void file(struct record *r, const char *path, enum file_state state, uint64_t size,
                 uint64_t hash)
{
    struct left_file *f;

    leave_file(r, path, 'f');
    f = &r->files[r->files_n - 1];
    f->state = state;
    f->size = size;
    f->hash = hash;
    f->hashed = true;
}

START_TEST(file_between_before_and_whole_is_torn)
{
    struct made *m = made_new();
    file(&m->r, "work/a", FILE_NEW, 10, 1);
    file(&m->base, "work/a", FILE_NEW, 20, 2);
    must_find(m, KIND_FILE_TORN, "work/a");
    m = made_new();
    file(&m->r, "work/a", FILE_CHANGED, 20, 1);
    file(&m->base, "work/a", FILE_CHANGED, 20, 2);
    must_find(m, KIND_FILE_TORN, "work/a");
    m = made_new();
    file(&m->r, "work/a", FILE_REMOVED, 20, 1);
    must_find(m, KIND_FILE_TORN, "work/a");
    m = made_new(); /* an uninterrupted run leaves it alone */
    file(&m->r, "work/a", FILE_CHANGED, 20, 1);
    must_find(m, KIND_FILE_TORN, "work/a");
}
END_TEST

static struct left_file *with_mode(struct record *r, enum file_state state, unsigned was,
                                   unsigned is)
{
    struct left_file *f;

    file(r, "work/a", state, 20, 2);
    f = &r->files[r->files_n - 1];
    f->was_mode = was;
    f->mode = is;
    return f;
}

START_TEST(permissions_between_before_and_whole_are_torn)
{
    struct made *m = made_new(); /* the uninterrupted run puts them back */
    with_mode(&m->r, FILE_CHANGED, 0644, 0600);
    judged(m, &m->base);
    ck_assert_ptr_nonnull(strstr(m->found.list[0].seen, "0600 (at the start 0644)"));
    must_find(m, KIND_FILE_TORN, "work/a");
    m = made_new(); /* made by mkstemp, renamed, and not given its permissions any more */
    with_mode(&m->r, FILE_NEW, 0, 0600);
    with_mode(&m->base, FILE_NEW, 0, 0644);
    judged(m, &m->base);
    ck_assert_ptr_nonnull(strstr(m->found.list[0].message, "permissions"));
    must_find(m, KIND_FILE_TORN, "work/a");
    m = made_new(); /* a folder that is closed to others while it is worked on */
    with_mode(&m->r, FILE_CHANGED, 0755, 0700)->type = 'd';
    must_find(m, KIND_FILE_TORN, "work/a");
}
END_TEST

START_TEST(permissions_as_before_or_as_they_become_are_not_torn)
{
    struct made *m = made_new();
    with_mode(&m->r, FILE_CHANGED, 0644, 0755);
    with_mode(&m->base, FILE_CHANGED, 0644, 0755);
    must_be_clean(m);
    m = made_new();
    with_mode(&m->r, FILE_CHANGED, 0644, 0644); /* its contents are those of the finished run */
    with_mode(&m->base, FILE_CHANGED, 0644, 0755);
    must_be_clean(m);
}
END_TEST

START_TEST(partial_output_that_the_command_names_is_told_as_such)
{
    struct made *m = made_new();
    char *command[] = {(char *)"tool", (char *)"-o", (char *)"a", NULL};
    m->s.program.command = command;
    file(&m->r, "work/a", FILE_NEW, 10, 1);
    file(&m->base, "work/a", FILE_NEW, 20, 2);
    judged(m, &m->base);
    ck_assert_uint_eq(m->found.n, 1);
    ck_assert(m->found.list[0].warning);
    ck_assert_ptr_nonnull(
        strstr(m->found.list[0].message, "a partial output was left: work/a, 10 of 20 bytes"));
    m->s.program.command = NULL;
    made_free(m);
}
END_TEST

START_TEST(whole_file_is_not_torn)
{
    struct made *m = made_new();
    file(&m->r, "work/a", FILE_NEW, 20, 2);
    file(&m->r, "work/b", FILE_CHANGED, 5, 3);
    file(&m->r, "work/c", FILE_REMOVED, 5, 4);
    file(&m->base, "work/a", FILE_NEW, 20, 2);
    file(&m->base, "work/b", FILE_CHANGED, 5, 3);
    file(&m->base, "work/c", FILE_REMOVED, 5, 4);
    file(&m->base, "work/d", FILE_NEW, 5, 5);
    must_be_clean(m);
}
END_TEST

START_TEST(file_whose_contents_are_never_the_same_is_not_torn)
{
    struct made *m = made_new();
    file(&m->r, "work/log", FILE_NEW, 20, 1);
    file(&m->base, "work/log", FILE_NEW, 20, 2);
    m->base.files[0].unstable = true;
    must_be_clean(m);
}
END_TEST

START_TEST(file_whose_contents_are_never_the_same_is_torn_when_it_is_emptied)
{
    struct made *m = made_new();
    file(&m->r, "work/empty", FILE_CHANGED, 0, 1);
    file(&m->r, "work/log", FILE_NEW, 10, 1);
    file(&m->r, "work/whole", FILE_CHANGED, 20, 1);
    file(&m->base, "work/empty", FILE_CHANGED, 20, 2);
    file(&m->base, "work/log", FILE_NEW, 20, 2);
    file(&m->base, "work/whole", FILE_CHANGED, 20, 2);
    for (int i = 0; i < 3; i++)
        m->base.files[i].unstable = m->base.files[i].steady = true;
    must_find(m, KIND_FILE_TORN, "work/empty");
}
END_TEST

START_TEST(file_whose_contents_are_never_the_same_is_a_warning_when_it_is_made_and_left_empty)
{
    struct file_expect rule = {(char *)"key.pub", FILE_UNCHANGED};
    struct made *m = made_new();

    file(&m->r, "work/key.pub", FILE_NEW, 0, 1);
    file(&m->base, "work/key.pub", FILE_NEW, 90, 2);
    m->base.files[0].unstable = true; /* of another length in each run */
    judged(m, &m->base);
    ck_assert_uint_eq(m->found.n, 0);
    m->base.files[0].steady = true;
    judged(m, &m->base);
    ck_assert_uint_eq(m->found.kinds, 0);
    ck_assert_uint_eq(m->found.warnings, KIND_BIT(KIND_FILE_TORN));
    ck_assert_str_eq(m->found.list[0].message, "a file was made and left empty: work/key.pub");
    m->s.expect.files_as = &rule;
    m->s.expect.files_as_n = 1;
    judged(m, &m->base);
    ck_assert_uint_eq(m->found.n, 0); /* it was not there: an empty one changes nothing */
    rule.rule = FILE_WHOLE;
    judged(m, &m->base);
    ck_assert_uint_eq(m->found.kinds, KIND_BIT(KIND_FILE_TORN));
    m->s.expect.files_as_n = 0;
    m->s.expect.files_as = NULL;
    made_free(m);
}
END_TEST

START_TEST(incomplete_file_that_the_command_names_is_a_warning)
{
    static char *command[] = {(char *)"cp", (char *)"in", (char *)"--to=out", NULL};
    struct made *m = made_new();

    m->s.program.command = command;
    file(&m->r, "work/out", FILE_NEW, 10, 1);
    file(&m->base, "work/out", FILE_NEW, 20, 2);
    judged(m, &m->base);
    ck_assert_uint_eq(m->found.n, 1);
    ck_assert(m->found.list[0].warning);
    ck_assert_uint_eq(m->found.kinds, 0);
    ck_assert_uint_eq(m->found.warnings, KIND_BIT(KIND_FILE_TORN));
    m->s.expect.strict = true;
    judged(m, &m->base);
    ck_assert_uint_eq(m->found.kinds, KIND_BIT(KIND_FILE_TORN));
    m->s.program.command = NULL;
    made_free(m);
}
END_TEST

START_TEST(rules_for_files_go_before_the_default)
{
    struct file_expect rules[] = {{(char *)"a*", FILE_ANY},
                                  {(char *)"home/.cache/*", FILE_ANY},
                                  {(char *)"w", FILE_WHOLE},
                                  {(char *)"n", FILE_ABSENT},
                                  {(char *)"u", FILE_UNCHANGED}};
    struct made *m = made_new();

    m->s.expect.files_as = rules;
    m->s.expect.files_as_n = 5;
    file(&m->r, "home/.cache/x", FILE_NEW, 1, 1);
    file(&m->r, "work/a1", FILE_NEW, 1, 1);
    file(&m->r, "work/a2", FILE_CHANGED, 1, 1);
    judged(m, &m->base);
    ck_assert_uint_eq(m->found.n, 0);
    file(&m->base, "work/n", FILE_NEW, 1, 1);
    file(&m->base, "work/u", FILE_CHANGED, 1, 1);
    file(&m->base, "work/w", FILE_NEW, 1, 1);
    judged(m, &m->base);
    ck_assert_uint_eq(m->found.n, 1); /* w is not even begun */
    ck_assert_str_eq(m->found.list[0].subject, "work/w");
    file(&m->r, "work/n", FILE_NEW, 1, 1);
    file(&m->r, "work/u", FILE_CHANGED, 1, 1);
    file(&m->r, "work/w", FILE_NEW, 1, 1);
    judged(m, &m->base);
    ck_assert_uint_eq(m->found.n, 2);
    ck_assert_int_eq(m->found.list[0].kind, KIND_FILE_LEFT);
    ck_assert_str_eq(m->found.list[1].subject, "work/u");
    m->s.expect.files_as_n = 0;
    m->s.expect.files_as = NULL;
    made_free(m);
}
END_TEST

START_TEST(no_uninterrupted_run_is_wanted_for_files_that_must_be_absent)
{
    struct file_expect rules[] = {{(char *)"log", FILE_ANY}, {(char *)"*.tmp", FILE_ABSENT}};
    struct made *m = made_new();

    m->s.expect.files_as = rules;
    m->s.expect.files_as_n = 2;
    file(&m->r, "work/a.tmp", FILE_NEW, 1, 1);
    file(&m->r, "work/log", FILE_NEW, 1, 1);
    ck_assert(!judge_wants_baseline(&m->s, &m->r));
    judged(m, NULL);
    ck_assert_uint_eq(m->found.kinds, KIND_BIT(KIND_FILE_LEFT));
    ck_assert_uint_eq(m->found.untested_n, 0);
    file(&m->r, "work/other", FILE_NEW, 1, 1);
    ck_assert(judge_wants_baseline(&m->s, &m->r));
    m->s.expect.files_as_n = 0;
    m->s.expect.files_as = NULL;
    made_free(m);
}
END_TEST

START_TEST(lock_file_is_told_apart_from_others)
{
    static const char *const names[] = {"work/.git/index.lock", "work/x.pid", "tmp/LOCK",
                                        "work/.#notes", "home/.~lock.a.odt#"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct made *m = made_new();
        leave_file(&m->r, names[i], 'f');
        must_find(m, KIND_LOCK_LEFT, names[i]);
    }
    struct made *m = made_new();
    leave_file(&m->r, "work/clock", 'f');
    must_find(m, KIND_FILE_LEFT, "work/clock");
    m = made_new();
    leave_file(&m->r, "work/a.lock", 'f');
    m->s.expect.locks = 1;
    must_be_clean(m);
    m = made_new();
    leave_file(&m->r, "work/a.lock", 'f');
    leave_file(&m->base, "work/a.lock", 'f');
    must_be_clean(m);
}
END_TEST

static void leave_ipc(struct record *r, enum ipc_kind kind, const char *name)
{
    r->ipc = mem_grow(r->ipc, r->ipc_n + 1, sizeof(*r->ipc));
    r->ipc[r->ipc_n++] = (struct left_ipc){kind, mem_strdup(name), (int)r->ipc_n};
    r->ipc_alone = true;
}

START_TEST(ipc_object_is_left_unless_the_baseline_leaves_as_many)
{
    struct made *m = made_new();
    leave_ipc(&m->r, IPC_POSIX_SHM, "/a");
    must_find(m, KIND_IPC_LEFT, "POSIX shared memory /a");
    m = made_new();
    leave_ipc(&m->r, IPC_SYSV_SEM, "private");
    leave_ipc(&m->r, IPC_SYSV_SEM, "private");
    leave_ipc(&m->base, IPC_SYSV_SEM, "private");
    must_find(m, KIND_IPC_LEFT, "System V semaphores private");
    m = made_new();
    leave_ipc(&m->r, IPC_POSIX_MQ, "/q");
    leave_ipc(&m->base, IPC_POSIX_MQ, "/q");
    must_be_clean(m);
    m = made_new();
    leave_ipc(&m->r, IPC_POSIX_MQ, "/q");
    m->s.expect.ipc = 1;
    must_be_clean(m);
}
END_TEST

/* Then somebody else may have made it. */
START_TEST(ipc_object_in_a_namespace_of_all_is_a_warning)
{
    for (int strict = 0; strict < 2; strict++) {
        struct made *m = made_new();
        leave_ipc(&m->r, IPC_POSIX_SHM, "/a");
        m->r.ipc_alone = false;
        m->s.expect.strict = strict == 1;
        judged(m, &m->base);
        ck_assert_uint_eq(m->found.n, 1);
        ck_assert_uint_eq(m->found.kinds, strict ? KIND_BIT(KIND_IPC_LEFT) : 0);
        ck_assert_uint_eq(m->found.warnings, strict ? 0 : KIND_BIT(KIND_IPC_LEFT));
        made_free(m);
    }
}
END_TEST

static void leave_mode(struct record *r, const char *mode)
{
    r->terminal_modes = mem_grow(r->terminal_modes, r->terminal_modes_n + 1, sizeof(char *));
    r->terminal_modes[r->terminal_modes_n++] = mem_strdup(mode);
}

START_TEST(terminal_must_be_as_it_was)
{
    struct made *m = made_new();
    leave_mode(&m->r, "-echo");
    leave_mode(&m->r, "hidden cursor");
    must_find(m, KIND_TERMINAL, "-echo, hidden cursor");
    m = made_new();
    leave_mode(&m->r, "-echo");
    leave_mode(&m->base, "-echo");
    must_be_clean(m);
    m = made_new();
    leave_mode(&m->r, "-echo");
    m->s.expect.terminal = 1;
    must_be_clean(m);
    m = made_new(); /* KILL was planned: nobody could have put it back */
    leave_mode(&m->r, "-echo");
    m->r.deliveries[0].signal = SIGKILL;
    m->r.value = SIGKILL;
    must_be_clean(m);
}
END_TEST

START_TEST(colours_left_are_a_warning)
{
    struct made *m = made_new();
    leave_mode(&m->r, "text attributes");
    judged(m, &m->base);
    ck_assert_uint_eq(m->found.n, 1);
    ck_assert(m->found.list[0].warning);
    m->s.expect.strict = true;
    must_find(m, KIND_TERMINAL, "text attributes");
}
END_TEST

START_TEST(process_left_tells_what_it_holds)
{
    struct made *m = made_new();
    leave_process(m, "server");
    m->r.processes[0].holds = mem_strdup("tcp 127.0.0.1:80");
    m->r.processes[0].session = true;
    judged(m, &m->base);
    ck_assert_uint_eq(m->found.n, 1);
    ck_assert_ptr_nonnull(strstr(m->found.list[0].message, "holds tcp 127.0.0.1:80"));
    ck_assert_ptr_nonnull(strstr(m->found.list[0].seen, "session of its own"));
    made_free(m);
}
END_TEST

START_TEST(open_descriptor_is_a_leak_when_judged)
{
    struct made *m = made_new();
    m->r.fds_known = true;
    m->r.fds = mem_alloc(sizeof(*m->r.fds));
    m->r.fds_n = 1;
    m->r.fds[0] = (struct open_fd){5, mem_strdup("pipe:[123]"), NULL};
    m->s.expect.fds = 0;
    must_find(m, KIND_FD_LEAK, "pipe");
}
END_TEST

/* Numbers and the trial's own folder differ from trial to trial. */
START_TEST(descriptor_s_subject_is_the_same_in_every_trial)
{
    static const char *const targets[][2] = {
        {"socket:[99]", "socket"},
        {"anon_inode:[eventpoll]", "epoll"},
        {"anon_inode:[timerfd]", "timerfd"},
        {"/etc/passwd", "/etc/passwd"},
        {"/tmp/sigsweep-a1B2c3/14/work/a.log", "work/a.log"},
    };

    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        struct made *m = made_new();
        m->r.fds_known = true;
        m->r.fds = mem_alloc(sizeof(*m->r.fds));
        m->r.fds_n = 1;
        m->r.fds[0] = (struct open_fd){5, mem_strdup(targets[i][0]), mem_strdup("what it is")};
        m->s.expect.fds = 0;
        judged(m, &m->base);
        ck_assert_ptr_nonnull(strstr(m->found.list[0].message, "5 (what it is)"));
        must_find(m, KIND_FD_LEAK, targets[i][1]);
    }
}
END_TEST

START_TEST(left_thread_is_told_by_its_name_and_what_it_waits_in)
{
    struct made *m = made_new();
    m->r.fds_known = true;
    m->r.threads = 1;
    m->r.left_threads = mem_alloc(sizeof(*m->r.left_threads));
    m->r.left_threads[m->r.left_threads_n++] =
        (struct left_thread){9, mem_strdup("worker-3"), mem_strdup("waiting in futex")};
    m->s.expect.threads = 0;
    judged(m, &m->base);
    ck_assert_ptr_nonnull(strstr(m->found.list[0].message, "worker-3, waiting in futex"));
    must_find(m, KIND_THREAD_LEFT, "worker");
}
END_TEST

START_TEST(process_left_tells_who_started_it_and_when)
{
    struct made *m = made_new();
    leave_process(m, "sleep 100");
    m->r.processes[0].age_ns = 1000 * MS;
    m->r.processes[0].started_ns = 300 * MS; /* the signal came at 10 ms */
    m->r.processes[0].chain = mem_strdup("sh (12, ended) < the program");
    judged(m, &m->base);
    ck_assert_ptr_nonnull(strstr(m->found.list[0].seen, "started by sh (12, ended) < the program"));
    ck_assert_ptr_nonnull(strstr(m->found.list[0].seen, "after the signal"));
    must_find(m, KIND_PROCESS_LEFT, "sleep 100");
}
END_TEST

START_TEST(open_descriptor_is_nothing_when_not_given)
{
    struct made *m = made_new();
    m->r.fds_known = true;
    m->r.fds = mem_alloc(sizeof(*m->r.fds));
    m->r.fds_n = 1;
    m->r.fds[0] = (struct open_fd){5, mem_strdup("pipe:[123]"), NULL};
    must_be_clean(m);
}
END_TEST

START_TEST(descriptors_without_a_census_are_untested)
{
    struct made *m = made_new();
    m->s.expect.fds = 0;
    judged(m, NULL);
    ck_assert_uint_eq(m->found.untested_n, 1);
    ck_assert_int_eq(strncmp(m->found.untested[0], "descriptors: ", 13), 0);
    must_be_clean(m);
}
END_TEST

START_TEST(thread_alive_at_exit_is_left)
{
    struct made *m = made_new();
    m->r.fds_known = true;
    m->r.threads = 2;
    m->s.expect.threads = 1;
    must_find(m, KIND_THREAD_LEFT, "threads");
}
END_TEST

START_TEST(thread_within_the_limit_is_not_left)
{
    struct made *m = made_new();
    m->r.fds_known = true;
    m->r.threads = 1;
    m->s.expect.threads = 1;
    must_be_clean(m);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        process_that_outlives_the_program_is_left,
        process_within_the_limit_is_not_left,
        new_file_is_left,
        random_part_of_a_file_name_is_not_its_subject,
        file_that_the_baseline_leaves_under_another_random_name_is_not_left,
        subject_of_several_files_is_the_same_in_whichever_order_their_random_names_come,
        file_that_the_baseline_leaves_too_is_not_left,
        file_within_the_limit_is_not_left,
        empty_folder_is_left,
        file_between_before_and_whole_is_torn,
        permissions_between_before_and_whole_are_torn,
        permissions_as_before_or_as_they_become_are_not_torn,
        partial_output_that_the_command_names_is_told_as_such,
        whole_file_is_not_torn,
        file_whose_contents_are_never_the_same_is_not_torn,
        file_whose_contents_are_never_the_same_is_torn_when_it_is_emptied,
        file_whose_contents_are_never_the_same_is_a_warning_when_it_is_made_and_left_empty,
        incomplete_file_that_the_command_names_is_a_warning,
        rules_for_files_go_before_the_default,
        no_uninterrupted_run_is_wanted_for_files_that_must_be_absent,
        lock_file_is_told_apart_from_others,
        ipc_object_is_left_unless_the_baseline_leaves_as_many,
        ipc_object_in_a_namespace_of_all_is_a_warning,
        terminal_must_be_as_it_was,
        colours_left_are_a_warning,
        process_left_tells_what_it_holds,
        descriptor_s_subject_is_the_same_in_every_trial,
        left_thread_is_told_by_its_name_and_what_it_waits_in,
        process_left_tells_who_started_it_and_when,
        open_descriptor_is_a_leak_when_judged,
        open_descriptor_is_nothing_when_not_given,
        descriptors_without_a_census_are_untested,
        thread_alive_at_exit_is_left,
        thread_within_the_limit_is_not_left};

    return run_tests("judge_left", tests, sizeof(tests) / sizeof(tests[0]));
}
