/* test_hostile.c - programs that fill the disk, lock folders, leave crowds: each is ended, it is
 * said, the next trial runs, and nothing of it is left. */
#include "cli_fixture.h"

#include <pwd.h>

/* Two scenarios, one after the other: the nuisance, and one that must not notice. */
static void write_two_at(struct desk *d, const char *what, const char *program, const char *at,
                         const char *rest)
{
    char *hostile = built("tests/programs/hostile");
    char *text =
        mem_printf("version: 1\nname: a-nuisance\nprogram:\n  command: [%s, %s, \"%s\"]\n%s"
                   "interrupts: [%s]\n%s",
                   hostile, what, d->path, program, at, rest);

    desk_write(d, "yaml/a-nuisance.yaml", text);
    desk_scenario(d, "b-next", "\"touch:file\", \"say:up\", forever", "",
                  "interrupts: [{send: TERM, when: {output: ^up}}]\n"
                  "expect: {ended: {signal: TERM}, files: {file: any}}\n");
    free(hostile);
    free(text);
}

static void write_two(struct desk *d, const char *what, const char *program, const char *rest)
{
    write_two_at(d, what, program, "{send: TERM, when: {output: ^ready}}", rest);
}

/* The line of the first trial; the second passed, and nothing is left. */
static json_t *run_two(struct desk *d, int status)
{
    struct call *c = CALL(d, "run", "-j", "1", "--out", "run", "--scratch", "scratch", "yaml");
    json_t *all, *one, *found = NULL;
    size_t i;

    must_end_with(c, status);
    must_hold(c->out, "pass     b-next");
    ck_assert_uint_eq(processes_with(d->path, NULL, 0), 0);
    folder_must_be_empty(d, "scratch");
    all = desk_trials(d, "run");
    json_array_foreach(all, i, one)
    {
        if (json_integer_value(json_object_get(one, "trial")) == 1)
            found = json_incref(one);
    }
    ck_assert_ptr_nonnull(found);
    json_decref(all);
    call_free(c);
    return found;
}

static void must_tell(json_t *trial, const char *part)
{
    char *text = json_dumps(trial, JSON_COMPACT);

    ck_assert_msg(strstr(text, part) != NULL, "no %s in: %.3000s", part, text);
    free(text);
}

#define ALL_FILES                                                                                  \
    "expect: {ended: {signal: TERM}, leaks: {files: 1000000, ipc: 100}, files: {\"*\": any}}\n"

