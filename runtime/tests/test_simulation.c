/* test_simulation.c - a mixed workload on thousands of seeds, in virtual time: each seed is another
 * schedule, and the invariants hold in all of them. What fails tells its seed:
 *
 *   QS_SEED=N build/tests/runtime/test_simulation    runs that one alone
 *   QS_SEEDS=N ...                                   runs N of them */
#include <dirent.h>
#include <sys/ioctl.h>

#include "clock.h"
#include "rig.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SEEDS 500
#else
#define SEEDS 2500
#endif
#define MOST_TASK 4096
#define MOST_ITEM 4096

/* What the test knows of a task. */
struct job {
    struct world *world;
    struct team *team;     /* of its group */
    struct qs_task handle; /* if it was spawned with one */
    bool handled;          /* whether */
    uint64_t id;           /* from its start on */
    int number;            /* in the order of spawn in its team */
    unsigned depth;        /* of groups around it */
    int started, finis;    /* how often */
    int rc;                /* what its fini got */
    unsigned armed, ran;   /* cleanups */
    bool shielded;         /* a shield is open */
    bool cancelled;        /* a wait has said so, outside of all blocks */
    unsigned held;         /* permits */
    struct qs_cleanup nodes[4];
    struct step {
        struct job *job;
        unsigned number;
    } steps[4];
};

/* A group, as the test sees it. */
struct team {
    struct qs_group *group;
    uint32_t slots;   /* 0: no limit */
    uint32_t running; /* bodies begun, finis not over */
    int spawned;      /* jobs */
    int last_started; /* number of the job that started last */
    int finis;
    bool sheltered; /* opened in a shield, or below such a one: a cancellation comes later */
    bool cancelled; /* qs_group_cancel() has returned */
};

struct world {
    uint64_t seed, random;
    struct job *jobs;
    unsigned n;
    struct team teams[256];
    unsigned n_teams;
    struct qs_sem sem;
    uint32_t permits;
    uint32_t held;
    struct qs_channel channel;
    int items[4];
    char sent[MOST_ITEM]; /* by item: 0 not yet, 1 being sent, 2 sent, 3 received */
    int n_items;
    int received;
    struct qs_event event;
    int pipe[2];
    long written, read;
    int64_t cancelled_at; /* when the run was, and what tasks have computed since; 0: not yet */
};

static struct world *now_running; /* for messages */

