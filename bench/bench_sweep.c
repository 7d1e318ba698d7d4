/* bench_sweep.c - what sweeping every system call of a program costs beside a loop that spawns it
 * once a point, and beside `strace --inject`, a process a point. Each is measured in turns.
 *
 *     bench_sweep ROUNDS SIGNAL PROGRAM [ARG...] */
#include "median.h"

#include "judge/judge.h"
#include "run/record_json.h"
#include "support/buf.h"
#include "support/clock.h"
#include "support/signals.h"
#include "trial/survey.h"
#include "trial/trial.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS_MAX 50

struct work {
    const struct scenario *s;
    int signal;
    struct room *room;
    struct survey survey; /* owns the points' names */
    struct interrupt *points;
    size_t n, copied, replayed;
    int64_t survey_ns; /* spent on finding the points */
    int64_t judged_ns; /* spent on judging and log lines */
    size_t *again;     /* points that can't be copied: replayed when the sweep is over */
    size_t again_n;
    struct buf log;
};

static int spawn_one(char **argv)
{
    posix_spawn_file_actions_t quiet;
    int status = 0;
    pid_t pid;

    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid, argv[0], &quiet, NULL, argv, environ) != 0)
        exit(1);
    waitpid(pid, &status, 0);
    posix_spawn_file_actions_destroy(&quiet);
    return status;
}

static double spawn_each(char **argv, size_t n)
{
    int64_t begin = clock_now_ns();

    for (size_t i = 0; i < n; i++)
        (void)spawn_one(argv);
    return (double)(clock_now_ns() - begin);
}

static double strace_each(char **argv, int signal, size_t most)
{
    char inject[64];
    const char *list[40] = {"strace", "-f", "-o", "/dev/null", inject};
    int64_t begin = clock_now_ns();
    int n = 5;

    for (int i = 0; argv[i] != NULL && n < 39; i++)
        list[n++] = argv[i];
    list[n] = NULL;
    for (size_t i = 1; i <= most; i++) {
        snprintf(inject, sizeof(inject), "--inject=all:signal=%s:when=%zu", sigabbrev_np(signal),
                 i);
        (void)spawn_one((char **)list);
    }
    return (double)(clock_now_ns() - begin);
}

static void judge_one(struct work *w, const struct record *r, size_t index)
{
    int64_t begin = clock_now_ns();
    struct findings found = {0};

    judge(w->s, NULL, r, &found);
    buf_clear(&w->log);
    (void)trial_line_print(&(struct trial_line){.number = index + 1,
                                                .scenario = w->s,
                                                .at = "INT@syscall:1.1.100=openat",
                                                .record = r,
                                                .findings = &found},
                           &w->log);
    findings_free(&found);
    w->judged_ns += clock_now_ns() - begin;
}

static void replay_one(struct work *w, size_t index)
{
    struct trial_plan plan = {.scenario = w->s, .interrupts = &w->points[index], .interrupts_n = 1};
    struct error err = {0};
    struct record r;

    record_init(&r);
    if (trial_run(w->room, &plan, &r, &err) != 0) {
        fprintf(stderr, "bench_sweep: %s\n", err.text);
        exit(1);
    }
    w->replayed++;
    judge_one(w, &r, index);
    record_free(&r);
}

static double replay_each(struct work *w, size_t n)
{
    int64_t begin = clock_now_ns();

    for (size_t i = 0; i < n; i++)
        replay_one(w, i);
    return (double)(clock_now_ns() - begin);
}

static int take(void *arg, size_t index, struct record *r, const char *why)
{
    struct work *w = arg;

    (void)why;
    if (r != NULL) {
        w->copied++;
        judge_one(w, r, index);
    } else {
        w->again[w->again_n++] = index;
    }
    return 0;
}

static void find_points(struct work *w, const struct point *set)
{
    struct survey *survey = &w->survey;
    struct trial_plan plan = {.scenario = w->s, .survey = survey};
    struct error err = {0};
    struct record r;

    survey_free(survey);
    survey_init(survey, set);
    record_init(&r);
    if (trial_run(w->room, &plan, &r, &err) != 0 || survey->n == 0) {
        fprintf(stderr, "bench_sweep: no points: %s\n", err.text);
        exit(1);
    }
    record_free(&r);
    w->n = survey->n;
    w->points = mem_grow(w->points, w->n, sizeof(*w->points));
    for (size_t i = 0; i < w->n; i++)
        w->points[i] =
            (struct interrupt){.signal = w->signal, .when = survey->points[i].point, .times = 1};
}

