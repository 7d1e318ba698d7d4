/* bench_trial.c - what one trial costs beside a bare posix_spawn + waitpid loop of the same
 * program: untraced, and event-triggered. The three take turns, so that a machine whose speed
 * drifts treats them alike; the median of the rounds' ratios is printed. And what part of an
 * event-triggered trial the census takes: descriptors and threads at exit, files, IPC, terminal.
 *
 *     bench_trial TINY EVENTFUL      two programs: one that returns at once, one that reports
 * `ready` */
#include "median.h"

#include "judge/judge.h"
#include "plan/points.h"
#include "run/record_json.h"
#include "support/clock.h"
#include "trial/trial.h"

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define ROUNDS    15
#define PER_ROUND 200

static double bare(char *program)
{
    char *argv[] = {program, NULL};
    int64_t begin = clock_now_ns();

    for (int i = 0; i < PER_ROUND; i++) {
        int status;
        pid_t pid;
        if (posix_spawn(&pid, program, NULL, NULL, argv, environ) != 0)
            exit(1);
        waitpid(pid, &status, 0);
    }
    return (double)(clock_now_ns() - begin) / PER_ROUND;
}

/* A whole trial as a run makes it: launch, observe, judge, log line. */
static double trials(struct room *room, const struct scenario *s, const struct interrupt *list,
                     size_t n)
{
    struct trial_plan plan = {.scenario = s, .interrupts = list, .interrupts_n = n};
    int64_t begin = clock_now_ns();

    for (int i = 0; i < PER_ROUND; i++) {
        struct findings found = {0};
        struct error err = {0};
        struct buf text = {0};
        struct record r;
        record_init(&r);
        if (trial_run(room, &plan, &r, &err) != 0) {
            fprintf(stderr, "bench_trial: %s\n", err.text);
            exit(1);
        }
        judge(s, NULL, &r, &found);
        if (r.how != ENDED_EXITED && r.how != ENDED_SIGNALED) {
            fprintf(stderr, "bench_trial: %s\n", r.trouble != NULL ? r.trouble : "a trial hung");
            exit(1);
        }
        (void)trial_line_print(
            &(struct trial_line){
                .number = 1, .scenario = s, .at = "", .record = &r, .findings = &found},
            &text);
        buf_free(&text);
        findings_free(&found);
        record_free(&r);
    }
    return (double)(clock_now_ns() - begin) / PER_ROUND;
}

static void scenario_for(struct scenario *s, char *program, bool untraced)
{
    scenario_init(s);
    s->name = strdup("bench");
    s->program.command = calloc(2, sizeof(char *));
    s->program.command[0] = strdup(program);
    s->program.untraced = untraced;
}

static long rss_kb(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

int main(int argc, char **argv)
{
    double base[ROUNDS], untraced[ROUNDS], base2[ROUNDS], event[ROUNDS], ratio[ROUNDS];
    double census[ROUNDS];
    struct scenario plain, eventful;
    struct interrupt *list;
    struct error err = {0};
    struct room *room;
    int64_t before;
    size_t n;

    if (argc != 3) {
        fputs("usage: bench_trial TINY EVENTFUL\n", stderr);
        return 2;
    }
    scenario_for(&plain, argv[1], true);
    scenario_for(&eventful, argv[2], false);
    if (points_parse("INT@event:ready", &list, &n, &err) != 0 ||
        room_open(&(struct room_config){.stop_fd = -1}, &room, &err) != 0) {
        fprintf(stderr, "bench_trial: %s\n", err.text);
        return 1;
    }
    (void)bare(argv[1]);
    for (int i = 0; i < ROUNDS; i++) {
        base[i] = bare(argv[1]);
        untraced[i] = trials(room, &plain, NULL, 0);
        base2[i] = bare(argv[2]);
        before = room_census_ns(room);
        event[i] = trials(room, &eventful, list, n);
        census[i] = (double)(room_census_ns(room) - before) / PER_ROUND / event[i] * 100;
    }
    for (int i = 0; i < ROUNDS; i++)
        ratio[i] = untraced[i] / base[i];
    printf("untraced-trial-ratio %.3f x\n", median(ratio, ROUNDS));
    for (int i = 0; i < ROUNDS; i++)
        ratio[i] = event[i] / base2[i];
    printf("event-trial-ratio %.3f x\n", median(ratio, ROUNDS));
    printf("census-share %.1f %%\n", median(census, ROUNDS));
    printf("bare-spawn %.1f us\n", median(base, ROUNDS) / 1e3);
    printf("untraced-trial %.1f us\n", median(untraced, ROUNDS) / 1e3);
    printf("bare-spawn-eventful %.1f us\n", median(base2, ROUNDS) / 1e3);
    printf("event-trial %.1f us\n", median(event, ROUNDS) / 1e3);
    printf("worker-maxrss %ld kB\n", rss_kb());
    room_close(room);
    points_free(list, n);
    scenario_free(&plain);
    scenario_free(&eventful);
    return 0;
}
