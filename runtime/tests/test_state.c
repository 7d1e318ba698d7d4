/* test_state.c - what a snapshot says of a task in each state. */
#include "rig.h"

static struct qs_sem sem;
static struct qs_event event;
static struct qs_channel channel;
static struct qs_task handle;
static struct qs_cleanup node;
static int pipes[2], full[2];
static pid_t pid;
static struct qs_task_info in_fini;

static bool look(uint64_t id, struct qs_task_info *out)
{
    struct qs_task_info info[32];
    size_t n = qs_snapshot(info, 32);

    ck_assert_uint_le(n, 32);
    for (size_t i = 0; i < n; i++)
        if (info[i].id == id) {
            *out = info[i];
            return true;
        }
    return false;
}

static int in_sem(void *arg)
{
    (void)arg;
    return qs_acquire(&sem, QS_FOREVER);
}

static int in_event(void *arg)
{
    (void)arg;
    return qs_event_wait(&event, QS_FOREVER);
}

static int in_sleep(void *arg)
{
    (void)arg;
    return qs_sleep(QS_FOREVER);
}

static int in_fd(void *arg)
{
    (void)arg;
    return qs_wait_fd(pipes[0], QS_READ, QS_FOREVER);
}

static int in_read(void *arg)
{
    char byte;

    (void)arg;
    return (int)qs_read(pipes[0], &byte, 1, QS_FOREVER);
}

static int in_write(void *arg)
{
    (void)arg;
    return (int)qs_write(full[1], "x", 1, QS_FOREVER);
}

static int in_child(void *arg)
{
    (void)arg;
    return qs_wait_child(pid, NULL, QS_FOREVER);
}

static int in_join(void *arg)
{
    (void)arg;
    return qs_join(&handle, NULL, QS_FOREVER);
}

static int in_send(void *arg)
{
    (void)arg;
    return qs_send(&channel, "x", QS_FOREVER);
}

static int in_receive(void *arg)
{
    char byte;

    (void)arg;
    return qs_receive(&channel, &byte, QS_FOREVER);
}

static int in_group(void *arg)
{
    struct qs_group *group;

    (void)arg;
    qs_group_open(&group, NULL);
    qs_spawn(group, NULL, in_sleep, NULL, NULL);
    return qs_group_close(group, NULL);
}

static void expect(qs_task_fn *fn, enum qs_state state, const char *waits)
{
    struct qs_task_info info;
    struct qs_task task;
    struct qs_group *group;
    int64_t id;

    ck_assert_int_eq(qs_group_open(&group, NULL), 0);
    qs_spawn_task(group, &task, "it", fn, NULL, NULL);
    for (id = qs_self() + 1; !look((uint64_t)id, &info) || strcmp(info.name, "it"); id++)
        ;
    ck_assert_int_eq(info.state, QS_READY); /* it has a slot, and has not begun */
    ck_assert(!info.started);
    qs_yield();
    qs_yield(); /* what it spawns begins, too */
    ck_assert(look((uint64_t)id, &info));
    ck_assert_msg(info.state == state && info.waits && !strcmp(info.waits, waits),
                  "state %d, waits for %s, not %s", info.state, info.waits, waits);
    ck_assert(info.started);
    ck_assert(!info.cancelled);
    qs_group_cancel(group);
    ck_assert(look((uint64_t)id, &info));
    ck_assert(info.cancelled);
    ck_assert_int_eq(info.state, strcmp(waits, "group") ? QS_READY : QS_WAITING);
    qs_group_close(group, NULL);
    ck_assert(!look((uint64_t)id, &info)); /* there is nothing of it any more */
}

