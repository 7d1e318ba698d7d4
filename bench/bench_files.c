/* bench_files.c - a program that makes 100,000 files: what part of its trial, from the launch to
 * the removal of it all, they are looked through. The least of the rounds' shares is printed: what
 * else the machine does only adds.
 *
 *     bench_files FILES */
#include "support/clock.h"
#include "trial/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 3
#define COUNT  100000

/* In nanoseconds: the program, the census, and the whole trial with the removal of it all. */
struct times {
    double program, census, whole;
};

static struct times one(struct room *room, const struct scenario *s)
{
    struct trial_plan plan = {.scenario = s};
    int64_t begin = clock_now_ns(), before = room_census_ns(room);
    struct error err = {0};
    struct times t;
    struct record r;

    record_init(&r);
    if (trial_run(room, &plan, &r, &err) != 0) {
        fprintf(stderr, "bench_files: %s\n", err.text);
        exit(1);
    }
    if (r.how != ENDED_EXITED || r.value != 0 || r.files_n + r.files_more < COUNT) {
        fprintf(stderr, "bench_files: %s\n", r.trouble != NULL ? r.trouble : "not all were made");
        exit(1);
    }
    t.census = (double)(room_census_ns(room) - before);
    t.program = (double)r.exit_ns;
    record_free(&r);
    t.whole = (double)(clock_now_ns() - begin);
    return t;
}

int main(int argc, char **argv)
{
    struct scenario s;
    struct error err = {0};
    struct times best = {0};
    struct room *room;
    char count[16];

    if (argc != 2) {
        fputs("usage: bench_files FILES\n", stderr);
        return 2;
    }
    snprintf(count, sizeof(count), "%d", COUNT);
    scenario_init(&s);
    s.name = strdup("files");
    s.program.deadline_ns = INT64_C(300) * 1000000000;
    s.program.command = calloc(3, sizeof(char *));
    s.program.command[0] = strdup(argv[1]);
    s.program.command[1] = strdup(count);
    if (room_open(&(struct room_config){.stop_fd = -1}, &room, &err) != 0) {
        fprintf(stderr, "bench_files: %s\n", err.text);
        return 1;
    }
    for (int i = 0; i < ROUNDS; i++) {
        struct times t = one(room, &s);
        if (i == 0 || t.census / t.whole < best.census / best.whole)
            best = t;
    }
    printf("files-made %.0f ms\n", best.program / 1e6);
    printf("files-census %.0f ms\n", best.census / 1e6);
    printf("files-census-share %.1f %%\n", best.census / best.whole * 100);
    printf("files-trial %.0f ms\n", best.whole / 1e6);
    room_close(room);
    scenario_free(&s);
    return 0;
}
