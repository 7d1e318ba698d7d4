/* test_debug.c - what QS_DEBUG tells, who holds up a shutdown and since when, and what a probe is.
 */
#include <elf.h>
#include <fcntl.h>

#include "rig.h"

static struct qs_cleanup nodes[2];

/* Runs the body with QS_DEBUG set; what was written is in text. */
static char text[8192];

static struct qs_result debug_run(const char *words, struct qs_options *options, qs_task_fn *body)
{
    struct qs_result result;
    FILE *file = tmpfile();
    size_t len;

    ck_assert_ptr_nonnull(file);
    setenv("QS_DEBUG", words, 1);
    options->dump_fd = fileno(file);
    ck_assert_int_eq(qs_run(options, body, NULL, &result), 0);
    unsetenv("QS_DEBUG");
    rewind(file);
    len = fread(text, 1, sizeof(text) - 1, file);
    text[len] = '\0';
    fclose(file);
    return result;
}

#define SAYS(part)     ck_assert_msg(strstr(text, part) != NULL, "no \"%s\" in:\n%s", part, text)
#define SAYS_NOT(part) ck_assert_msg(strstr(text, part) == NULL, "\"%s\" in:\n%s", part, text)

static int spins(void *arg)
{
    int64_t until = qs_now() + 3 * QS_MILLISECOND;

    (void)arg;
    while (qs_now() < until)
        ;
    return qs_yield();
}

static int spin_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, NULL);
    qs_spawn(group, "spinner", spins, NULL, NULL);
    return qs_group_close(group, NULL);
}

START_TEST(task_that_does_not_yield_is_named)
{
    struct qs_options options = {0};

    debug_run("slow=1ms", &options, spin_main);
    SAYS("quiesce: task 1 spinner ran for ");
    debug_run("slow=100s", &options, spin_main);
    ck_assert_str_eq(text, "");
}
END_TEST

static int slow_cleanup(void *arg)
{
    struct qs_shield shield;

    (void)arg;
    qs_shield_begin(&shield, qs_now() + QS_SECOND);
    qs_sleep(qs_now() + QS_SECOND);
    return qs_shield_end(&shield);
}

static int overruns(void *arg)
{
    (void)arg;
    return qs_defer_within(&nodes[0], "slowly", slow_cleanup, NULL, 20 * QS_MILLISECOND);
}

START_TEST(cleanup_that_overruns_is_named)
{
    struct qs_options options = {.virtual_clock = true};

    debug_run("overrun", &options, overruns);
    SAYS("quiesce: task 0 main: cleanup slowly took 0 ms more than its limit");
}
END_TEST

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

static int two_handles(void *arg)
{
    static struct qs_task joined, forgotten;
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, NULL);
    qs_spawn_task(group, &joined, "joined", nothing, NULL, NULL);
    qs_spawn_task(group, &forgotten, "forgotten", nothing, NULL, NULL);
    qs_join(&joined, NULL, QS_FOREVER);
    return qs_group_close(group, NULL);
}

START_TEST(handle_that_nobody_joins_is_told_at_the_end)
{
    struct qs_options options = {0};

    debug_run("handles", &options, two_handles);
    ck_assert_str_eq(text, "quiesce: task 2 forgotten has a handle, and nobody has joined it\n");
}
END_TEST

static int leaked = -1;

static int leaks(void *arg)
{
    struct qs_group *group;

    (void)arg;
    leaked = open("/dev/zero", O_RDONLY);
    return qs_group_open(&group, NULL);
}

START_TEST(descriptors_and_groups_that_are_left_open_are_told)
{
    struct qs_options options = {0};

    debug_run("leaks", &options, leaks);
    close(leaked);
    SAYS("is still open: /dev/zero\n");
    SAYS("quiesce: task 0 main left a group open");
    debug_run("leaks", &options, nothing);
    ck_assert_str_eq(text, ""); /* the run's own are none */
}
END_TEST

static int holds(void *arg)
{
    return qs_defer(arg, "stubborn", slow_cleanup, NULL) ? -EIO : qs_sleep(QS_FOREVER);
}

static int waits_only(void *arg)
{
    (void)arg;
    return qs_sleep(QS_FOREVER);
}

static struct qs_task_info seen[8];
static size_t n_seen;

static int looks(void *arg)
{
    struct qs_shield shield;

    (void)arg;
    qs_shield_begin(&shield, qs_now() + 10 * QS_SECOND);
    qs_sleep(qs_now() + 5100 * QS_MILLISECOND); /* until 100 ms after the cancel */
    n_seen = qs_snapshot(seen, 8);
    return qs_shield_end(&shield);
}

static int shutdown_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, NULL);
    qs_spawn(group, "holder", holds, &nodes[0], NULL);
    qs_spawn(group, "quick", waits_only, NULL, NULL);
    qs_spawn(group, "looker", looks, NULL, NULL);
    qs_sleep(qs_now() + 5 * QS_SECOND);
    qs_cancel(1);
    return qs_group_close(group, NULL);
}