static double sweep_each(struct work *w)
{
    int64_t begin = clock_now_ns();
    struct point set = {.kind = POINT_EACH, .each = EACH_SYSCALL};
    struct sweep sweep = {.plan = {.scenario = w->s}, .take = take, .arg = w};
    struct error err = {0};

    find_points(w, &set);
    w->survey_ns = clock_now_ns() - begin;
    sweep.points = w->points;
    sweep.n = w->n;
    w->copied = w->replayed = 0;
    w->judged_ns = 0;
    w->again = mem_grow(w->again, w->n, sizeof(*w->again));
    w->again_n = 0;
    if (trial_sweep(w->room, &sweep, &err) != 0) {
        fprintf(stderr, "bench_sweep: %s\n", err.text);
        exit(1);
    }
    for (size_t i = 0; i < w->again_n; i++)
        replay_one(w, w->again[i]);
    return (double)(clock_now_ns() - begin);
}

int main(int argc, char **argv)
{
    double spawns[ROUNDS_MAX], straces[ROUNDS_MAX], sweeps[ROUNDS_MAX];
    double replays[ROUNDS_MAX], share[ROUNDS_MAX], surveys[ROUNDS_MAX];
    bool strace = access("/usr/bin/strace", X_OK) == 0;
    int rounds = argc > 3 ? atoi(argv[1]) : 0;
    struct scenario s;
    struct error err = {0};
    struct work w = {.s = &s};

    w.signal = rounds > 0 ? signal_number(argv[2]) : 0;
    if (rounds < 1 || rounds > ROUNDS_MAX || w.signal <= 0) {
        fputs("usage: bench_sweep ROUNDS SIGNAL PROGRAM [ARG...]\n", stderr);
        return 2;
    }
    scenario_init(&s);
    s.name = strdup("bench");
    s.program.command = argv + 3;
    if (room_open(&(struct room_config){.stop_fd = -1}, &w.room, &err) != 0) {
        fprintf(stderr, "bench_sweep: %s\n", err.text);
        return 1;
    }
    for (int i = 0; i < rounds; i++) {
        size_t few, replayed;

        sweeps[i] = sweep_each(&w) / (double)w.n;
        surveys[i] = (double)w.survey_ns;
        few = w.n < 100 ? w.n : 100; /* spread over the execution would be slower still */
        spawns[i] = spawn_each(argv + 3, few) / (double)few;
        straces[i] = strace ? strace_each(argv + 3, w.signal, few) / (double)few : 0;
        share[i] = (double)w.judged_ns / (double)w.n / sweeps[i];
        replayed = w.replayed;
        replays[i] = replay_each(&w, few) / (double)few;
        w.replayed = replayed;
    }
    printf("points %zu\n", w.n);
    printf("copied %zu\n", w.copied);
    printf("replayed %zu\n", w.replayed);
    printf("survey %.0f us\n", median(surveys, rounds) / 1e3);
    printf("sweep-a-point %.1f us\n", median(sweeps, rounds) / 1e3);
    printf("spawn-a-point %.1f us\n", median(spawns, rounds) / 1e3);
    printf("spawn-ratio %.2f x\n", median(spawns, rounds) / median(sweeps, rounds));
    if (strace) {
        printf("strace-a-point %.1f us\n", median(straces, rounds) / 1e3);
        printf("strace-ratio %.2f x\n", median(straces, rounds) / median(sweeps, rounds));
    }
    printf("replay-a-point %.1f us\n", median(replays, rounds) / 1e3);
    if (strace)
        printf("replay-ratio %.2f x of strace's\n",
               median(replays, rounds) / median(straces, rounds));
    printf("judge-and-log %.1f %%\n", 100 * median(share, rounds));
    survey_free(&w.survey);
    room_close(w.room);
    return 0;
}
