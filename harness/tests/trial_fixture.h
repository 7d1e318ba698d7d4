/* trial_fixture.h - one trial in a test: a program of harness/tests/programs, points as text, the
 * record. Each libcheck test is a process of its own, so it may be a worker's room. */
#ifndef SIGSWEEP_TEST_TRIAL_FIXTURE_H
#define SIGSWEEP_TEST_TRIAL_FIXTURE_H

#include "plan/points.h"
#include "support/buf.h"
#include "trial/trial.h"

#include <check.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MS INT64_C(1000000)

struct stage {
    struct scenario s;
    struct room *room;
    struct record r;
    struct error err;
    int rc;
};

/* The absolute path of something in the build folder. The caller frees. */
static inline char *built(const char *inner)
{
    const char *build = getenv("BUILD");
    char *path = mem_printf("%s/%s", build != NULL ? build : "build", inner);
    char *absolute = realpath(path, NULL);

    ck_assert_msg(absolute != NULL, "%s is not built", path);
    free(path);
    return absolute;
}

/* A list of copies that ends with NULL. */
static inline char **list_of(const char *const *from)
{
    char **list = NULL;
    size_t n = 0;

    for (; from[n] != NULL; n++) {
        list = mem_grow(list, n + 2, sizeof(*list));
        list[n] = mem_strdup(from[n]);
        list[n + 1] = NULL;
    }
    return list;
}

static inline struct stage *stage_new(const char *const *command)
{
    struct stage *t = mem_alloc(sizeof(*t));

    scenario_init(&t->s);
    record_init(&t->r);
    t->s.name = mem_strdup("test");
    t->s.program.command = list_of(command);
    t->s.program.deadline_ns = 60000 * MS;
    if (strchr(command[0], '/') == NULL) {
        char *inner = mem_printf("tests/programs/%s", command[0]);
        free(t->s.program.command[0]);
        t->s.program.command[0] = built(inner);
        free(inner);
    }
    return t;
}
#define STAGE(...) stage_new((const char *const[]){__VA_ARGS__, NULL})
#define LIST(...)  list_of((const char *const[]){__VA_ARGS__, NULL})

static inline void stage_open(struct stage *t)
{
    struct room_config config = {.stop_fd = -1};

    if (t->room == NULL)
        ck_assert_msg(room_open(&config, &t->room, &t->err) == 0, "%s", t->err.text);
}

/* Runs it once; points NULL: uninterrupted. The code of trial_run is left in t->rc. */
static inline struct record *stage_try(struct stage *t, const char *points)
{
    struct trial_plan plan = {.scenario = &t->s, .seed = 1};
    struct interrupt *list = NULL;
    struct error wrong = {0};
    size_t n = 0;

    stage_open(t);
    record_free(&t->r);
    record_init(&t->r);
    if (points != NULL)
        ck_assert_msg(points_parse(points, &list, &n, &wrong) == 0, "%s", wrong.text);
    plan.interrupts = list;
    plan.interrupts_n = n;
    t->rc = trial_run(t->room, &plan, &t->r, &t->err);
    points_free(list, n);
    return &t->r;
}

static inline struct record *stage_run(struct stage *t, const char *points)
{
    struct record *r = stage_try(t, points);

    ck_assert_msg(t->rc == 0, "trial_run: %d %s", t->rc, t->err.text);
    return r;
}

static inline void stage_free(struct stage *t)
{
    room_close(t->room);
    record_free(&t->r);
    scenario_free(&t->s);
    free(t);
}

static inline const char *text_of(const struct stream *s)
{
    return s->head != NULL ? s->head : "";
}

static inline void must_exit(const struct record *r, int code)
{
    ck_assert_msg(r->how == ENDED_EXITED && r->value == code,
                  "how %d, value %d, trouble %s, out %s%s", r->how, r->value,
                  r->trouble != NULL ? r->trouble : "-", text_of(&r->out), text_of(&r->err));
}

static inline void must_die(const struct record *r, int signal)
{
    ck_assert_msg(r->how == ENDED_SIGNALED && r->value == signal,
                  "how %d, value %d, trouble %s, out %s%s", r->how, r->value,
                  r->trouble != NULL ? r->trouble : "-", text_of(&r->out), text_of(&r->err));
}

static inline void must_not_begin(const struct record *r, const char *trouble)
{
    ck_assert_int_eq(r->how, ENDED_NOT_BEGUN);
    ck_assert_msg(r->trouble != NULL && strstr(r->trouble, trouble) != NULL, "`%s` lacks `%s`",
                  r->trouble != NULL ? r->trouble : "", trouble);
}

static inline void must_say(const struct record *r, const char *text)
{
    ck_assert_str_eq(text_of(&r->out), text);
}

static inline void must_hold(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "`%s` lacks `%s`", text, part);
}

static inline unsigned lines_with(const char *text, const char *part)
{
    unsigned n = 0;

    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part))
        n++;
    return n;
}

static inline unsigned events_of(const struct record *r, enum event_verb verb)
{
    unsigned n = 0;

    for (size_t i = 0; i < r->events_n; i++)
        n += r->events[i].verb == verb;
    return n;
}

static inline void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}
/* Waits for a thing; the test's time limit bounds it. */
#define AWAIT(condition)                                                                           \
    do {                                                                                           \
        while (!(condition))                                                                       \
            nap();                                                                                 \
    } while (0)

/* Living processes whose command line holds the text, without this one. With `pids` (room for
 * `most`) their numbers. */
static inline size_t processes_with(const char *text, pid_t *pids, size_t most)
{
    DIR *dir = opendir("/proc");
    struct dirent *entry;
    size_t n = 0;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char path[300], line[16384];
        ssize_t len;
        int fd;
        if (!isdigit((unsigned char)entry->d_name[0]) || atoi(entry->d_name) == getpid())
            continue;
        snprintf(path, sizeof(path), "/proc/%s/cmdline", entry->d_name);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        len = fd >= 0 ? read(fd, line, sizeof(line)) : -1; /* a zombie has none */
        if (fd >= 0)
            close(fd);
        if (len <= 0 || memmem(line, (size_t)len, text, strlen(text)) == NULL)
            continue;
        if (pids != NULL && n < most)
            pids[n] = atoi(entry->d_name);
        n++;
    }
    if (dir != NULL)
        closedir(dir);
    return n;
}

static inline int run_checks(const char *name, const TTest *const *tests, size_t n)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 180);
    for (size_t i = 0; i < n; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}

#endif
