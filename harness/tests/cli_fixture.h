/* cli_fixture.h - runs the real sigsweep in a test: a desk is a folder of its own with scenario
 * files, which is also sigsweep's working directory; a call is one start of it. The desk's path is
 * in every command line below it, so what is left running can be found. */
#ifndef SIGSWEEP_TEST_CLI_FIXTURE_H
#define SIGSWEEP_TEST_CLI_FIXTURE_H

#include "trial_fixture.h"

#include "trial/scratch.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>

struct desk {
    char *path;
    char *sigsweep, *act;
    unsigned calls;
    int (*before_exec)(const struct desk *d); /* in the child; not 0: it can't be done here */
};

struct call {
    pid_t pid;
    int status; /* of wait */
    char *out_path, *err_path;
    char *out, *err; /* once waited for */
};

static inline struct desk *desk_new(void)
{
    struct desk *d = mem_alloc(sizeof(*d));
    char *inner;

    d->path = mem_strdup("/tmp/sigsweep-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(d->path));
    d->sigsweep = built("bin/sigsweep");
    d->act = built("tests/programs/act");
    for (const char *const *name = (const char *const[]){"yaml", "logs", "scratch", NULL};
         *name != NULL; name++) {
        inner = mem_printf("%s/%s", d->path, *name);
        ck_assert_int_eq(mkdir(inner, 0755), 0);
        free(inner);
    }
    return d;
}

/* Nothing that was started from this desk may live any more. */
static inline void desk_free(struct desk *d)
{
    AWAIT(processes_with(d->path, NULL, 0) == 0);
    (void)tree_remove(d->path);
    free(d->path);
    free(d->sigsweep);
    free(d->act);
    free(d);
}

static inline void desk_write(const struct desk *d, const char *inner, const char *text)
{
    char *path = mem_printf("%s/%s", d->path, inner);
    FILE *f = fopen(path, "we");

    ck_assert_ptr_nonnull(f);
    ck_assert_int_ge(fputs(text, f), 0);
    ck_assert_int_eq(fclose(f), 0);
    free(path);
}

/* yaml/NAME.yaml: `program` are lines below program:, `rest` all after it. Steps of act are its
 * command. */
static inline void desk_scenario(const struct desk *d, const char *name, const char *steps,
                                 const char *program, const char *rest)
{
    char *inner = mem_printf("yaml/%s.yaml", name);
    char *text = mem_printf("version: 1\nname: %s\nprogram:\n  command: [%s, \"tag:%s\", %s]\n%s%s",
                            name, d->act, d->path, steps, program, rest);

    desk_write(d, inner, text);
    free(inner);
    free(text);
}

static inline struct call *call_start(struct desk *d, const char *const *args)
{
    struct call *c = mem_alloc(sizeof(*c));
    char **argv = list_of(args);

    c->out_path = mem_printf("%s/logs/%u.out", d->path, d->calls);
    c->err_path = mem_printf("%s/logs/%u.err", d->path, d->calls++);
    c->pid = fork();
    ck_assert_int_ge(c->pid, 0);
    if (c->pid == 0) {
        int out = open(c->out_path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
        int err = open(c->err_path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
        if (out < 0 || err < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0 || chdir(d->path) != 0)
            _exit(120);
        if (d->before_exec != NULL && d->before_exec(d) != 0)
            _exit(121);
        execv(d->sigsweep, argv);
        _exit(122);
    }
    for (char **arg = argv; *arg != NULL; arg++)
        free(*arg);
    free(argv);
    return c;
}
#define CALL_START(desk, ...) call_start(desk, (const char *const[]){"sigsweep", __VA_ARGS__, NULL})

static inline char *file_text(const char *path)
{
    struct buf text = {0};
    FILE *f = fopen(path, "re");
    char chunk[4096];
    size_t n;

    while (f != NULL && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
        buf_add(&text, chunk, n);
    if (f != NULL)
        fclose(f);
    return buf_take(&text);
}

static inline void call_wait(struct call *c)
{
    while (waitpid(c->pid, &c->status, 0) < 0)
        ck_assert_int_eq(errno, EINTR);
    c->out = file_text(c->out_path);
    c->err = file_text(c->err_path);
}

static inline struct call *call_run(struct desk *d, const char *const *args)
{
    struct call *c = call_start(d, args);

    call_wait(c);
    return c;
}
#define CALL(desk, ...) call_run(desk, (const char *const[]){"sigsweep", __VA_ARGS__, NULL})

static inline void call_free(struct call *c)
{
    free(c->out_path);
    free(c->err_path);
    free(c->out);
    free(c->err);
    free(c);
}

/* The first worker; the guardian, in a session of its own, is none. 0: there is none. */
static inline pid_t worker_of(const struct call *c)
{
    char path[64], *text, *at;
    pid_t pid = 0, found = 0;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", c->pid, c->pid);
    text = file_text(path);
    for (at = text; found == 0 && (pid = (pid_t)strtol(at, &at, 10)) > 0;) {
        if (getsid(pid) != pid)
            found = pid;
    }
    free(text);
    return found;
}

static inline void must_end_with(const struct call *c, int code)
{
    ck_assert_msg(WIFEXITED(c->status) && WEXITSTATUS(c->status) == code,
                  "wanted exit code %d, status is %#x\n%s\n%s", code, (unsigned)c->status, c->out,
                  c->err);
}

static inline void must_have_died(const struct call *c, int signal)
{
    ck_assert_msg(WIFSIGNALED(c->status) && WTERMSIG(c->status) == signal,
                  "wanted signal %d, status is %#x\n%s\n%s", signal, (unsigned)c->status, c->out,
                  c->err);
}

/* The trials in a run folder of the desk; each line must be JSON. The caller ends it with
 * json_decref. */
static inline json_t *desk_trials(const struct desk *d, const char *run)
{
    char *path = mem_printf("%s/%s/trials.jsonl", d->path, run), *text = file_text(path);
    json_t *all = json_array();

    for (char *line = text; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        json_error_t problem;
        json_t *one = json_loadb(line, len, 0, &problem);
        ck_assert_msg(line[len] == '\n', "%s: the last line is cut: %s", path, line);
        ck_assert_msg(one != NULL, "%s: %s in: %.*s", path, problem.text, (int)len, line);
        json_array_append_new(all, one);
        line += len + 1;
    }
    free(text);
    free(path);
    return all;
}

static inline size_t trials_written(const struct desk *d, const char *run)
{
    char *path = mem_printf("%s/%s/trials.jsonl", d->path, run), *text = file_text(path);
    size_t n = 0;

    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
        n++;
    free(text);
    free(path);
    return n;
}

static inline void run_state_must_be(const struct desk *d, const char *run, const char *state)
{
    char *path = mem_printf("%s/%s/run.json", d->path, run);
    json_error_t problem;
    json_t *o = json_load_file(path, 0, &problem);

    ck_assert_msg(o != NULL, "%s: %s", path, problem.text);
    ck_assert_str_eq(json_string_value(json_object_get(o, "state")), state);
    json_decref(o);
    free(path);
}

static inline bool folder_is_empty(const struct desk *d, const char *inner)
{
    char *path = mem_printf("%s/%s", d->path, inner);
    DIR *dir = opendir(path);
    struct dirent *entry;
    bool empty = dir != NULL;

    while (dir != NULL && (entry = readdir(dir)) != NULL)
        empty = empty && entry->d_name[0] == '.';
    if (dir != NULL)
        closedir(dir);
    free(path);
    return empty;
}

static inline void folder_must_be_empty(const struct desk *d, const char *inner)
{
    char *path = mem_printf("%s/%s", d->path, inner);
    DIR *dir = opendir(path);
    struct dirent *entry;

    ck_assert_ptr_nonnull(dir);
    while ((entry = readdir(dir)) != NULL)
        ck_assert_msg(entry->d_name[0] == '.', "left in %s: %s", path, entry->d_name);
    closedir(dir);
    free(path);
}

/* What was finished can be read: every line parses, and `report` works. */
static inline void run_must_be_readable(struct desk *d, const char *run)
{
    struct call *c = CALL(d, "report", "--format", "json", run);

    must_end_with(c, 0);
    call_free(c);
    json_decref(desk_trials(d, run));
}

#endif