START_TEST(shutdown_that_takes_long_tells_who_holds_it_up_and_since_when)
{
    struct qs_options options = {.virtual_clock = true};

    debug_run("shutdown=200ms", &options, shutdown_main);
    SAYS("cancelled 200 ms ago");
    SAYS("cancelled 400 ms ago"); /* twice the time */
    SAYS_NOT("cancelled 600 ms ago");
    SAYS("task 1 holder: cleaning up, in stubborn for 400 ms, cancelled but shielded, waits: sleep "
         "for "
         "400 ms, 600 ms left; holds up the end\n");
    SAYS("task 0 main: running, cancelled, waits: group for 400 ms\n");
    SAYS_NOT("quick");
}
END_TEST

START_TEST(snapshot_tells_who_holds_up_the_end_and_since_when)
{
    struct qs_options options = {.virtual_clock = true};
    int looked = 0;

    debug_run("", &options, shutdown_main);
    for (size_t i = 0; i < n_seen && i < 8; i++) {
        const struct qs_task_info *info = &seen[i];

        if (!strcmp(info->name, "main")) {
            ck_assert(!info->holds_up); /* waits for those below it */
            ck_assert_int_eq(info->since, 3605 * QS_SECOND);
        } else if (!strcmp(info->name, "holder")) {
            ck_assert(info->holds_up);
            ck_assert_int_eq(info->since, 3605 * QS_SECOND);
        } else {
            ck_assert_str_eq(info->name, "looker");
            ck_assert(info->holds_up);
            ck_assert_int_eq(info->state, QS_RUNNING);
        }
        looked++;
    }
    ck_assert_int_eq(looked, 3);
}
END_TEST

static int dumps(void *arg)
{
    (void)arg;
    qs_dump(STDERR_FILENO);
    return 0;
}

START_TEST(seed_is_taken_from_the_environment_and_told_in_a_dump)
{
    struct qs_options options = {.seed = 1};
    struct qs_result one = debug_run("seed=77,virtual", &options, shutdown_main), other;

    options.seed = 77;
    options.virtual_clock = true;
    ck_assert_int_eq(qs_run(&options, shutdown_main, NULL, &other), 0);
    ck_assert(one.trace == other.trace);
    ck_assert_int_ne((int)one.trace, 0);
}
END_TEST

static void run_dump(void)
{
    struct qs_options options = {.seed = 77};

    dup2(rig_telling, STDERR_FILENO);
    qs_run(&options, dumps, NULL, NULL);
    _exit(0);
}

START_TEST(dump_tells_the_seed)
{
    struct rig_child *child = rig_start(run_dump);
    size_t len = 0;

    while (len < sizeof(text) - 1 && (text[len] = rig_hear(child)))
        len++;
    text[len] = '\0';
    SAYS(", seed 77\n");
    rig_finish(child);
    free(child);
}
END_TEST

START_TEST(unknown_word_is_told_with_those_there_are)
{
    struct qs_options options = {0};

    debug_run("leeks,slow=3,slow=20ms", &options, nothing);
    SAYS("quiesce: QS_DEBUG: \"leeks\" means nothing; there are slow=TIME");
    SAYS("\"slow\" means nothing");
    debug_run("all", &options, nothing);
    ck_assert_str_eq(text, "");
}
END_TEST

static void run_to_the_last_level(void)
{
    static const struct qs_signal signals[] = {{.signal = SIGINT, .steps = {3}}, {0}};
    struct qs_options options = {.signals = signals, .dump_fd = rig_telling};

    setenv("QS_DEBUG", "all", 1);
    qs_run(&options, waits_only, NULL, NULL);
}

START_TEST(last_level_dumps_before_it_ends_the_process)
{
    struct rig_child *child = rig_start(run_to_the_last_level);
    size_t len = 0;

    ck_assert(rig_await(child, "ready"));
    kill(child->pid, SIGINT);
    while (len < sizeof(text) - 1 && (text[len] = rig_hear(child)))
        len++;
    text[len] = '\0';
    SAYS("quiesce: level 0, running");
    rig_finish(child);
    RIG_DIED_BY(child, SIGINT);
    free(child);
}
END_TEST

RIG_TESTS("debug", task_that_does_not_yield_is_named, cleanup_that_overruns_is_named,
          handle_that_nobody_joins_is_told_at_the_end,
          descriptors_and_groups_that_are_left_open_are_told,
          shutdown_that_takes_long_tells_who_holds_it_up_and_since_when,
          snapshot_tells_who_holds_up_the_end_and_since_when,
          seed_is_taken_from_the_environment_and_told_in_a_dump, dump_tells_the_seed,
          unknown_word_is_told_with_those_there_are, last_level_dumps_before_it_ends_the_process)