#define HOLDS(world, condition)                                                                    \
    ck_assert_msg(condition, "seed %llu: %s", (unsigned long long)(world)->seed, #condition)

static uint32_t draw(struct world *world, uint32_t n)
{
    uint64_t z = world->random += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(((z ^ z >> 31) >> 32) * n >> 32);
}

static int64_t soon(struct world *world)
{
    return qs_now() + draw(world, 50) * QS_MILLISECOND;
}

static int run_job(void *arg);

/* Invariants 1, 2, 5: exactly one fini, after all cleanups, before the slot goes on. */
static void job_fini(void *arg, int rc)
{
    struct job *job = arg;
    struct world *world = job->world;

    job->finis++;
    job->rc = rc;
    job->team->finis++;
    HOLDS(world, job->finis == 1);
    HOLDS(world, job->ran == job->armed);
    HOLDS(world, !job->held);
    HOLDS(world, !job->handled || !qs_task_done(&job->handle));
    HOLDS(world, qs_yield() == -EPERM);
    if (job->started)
        job->team->running--;
    else
        HOLDS(world, rc == -ECANCELED);
}

static struct job *spawn(struct world *world, struct team *team, unsigned depth)
{
    struct job *job;
    int rc;

    if (world->n == MOST_TASK)
        return NULL;
    job = &world->jobs[world->n++];
    *job = (struct job){.world = world, .team = team, .depth = depth, .number = ++team->spawned};
    job->handled = draw(world, 2);
    rc = job->handled ? qs_spawn_task(team->group, &job->handle, "job", run_job, job, job_fini)
                      : qs_spawn(team->group, "job", run_job, job, job_fini);
    HOLDS(world, rc == 0 || rc == -ECANCELED);
    HOLDS(world, (rc != 0) == (job->finis != 0));
    HOLDS(world, !rc || !team->cancelled || job->finis == 1);
    return job;
}

/* A cleanup: last armed first; some wait, some fail, some open a group. */
static int cleanup(void *arg)
{
    struct step *step = arg;
    struct job *job = step->job;
    struct world *world = job->world;
    struct qs_shield shield;
    int rc = 0;

    job->ran++;
    HOLDS(world, step->number == job->armed - job->ran);
    switch (draw(world, 6)) {
    case 0:
        qs_shield_begin(&shield, qs_now() + 10 * QS_MILLISECOND);
        qs_sleep(qs_now() + draw(world, 20) * QS_MILLISECOND);
        HOLDS(world, qs_shield_end(&shield) == 0);
        break;
    case 1: rc = -EIO; break; /* invariant 3: the others run all the same */
    case 2: qs_sleep(qs_now() + QS_MILLISECOND); break;
    case 3: qs_event_set(&world->event); break;
    default: break;
    }
    return rc;
}

static void arm(struct job *job)
{
    unsigned n = job->armed;

    if (n == 4)
        return;
    job->steps[n] = (struct step){job, n};
    HOLDS(job->world, qs_defer_within(&job->nodes[n], "cleanup", cleanup, &job->steps[n],
                                      draw(job->world, 3) ? 0 : 5 * QS_MILLISECOND) == 0);
    job->armed++;
}

static int hold_permit(struct job *job)
{
    struct world *world = job->world;
    int rc = qs_acquire(&world->sem, soon(world));

    if (rc)
        return rc;
    world->held++;
    job->held++;
    HOLDS(world, world->held <= world->permits);
    rc = draw(world, 2) ? qs_yield() : qs_sleep(qs_now() + draw(world, 5) * QS_MILLISECOND);
    world->held--;
    job->held--;
    HOLDS(world, qs_release(&world->sem) == 0);
    return rc;
}

static int send_item(struct world *world)
{
    int item = world->n_items++, rc;

    if (item >= MOST_ITEM)
        return 0;
    world->sent[item] = 1;
    rc = qs_send(&world->channel, &item, soon(world));
    if (rc) {
        HOLDS(world, world->sent[item] == 1); /* invariant 8: nobody has it */
        world->sent[item] = 0;
    } else if (world->sent[item] == 1) {
        world->sent[item] = 2;
    }
    return rc;
}

static int receive_item(struct world *world)
{
    int item = -1, rc = qs_receive(&world->channel, &item, soon(world));

    if (rc) {
        HOLDS(world, item == -1);
        return rc;
    }
    HOLDS(world, item >= 0 && (world->sent[item] == 1 || world->sent[item] == 2));
    world->sent[item] = 3;
    return 0;
}

static int pipe_out(struct world *world)
{
    ssize_t n = qs_write(world->pipe[1], "x", 1, soon(world));

    if (n > 0)
        world->written += n;
    return n < 0 ? (int)n : 0;
}

static int pipe_in(struct world *world)
{
    char bytes[3];
    ssize_t n = qs_read(world->pipe[0], bytes, sizeof(bytes), soon(world));

    if (n > 0)
        world->read += n;
    return n < 0 ? (int)n : 0;
}

/* Time goes on, and deadlines pass, while no other task can run. */
static void compute(struct world *world)
{
    clock_set_virtual(qs_now() + draw(world, 20) * QS_MILLISECOND);
    if (world->cancelled_at) /* who has timed out before may still have to run */
        world->cancelled_at = qs_now();
}

static struct team *team_of(struct world *world, struct qs_group_options *options)
{
    if (world->n_teams == 256)
        return NULL;
    options->slots = draw(world, 5);
    options->keep_going = draw(world, 2);
    options->deadline = draw(world, 4) ? 0 : qs_now() + draw(world, 40) * QS_MILLISECOND;
    return &world->teams[world->n_teams++];
}

static bool any_error(int rc)
{
    return rc == 0 || rc == -ECANCELED || rc == -ETIMEDOUT || rc == -EIO || rc == -ETIME;
}

/* Invariants 4 and 7. */
static int nested(struct world *world, unsigned depth, bool sheltered)
{
    struct qs_group_options options = {0};
    struct team *team = team_of(world, &options);
    struct qs_report report;
    int rc, n = 1 + (int)draw(world, depth ? 4 : 12);

    if (!team)
        return 0;
    rc = qs_group_open(&team->group, &options);
    HOLDS(world, rc == 0);
    team->slots = options.slots;
    team->sheltered = sheltered;
    for (int i = 0; i < n; i++) {
        spawn(world, team, depth + 1);
        if (!draw(world, 6))
            qs_yield();
    }
    if (!draw(world, 4))
        compute(world);
    if (!draw(world, 5)) {
        if (draw(world, 2))
            qs_sleep(qs_now() + draw(world, 10) * QS_MILLISECOND);
        HOLDS(world, qs_group_cancel(team->group) == 0);
        team->cancelled = true;
        HOLDS(world, team->finis + (int)team->running == team->spawned);
    }
    rc = qs_group_close(team->group, &report);
    HOLDS(world, team->finis == team->spawned);
    HOLDS(world, team->running == 0);
    HOLDS(world, (int)(report.done + report.failed + report.cancelled) == team->spawned);
    HOLDS(world, (report.first_error != 0) == (report.errors != 0));
    HOLDS(world, report.errors >= report.failed + report.cleanups_failed);
    HOLDS(world, any_error(rc));
    return rc == -ECANCELED ? rc : 0;
}

static struct job *any_handled(struct world *world)
{
    struct job *job = &world->jobs[draw(world, world->n)];

    return job->handled && job->team ? job : NULL;
}

static int join(struct job *self)
{
    struct world *world = self->world;
    struct job *job = any_handled(world);
    int got = 12345, rc;

    if (!job || job == self)
        return 0;
    rc = qs_join(&job->handle, &got, qs_now() + draw(world, 30) * QS_MILLISECOND);
    HOLDS(world, rc ? got == 12345 : got == job->rc && job->finis == 1);
    return rc;
}

static int cancel_one(struct world *world)
{
    struct job *job = any_handled(world);
    int rc;

    if (!job)
        return 0;
    rc = qs_task_cancel(&job->handle);
    HOLDS(world, rc == 0 || rc == -ESRCH);
    HOLDS(world, job->started || job->finis == 1);
    return 0;
}

static int wait_event(struct world *world)
{
    if (draw(world, 3) == 0)
        qs_event_reset(&world->event);
    else if (draw(world, 2))
        qs_event_set(&world->event);
    return qs_event_wait(&world->event, qs_now() + draw(world, 30) * QS_MILLISECOND);
}

static int leaf(void *arg)
{
    struct world *world = arg;
    int rc = qs_sleep(qs_now() + draw(world, 10) * QS_MILLISECOND);

    return rc ? rc : draw(world, 4) ? (int)draw(world, 3) : -EIO;
}

static int several(struct world *world)
{
    struct qs_call calls[3] = {
        {.fn = leaf, .arg = world}, {.fn = leaf, .arg = world}, {.fn = leaf, .arg = world}};
    struct qs_group_options options = {.keep_going = draw(world, 2), .slots = draw(world, 3)};
    struct qs_report report = {0};
    int rc;

    if (draw(world, 2)) {
        rc = qs_gather(calls, 3, &options, &report);
        HOLDS(world, rc != 0 || (calls[0].rc >= 0 && calls[1].rc >= 0 && calls[2].rc >= 0));
    } else {
        rc = qs_first(calls, 3, &options, &report);
        HOLDS(world, rc < 0 || (rc < 3 && calls[rc].rc >= 0));
    }
    return rc >= 0 || rc == -EIO ? 0 : rc;
}

static int cancel_all(struct world *world)
{
    if (!world->cancelled_at)
        world->cancelled_at = qs_now();
    return qs_cancel(1 + (int)draw(world, 2));
}

static int one_step(struct job *job)
{
    struct world *world = job->world;

    switch (draw(world, 21)) {
    case 0:
    case 1: return qs_yield();
    case 2:
    case 3: return qs_sleep(qs_now() + draw(world, 20) * QS_MILLISECOND);
    case 4:
    case 5: return hold_permit(job);
    case 6:
    case 7: return send_item(world);
    case 8:
    case 9: return receive_item(world);
    case 10: return wait_event(world);
    case 11: return pipe_out(world);
    case 12: return pipe_in(world);
    case 13: return join(job);
    case 14: arm(job); return 0;
    case 15:
        return job->depth < 3 ? nested(world, job->depth, job->shielded || job->team->sheltered)
                              : 0;
    case 16: return draw(world, 3) ? 0 : cancel_one(world);
    case 17: return several(world);
    case 20: compute(world); return 0;
    case 18: return draw(world, 80) ? 0 : cancel_all(world);
    default: return draw(world, 8) ? 0 : -EIO;
    }
}

static int step_in_shield(struct job *job)
{
    struct qs_shield shield;
    int rc;

    qs_shield_begin(&shield, qs_now() + draw(job->world, 20) * QS_MILLISECOND);
    job->shielded = true;
    rc = one_step(job);
    job->shielded = false;
    HOLDS(job->world, qs_shield_end(&shield) == 0);
    return rc;
}

static int step_in_timeout(struct job *job)
{
    struct qs_timeout timeout;
    int rc, ended;

    qs_timeout_begin(&timeout, qs_now() + draw(job->world, 20) * QS_MILLISECOND);
    rc = one_step(job);
    ended = qs_timeout_end(&timeout);
    HOLDS(job->world, ended == 0 || ended == -ETIMEDOUT || ended == -ECANCELED);
    return rc == -ECANCELED && ended ? ended : rc;
}

/* Invariant 6: once a wait outside of all blocks has said -ECANCELED, all do. */
static void look_at_cancellation(struct job *job, int rc)
{
    if (job->cancelled)
        HOLDS(job->world, qs_yield() == -ECANCELED);
    else if (rc == -ECANCELED && qs_cancelled())
        job->cancelled = true;
    HOLDS(job->world, !job->cancelled || qs_cancelled());
    /* No wait goes on after the cancellation: time does not pass by waiting then. */
    HOLDS(job->world, rc != -ETIMEDOUT || !job->world->cancelled_at || job->team->sheltered ||
                          qs_now() == job->world->cancelled_at);
}

static int run_job(void *arg)
{
    struct job *job = arg;
    struct world *world = job->world;
    struct team *team = job->team;
    int rc = 0;

    job->started++;
    HOLDS(world, job->started == 1 && !job->finis);
    HOLDS(world, !team->cancelled);
    HOLDS(world, job->number > team->last_started); /* in the order of their spawn */
    team->last_started = job->number;
    team->running++;
    HOLDS(world, !team->slots || team->running <= team->slots);
    for (uint32_t i = 1 + draw(world, 6); i && rc != -EIO; i--) {
        switch (draw(world, 8)) {
        case 0: rc = step_in_shield(job); break;
        case 1: rc = step_in_timeout(job); break;
        default:
            rc = one_step(job);
            look_at_cancellation(job, rc);
            break;
        }
        if (rc == -ECANCELED && draw(world, 2))
            return rc;
    }
    if (qs_cancelled())
        return -ECANCELED;
    return rc == -EIO ? rc : 0;
}

/* All tasks are done: what they left must add up. */
static void settle(struct world *world)
{
    int left = 0;

    HOLDS(world, world->held == 0);
    HOLDS(world, qs_sem_free(&world->sem) == world->permits);
    ioctl(world->pipe[0], FIONREAD, &left);
    HOLDS(world, world->written == world->read + left);
    while (world->channel.held) {
        int item = ((int *)(void *)world->channel.buf)[world->channel.first];

        HOLDS(world, world->sent[item] == 2);
        world->sent[item] = 3;
        world->channel.first = (world->channel.first + 1) % world->channel.room;
        world->channel.held--;
    }
    for (int i = 0; i < world->n_items && i < MOST_ITEM; i++)
        HOLDS(world, world->sent[i] == 0 || world->sent[i] == 3);
    for (unsigned i = 0; i < world->n; i++) {
        HOLDS(world, world->jobs[i].finis == 1);
        HOLDS(world, !world->jobs[i].handled || qs_task_done(&world->jobs[i].handle));
    }
}

static int world_main(void *arg)
{
    struct world *world = arg;
    int rc = 0;

    for (int i = 0; i < 2 && !rc; i++)
        rc = nested(world, 0, false);
    return rc;
}

static int open_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int n = 0;

    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static struct qs_result simulate(uint64_t seed, struct job *jobs)
{
    static struct world world;
    struct qs_options options = {.seed = seed, .virtual_clock = true, .stack_size = 32 * 1024};
    struct qs_result result;

    memset(&world, 0, sizeof(world));
    now_running = &world;
    world.seed = world.random = seed;
    world.jobs = jobs;
    world.permits = 1 + draw(&world, 3);
    options.grace_ns = draw(&world, 2) * 15 * QS_MILLISECOND;
    qs_sem_init(&world.sem, world.permits);
    qs_event_init(&world.event);
    qs_channel_init(&world.channel, sizeof(int), world.items, draw(&world, 5));
    ck_assert_int_eq(pipe2(world.pipe, O_NONBLOCK), 0);
    ck_assert_int_eq(qs_run(&options, world_main, &world, &result), 0);
    settle(&world);
    close(world.pipe[0]);
    close(world.pipe[1]);
    return result;
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text ? strtoull(text, NULL, 0) : otherwise;
}

/* Says which seed hangs. */
static void on_alarm(int signal)
{
    char text[64];
    int len =
        snprintf(text, sizeof(text), "seed %llu hangs\n", (unsigned long long)now_running->seed);

    (void)signal;
    if (write(STDERR_FILENO, text, (size_t)len) < 0)
        _exit(2);
    qs_dump(STDERR_FILENO);
    _exit(1);
}

static uint64_t seeds_wanted(void)
{
    return number_of("QS_SEEDS", RUNNING_ON_VALGRIND ? 50 : SEEDS);
}

START_TEST(invariants_hold_in_every_schedule)
{
    uint64_t one = number_of("QS_SEED", 0), first = one ? one : 1, n = one ? 1 : seeds_wanted();
    struct job *jobs = calloc(MOST_TASK, sizeof(*jobs));
    int fds = open_descriptors(), levels[3] = {0};

    signal(SIGALRM, on_alarm);
    for (uint64_t seed = first; seed < first + n; seed++) {
        struct qs_result result;

        alarm(20);
        result = simulate(seed, jobs);
        ck_assert_msg(seed % 64 || open_descriptors() == fds, "seed %llu: descriptors",
                      (unsigned long long)seed);
        levels[result.level]++;
        if (seed % 16 == 0) /* invariant 11 */
            ck_assert_msg(simulate(seed, jobs).trace == result.trace, "seed %llu: another trace",
                          (unsigned long long)seed);
    }
    alarm(0);
    free(jobs);
    /* The workload is worth something only if it gets everywhere. */
    ck_assert(n < 500 || (levels[0] && levels[1] && levels[2]));
}
END_TEST

static int sleeps_an_hour(void *arg)
{
    int64_t *times = arg;

    times[0] = qs_now();
    int rc = qs_sleep(qs_now() + 3600 * QS_SECOND);
    times[1] = qs_now();
    return rc;
}

START_TEST(hour_passes_at_once_in_virtual_time)
{
    struct qs_options options = {.virtual_clock = true};
    struct qs_result result;
    int64_t times[2];

    alarm(60);
    ck_assert_int_eq(qs_run(&options, sleeps_an_hour, times, &result), 0);
    ck_assert_int_eq(result.value, 0);
    ck_assert_int_eq(times[0], 3600 * QS_SECOND);
    ck_assert_int_eq(times[1], 7200 * QS_SECOND);
    ck_assert_int_ne(qs_now(), times[1]);
    alarm(0);
}
END_TEST

struct order {
    char letters[8];
    int n;
};

static struct order order;

static int says(void *arg)
{
    qs_yield();
    order.letters[order.n++] = (char)(uintptr_t)arg;
    return 0;
}

static int order_main(void *arg)
{
    struct qs_group *group;

    (void)arg;
    memset(&order, 0, sizeof(order));
    qs_group_open(&group, NULL);
    for (uintptr_t i = 0; i < 4; i++)
        qs_spawn(group, NULL, says, (void *)('a' + i), NULL);
    return qs_group_close(group, NULL);
}

START_TEST(seeds_give_different_orders_and_none_is_left_out)
{
    bool seen[256] = {false};
    int different = 0;

    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct qs_options options = {.seed = seed};
        int code = 0;

        ck_assert_int_eq(qs_run(&options, order_main, NULL, NULL), 0);
        ck_assert_int_eq(order.n, 4);
        if (!seed)
            ck_assert_str_eq(order.letters, "abcd");
        for (int i = 0; i < 4; i++)
            code = code * 4 + order.letters[i] - 'a';
        different += !seen[code];
        seen[code] = true;
    }
    ck_assert_int_eq(different, 24);
}
END_TEST

RIG_TESTS("simulation", invariants_hold_in_every_schedule, hour_passes_at_once_in_virtual_time,
          seeds_give_different_orders_and_none_is_left_out)