START_TEST(nuisance_in_the_scratch_is_listed_and_removed)
{
    static const struct {
        const char *what, *program, *tells;
    } cases[] = {
        {"links", "", "\"path\":\"work/self\",\"state\":\"new\",\"type\":\"l\""},
        {"nodes", "", "\"path\":\"work/fifo\",\"state\":\"new\",\"type\":\"p\""},
        {"names", "", "\"path_base64\":\"d29yay///oA=\""},
        {"names", "", "work/with\\nnewline"},
        {"deep", "", "work/a-folder/a-folder/a-folder"},
        {"lock", "", "work/inner/most/file"},
        {"many", "  deadline: 60s\n", "\"files_more\":3040"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct desk *d = desk_new();
        json_t *trial;

        write_two(d, cases[i].what, cases[i].program, ALL_FILES);
        trial = run_two(d, 0);
        must_tell(trial, cases[i].tells);
        json_decref(trial);
        desk_free(d);
    }
}
END_TEST

static int as_nobody(const struct desk *d)
{
    const struct passwd *nobody = getpwnam("nobody");
    char *command = mem_printf("chown -R nobody '%s'", d->path);
    int rc = nobody == NULL || system(command) != 0 || setgid(nobody->pw_gid) != 0 ||
             setuid(nobody->pw_uid) != 0;

    free(command);
    return rc;
}

/* Not in a clone beneath /root: then it is root who runs the test. */
static bool others_reach(const char *path)
{
    char *folder = mem_strdup(path), *slash;
    bool reach = true;
    struct stat st;

    while (reach && (slash = strrchr(folder, '/')) != NULL && slash != folder) {
        *slash = '\0';
        reach = stat(folder, &st) == 0 && (st.st_mode & S_IXOTH) != 0;
    }
    free(folder);
    return reach;
}

START_TEST(folders_locked_by_an_ordinary_user_are_read_and_removed)
{
    struct desk *d = desk_new();
    char *hostile = built("tests/programs/hostile");
    json_t *trial;

    if (getuid() == 0 && others_reach(hostile))
        d->before_exec = as_nobody;
    free(hostile);
    write_two(d, "lock", "", ALL_FILES);
    trial = run_two(d, 0);
    must_tell(trial, "work/inner/most/file");
    json_decref(trial);
    desk_free(d);
}
END_TEST

START_TEST(program_that_fills_the_disk_is_ended_at_its_quota)
{
    for (const char *const *what = (const char *const[]){"fill-one", "fill-many", NULL};
         *what != NULL; what++) {
        struct desk *d = desk_new();
        json_t *trial;

        write_two(d, *what, "  disk: 20MiB\n  deadline: 60s\n", ALL_FILES);
        trial = run_two(d, 1);
        must_tell(trial, "\"ended\":{\"flood\":true}");
        must_tell(trial, "\"kind\":\"hang\",\"subject\":\"disk\"");
        json_decref(trial);
        desk_free(d);
    }
}
END_TEST

START_TEST(crowds_and_bombs_are_ended)
{
    static const struct {
        const char *what, *program, *tells;
        int status;
    } cases[] = {
        {"crowd", "", "\"kind\":\"process-left\"", 1},
        {"bomb", "  trace: off\n", "\"kind\":\"hang\",\"subject\":\"processes\"", 1},
        {"storm", "", "\"ended\":{\"signal\":\"TERM\"}", 0},
        {"storm", "  trace: off\n", "\"ended\":{\"signal\":\"TERM\"}", 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct desk *d = desk_new();
        char *program = mem_printf("%s  deadline: 60s\n", cases[i].program);
        json_t *trial;

        write_two(d, cases[i].what, program, ALL_FILES);
        trial = run_two(d, cases[i].status);
        must_tell(trial, cases[i].tells);
        json_decref(trial);
        free(program);
        desk_free(d);
    }
}
END_TEST

/* The child stands in its getppid(), made after fork or vfork, and before exec. */
START_TEST(death_between_fork_and_exec_is_seen_as_what_it_is)
{
    static const struct {
        const char *what, *at, *tells[3];
        int status;
    } cases[] = {
        /* both die, and nothing is executed */
        {"between", "TERM, to: group", {"\"ended\":{\"signal\":\"TERM\"}", "\"files\":[]"}, 0},
        {"vbetween", "KILL, to: group", {"\"ended\":{\"signal\":\"KILL\"}", "\"files\":[]"}, 0},
        /* the child is on its own, and executes its command */
        {"between",
         "TERM",
         {"\"ended\":{\"signal\":\"TERM\"}", "\"kind\":\"process-left\"", "sleep 60"},
         1},
        {"vbetween",
         "KILL",
         {"\"ended\":{\"signal\":\"KILL\"}", "\"kind\":\"process-left\"", "sleep 60"},
         1},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct desk *d = desk_new();
        char *at = mem_printf("{send: %s, when: {syscall: getppid, side: after}}", cases[i].at);
        json_t *trial;

        write_two_at(d, cases[i].what, "", at, "");
        trial = run_two(d, cases[i].status);
        for (size_t k = 0; k < 3 && cases[i].tells[k] != NULL; k++)
            must_tell(trial, cases[i].tells[k]);
        json_decref(trial);
        free(at);
        desk_free(d);
    }
}
END_TEST

START_TEST(flood_of_output_ends_with_the_program_or_the_deadline)
{
    struct desk *d = desk_new();
    json_t *trial;

    write_two(d, "flood", "  deadline: 300ms\n", "expect: {findings: [hang]}\n");
    trial = run_two(d, 4); /* it is as wanted, but the point was not reached */
    must_tell(trial, "\"ended\":{\"deadline\":true}");
    json_decref(trial);
    desk_free(d);
    d = desk_new();
    write_two(d, "flood-child", "", "expect: {ended: {code: 0}}\n");
    trial = run_two(d, 4);
    must_tell(trial, "\"processes\":[{");
    json_decref(trial);
    desk_free(d);
}
END_TEST

START_TEST(output_on_the_terminal_while_dying_is_read_to_its_end)
{
    struct desk *d = desk_new();
    json_t *trial;

    write_two(d, "dying", "  terminal: true\n", "expect: {ended: {code: 7}}\n");
    trial = run_two(d, 0);
    must_tell(trial, "\"bytes\":819207");
    json_decref(trial);
    desk_free(d);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        nuisance_in_the_scratch_is_listed_and_removed,
        folders_locked_by_an_ordinary_user_are_read_and_removed,
        program_that_fills_the_disk_is_ended_at_its_quota,
        crowds_and_bombs_are_ended,
        death_between_fork_and_exec_is_seen_as_what_it_is,
        flood_of_output_ends_with_the_program_or_the_deadline,
        output_on_the_terminal_while_dying_is_read_to_its_end,
    };

    return run_checks("hostile", tests, sizeof(tests) / sizeof(tests[0]));
}