static int waits_main(void *arg)
{
    struct qs_group *group;
    char much[4096] = "";

    (void)arg;
    qs_sem_init(&sem, 1);
    qs_event_init(&event);
    qs_channel_init(&channel, 1, NULL, 0);
    ck_assert_int_eq(qs_acquire(&sem, QS_FOREVER), 0);
    fcntl(full[1], F_SETFL, O_NONBLOCK);
    while (write(full[1], much, sizeof(much)) > 0)
        ;
    qs_group_open(&group, NULL);
    qs_spawn_task(group, &handle, "other", in_sleep, NULL, NULL);
    qs_yield();
    expect(in_sem, QS_SEM_WAIT, "semaphore");
    expect(in_event, QS_WAITING, "event");
    expect(in_sleep, QS_WAITING, "sleep");
    expect(in_fd, QS_WAITING, "fd");
    expect(in_read, QS_WAITING, "read");
    expect(in_write, QS_WAITING, "write");
    expect(in_join, QS_WAITING, "task");
    expect(in_send, QS_WAITING, "send");
    expect(in_receive, QS_WAITING, "receive");
    expect(in_group, QS_WAITING, "group");
    if (!getenv("LD_PRELOAD")) /* valgrind may have no pidfds: then it sleeps, and looks */
        expect(in_child, QS_WAITING, "child");
    qs_group_cancel(group);
    qs_group_close(group, NULL);
    return 0;
}

START_TEST(snapshot_names_what_each_task_waits_for)
{
    ck_assert_int_eq(pipe(pipes) | pipe(full), 0);
    pid = fork();
    if (!pid) {
        pause();
        _exit(0);
    }
    rig_run(waits_main, NULL);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    for (int i = 0; i < 2; i++) {
        close(pipes[i]);
        close(full[i]);
    }
}
END_TEST

static int clean(void *arg)
{
    struct qs_task_info info;
    struct qs_shield shield;

    (void)arg;
    ck_assert(look((uint64_t)qs_self(), &info));
    ck_assert_int_eq(info.state, QS_CLEANING);
    ck_assert_str_eq(info.cleanup, "node");
    ck_assert_ptr_null(info.waits);
    ck_assert(info.cancelled);
    ck_assert(!info.shielded);
    qs_shield_begin(&shield, qs_now() + 60 * QS_SECOND);
    qs_event_wait(&event, QS_FOREVER);
    qs_shield_end(&shield);
    return 0;
}

static void fini(void *arg, int rc)
{
    (void)arg;
    (void)rc;
    ck_assert(look((uint64_t)qs_self(), &in_fini));
}

static int life(void *arg)
{
    struct qs_task_info info;

    (void)arg;
    ck_assert(look((uint64_t)qs_self(), &info));
    ck_assert_int_eq(info.state, QS_RUNNING);
    ck_assert_ptr_null(info.waits);
    qs_defer(&node, "node", clean, NULL);
    return qs_sleep(QS_FOREVER);
}

static int life_main(void *arg)
{
    struct qs_group_options options = {.slots = 1};
    struct qs_task_info info;
    struct qs_group *group;

    (void)arg;
    qs_event_init(&event);
    qs_group_open(&group, &options);
    qs_spawn(group, "one", life, NULL, fini);
    qs_spawn(group, "two", life, NULL, NULL);
    ck_assert(look(0, &info));
    ck_assert_int_eq(info.state, QS_RUNNING);
    ck_assert(look(1, &info));
    ck_assert_int_eq(info.state, QS_READY);
    ck_assert(look(2, &info));
    ck_assert_int_eq(info.state, QS_QUEUED);
    ck_assert(!info.started);
    qs_yield();
    qs_group_cancel(group);
    ck_assert(!look(2, &info));
    qs_yield();
    ck_assert(look(1, &info)); /* its cleanup waits */
    ck_assert_int_eq(info.state, QS_CLEANING);
    ck_assert_str_eq(info.waits, "event");
    ck_assert_str_eq(info.cleanup, "node");
    ck_assert(info.shielded);
    qs_event_set(&event);
    qs_group_close(group, NULL);
    ck_assert_uint_eq(in_fini.id, 1);
    ck_assert_int_eq(in_fini.state, QS_DONE);
    ck_assert(!in_fini.started);
    return 0;
}

START_TEST(snapshot_follows_a_task_from_queued_to_done)
{
    memset(&node, 0, sizeof(node));
    rig_run(life_main, NULL);
}
END_TEST

RIG_TESTS("state", snapshot_names_what_each_task_waits_for,
          snapshot_follows_a_task_from_queued_to_done)
