/* test_faults.c - the N-th allocation, descriptor, thread or timer fails, for every N until none
 * does: once, and from then on. The functions are wrapped by the linker (ld(1), --wrap), so the
 * library is the one that is shipped. */
#include <pthread.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#include "ledger.h"

enum resource { MEMORY, DESCRIPTORS, THREADS, RENEWALS };

/* Where a signal comes once, in the middle. */
static unsigned interrupted; /* waits in which it came */
static enum { NOWHERE, BEFORE_THE_WAIT, IN_EACH_WAIT, AFTER_THE_BIRTH } signal_comes;

static struct {
    enum resource which;     /* what fails */
    unsigned at;             /* the at-th use from now, 0: none */
    bool on;                 /* and all that follow */
    unsigned uses;           /* so far */
    bool fired;              /* it has failed */
    long blocks, mapped;     /* allocated and not freed */
    volatile unsigned calls; /* of functions that allocate or free; a handler may make some */
} fault;

/* Only on the thread that tests: the threads of the pool allocate nothing of ours. */
static bool fails(enum resource which)
{
    if (which != fault.which || !fault.at)
        return false;
    fault.uses++;
    if (fault.uses != fault.at && !(fault.on && fault.fired))
        return false;
    fault.fired = true;
    return true;
}

#define WRAPPED(type, name, ...)                                                                   \
    type __real_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__);                                                               \
    type __wrap_##name(__VA_ARGS__)

WRAPPED(void *, malloc, size_t size)
{
    void *got = fails(MEMORY) ? NULL : __real_malloc(size);

    fault.calls++;
    fault.blocks += got != NULL;
    return got;
}

WRAPPED(void *, calloc, size_t n, size_t size)
{
    void *got = fails(MEMORY) ? NULL : __real_calloc(n, size);

    fault.calls++;
    fault.blocks += got != NULL;
    return got;
}

WRAPPED(void *, realloc, void *old, size_t size)
{
    void *got = fails(MEMORY) ? NULL : __real_realloc(old, size);

    fault.calls++;
    fault.blocks += got && !old;
    return got;
}

WRAPPED(void, free, void *block)
{
    fault.calls++;
    fault.blocks -= block != NULL;
    __real_free(block);
}

WRAPPED(void *, mmap, void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
    fault.calls++;
    if (fails(MEMORY)) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    fault.mapped += (long)size;
    return __real_mmap(at, size, prot, flags, fd, offset);
}

WRAPPED(int, munmap, void *at, size_t size)
{
    fault.calls++;
    fault.mapped -= (long)size;
    return __real_munmap(at, size);
}

WRAPPED(int, mprotect, void *at, size_t size, int prot)
{
    if (fails(MEMORY)) { /* it may have to split a mapping: mprotect(2), ENOMEM */
        errno = ENOMEM;
        return -1;
    }
    return __real_mprotect(at, size, prot);
}

WRAPPED(int, epoll_ctl, int epoll, int op, int fd, struct epoll_event *event)
{
    if ((op == EPOLL_CTL_ADD && fails(MEMORY)) || (op == EPOLL_CTL_MOD && fails(RENEWALS))) {
        errno = ENOMEM;
        return -1;
    }
    return __real_epoll_ctl(epoll, op, fd, event);
}

#define NO_DESCRIPTOR(call) (fails(DESCRIPTORS) ? (errno = EMFILE, -1) : (call))

WRAPPED(int, epoll_create1, int flags)
{
    return NO_DESCRIPTOR(__real_epoll_create1(flags));
}

WRAPPED(int, eventfd, unsigned value, int flags)
{
    return NO_DESCRIPTOR(__real_eventfd(value, flags));
}

WRAPPED(int, socket, int domain, int type, int protocol)
{
    return NO_DESCRIPTOR(__real_socket(domain, type, protocol));
}

WRAPPED(int, socketpair, int domain, int type, int protocol, int ends[2])
{
    return NO_DESCRIPTOR(__real_socketpair(domain, type, protocol, ends));
}

WRAPPED(int, accept4, int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
    return NO_DESCRIPTOR(__real_accept4(fd, addr, len, flags));
}

WRAPPED(int, pipe2, int ends[2], int flags)
{
    return NO_DESCRIPTOR(__real_pipe2(ends, flags));
}

WRAPPED(int, open, const char *path, int flags, mode_t mode)
{
    return NO_DESCRIPTOR(__real_open(path, flags, mode));
}

WRAPPED(long, syscall, long number, long a, long b, long c, long d, long e, long f)
{
    if (number == SYS_pidfd_open && fails(DESCRIPTORS)) {
        errno = EMFILE;
        return -1;
    }
    return __real_syscall(number, a, b, c, d, e, f);
}

WRAPPED(int, pthread_create, pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
        void *arg)
{
    return fails(THREADS) ? EAGAIN : __real_pthread_create(thread, attr, fn, arg);
}

WRAPPED(int, timer_create, clockid_t clock, struct sigevent *event, timer_t *timer)
{
    if (fails(THREADS)) {
        errno = EAGAIN;
        return -1;
    }
    return __real_timer_create(clock, event, timer);
}

WRAPPED(int, epoll_pwait2, int epoll, struct epoll_event *events, int most,
        const struct timespec *left, const sigset_t *mask)
{
    if (signal_comes == BEFORE_THE_WAIT) {
        signal_comes = NOWHERE;
        raise(SIGINT);
    }
    if (signal_comes == IN_EACH_WAIT && ++interrupted % 100) {
        errno = EINTR;
        return -1;
    }
    return __real_epoll_pwait2(epoll, events, most, left, mask);
}

WRAPPED(int, posix_spawnp, pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
        const posix_spawnattr_t *attributes, char *const *argv, char *const *env)
{
    int rc = __real_posix_spawnp(pid, file, actions, attributes, argv, env);

    if (signal_comes == AFTER_THE_BIRTH && !rc && write(rig_telling, pid, sizeof(*pid)) > 0)
        raise(SIGINT);
    return rc;
}

static const char *const names[] = {"allocation", "descriptor", "thread or timer", "renewal"};

/* Errors that may come of it. */
static bool expected(int rc)
{
    return rc >= 0 || rc == -ENOMEM || rc == -EMFILE || rc == -EAGAIN || rc == -ECANCELED;
}

/* Returns how many times something was asked for and failed. */
static unsigned every(enum resource which, bool on)
{
    struct qs_options options = {.grace_ns = 60 * QS_SECOND, .last_grace_ns = 60 * QS_SECOND};
    unsigned at = 0;

    for (;;) {
        struct ledger_process before;
        struct qs_result result = {0};
        long blocks, mapped;
        int rc;

        ledger_look(&before);
        blocks = fault.blocks;
        mapped = fault.mapped;
        fault.which = which;
        fault.on = on;
        fault.uses = 0;
        fault.fired = false;
        fault.at = ++at;
        rc = ledger_run(&options, &result);
        fault.at = 0;
        blocks = fault.blocks - blocks;
        mapped = fault.mapped - mapped;
        const char *wrong = ledger_audit(rc, &before);
        ck_assert_msg(!wrong, "%s %u%s fails: %s", names[which], at, on ? " and all after it" : "",
                      wrong);
        ck_assert_msg(!blocks && !mapped, "%s %u fails: %ld blocks and %ld mapped bytes are left",
                      names[which], at, blocks, mapped);
        ck_assert_msg(expected(rc) && expected(result.value), "%s %u fails: run %d, main %d",
                      names[which], at, rc, result.value);
        if (!fault.fired) {
            ck_assert_int_eq(rc, 0);
            ck_assert_int_eq(result.value, 0);
            return at - 1;
        }
    }
}

static void both(enum resource which, unsigned least)
{
    unsigned once, on;

    ledger.process = 1;
    ledger_run(NULL, NULL); /* what the C library allocates for good, it has now */
    once = every(which, false);
    on = every(which, true);
    if (getenv("RIG_VERBOSE"))
        fprintf(stderr, "%s: %u once, %u and all after\n", names[which], once, on);
    ck_assert_uint_ge(once, least);
    ck_assert_uint_ge(on, least);
}

START_TEST(nothing_is_lost_when_the_nth_allocation_fails)
{
    both(MEMORY, 10);
}
END_TEST

START_TEST(nothing_is_lost_when_the_nth_descriptor_cannot_be_had)
{
    both(DESCRIPTORS, 6);
}
END_TEST

START_TEST(nothing_is_lost_when_the_nth_thread_or_timer_cannot_be_had)
{
    both(THREADS, 1);
}
END_TEST

/* The limit itself, not a stand-in: no descriptor above the n-th can be had, for every n. */
START_TEST(nothing_is_lost_at_any_limit_of_descriptors)
{
    struct rlimit old, limit;
    unsigned in_use = ledger_descriptors() - 3; /* ., .. and its own */
    struct qs_result result = {0};
    int rc = -EMFILE;

    ledger.process = 1;
    ledger_run(NULL, NULL);
    getrlimit(RLIMIT_NOFILE, &old);
    for (unsigned n = 0; rc || result.value; n++) {
        struct ledger_process before;

        ledger_look(&before);
        limit = (struct rlimit){.rlim_cur = in_use + n, .rlim_max = old.rlim_max};
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
        rc = ledger_run(NULL, &result);
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
        const char *wrong = ledger_audit(rc, &before);
        ck_assert_msg(!wrong, "%u descriptors: %s", n, wrong);
        ck_assert_msg(expected(rc) && expected(result.value), "%u descriptors: run %d, main %d", n,
                      rc, result.value);
        ck_assert_uint_lt(n, 64);
    }
}
END_TEST

/* ---- Two directions of one descriptor ---------------------------------------------------------
 */

static int both_ways[2]; /* a socket that takes no more bytes, and its other end */
static char much[1 << 16];

static int read_from_it(void *arg)
{
    char byte = 'a';
    ssize_t n = qs_read(both_ways[0], &byte, 1, *(int64_t *)arg);

    fault.at = 0;
    return n < 0 ? (int)n : byte;
}

static int write_to_it(void *arg)
{
    ssize_t n = qs_write(both_ways[0], much, sizeof(much), QS_FOREVER);

    (void)arg;
    return n < 0 ? (int)n : 0;
}

/* The reader's wait ends, by a byte or by its deadline; when the registration is then renewed for
 * the writer alone, that fails. */
static int one_way_ends(int64_t deadline, bool byte)
{
    struct qs_group_options options = {.keep_going = true};
    struct qs_task reader, writer;
    struct qs_group *group;
    int rc = 0;

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, both_ways),
                     0);
    while (write(both_ways[0], much, sizeof(much)) > 0)
        ;
    ck_assert_int_eq(qs_group_open(&group, &options), 0);
    qs_spawn_task(group, &writer, "writer", write_to_it, NULL, NULL);
    qs_spawn_task(group, &reader, "reader", read_from_it, &deadline, NULL);
    ck_assert_int_eq(qs_sleep(qs_now()), 0); /* through the loop: both wait now */
    fault.which = RENEWALS;
    fault.on = fault.fired = false;
    fault.uses = 0;
    fault.at = 1;
    if (byte)
        ck_assert_int_eq(write(both_ways[1], "b", 1), 1);
    ck_assert_int_eq(qs_join(&reader, &rc, QS_FOREVER), 0);
    ck_assert_int_eq(rc, byte ? 'b' : -ETIMEDOUT);
    ck_assert_int_eq(qs_join(&writer, &rc, QS_FOREVER), 0);
    ck_assert_int_eq(rc, -ENOMEM);
    ck_assert(fault.fired);
    qs_group_close(group, NULL);
    /* And the descriptor can be waited for as before. */
    ck_assert_int_eq(qs_wait_fd(both_ways[0], QS_WRITE, qs_now()), -ETIMEDOUT);
    ck_assert_int_eq(write(both_ways[1], "c", 1), 1);
    ck_assert_int_eq(qs_wait_fd(both_ways[0], QS_READ | QS_WRITE, QS_FOREVER), QS_READ);
    close(both_ways[0]);
    close(both_ways[1]);
    return 0;
}

static int byte_comes(void *arg)
{
    (void)arg;
    return one_way_ends(QS_FOREVER, true);
}

static int deadline_comes(void *arg)
{
    (void)arg;
    return one_way_ends(qs_now() + QS_MILLISECOND, false);
}

/* A virtual clock: else the deadline could pass, on a slow machine, before both wait. */
START_TEST(waiter_is_told_when_epoll_no_longer_takes_its_direction)
{
    struct qs_options options = {.virtual_clock = true};
    struct qs_result result;

    ck_assert_int_eq(rig_run(byte_comes, NULL), 0);
    ck_assert_int_eq(qs_run(&options, deadline_comes, NULL, &result), 0);
    ck_assert_int_eq(result.value, 0);
}
END_TEST

/* signal-safety(7): a handler that comes in the middle of malloc must not call it. */
static int raise_each(void *arg)
{
    static const int signals[] = {SIGUSR1, SIGHUP, SIGCONT, SIGTERM, SIGINT};

    (void)arg;
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
        unsigned calls = fault.calls;

        raise(signals[i]);
        calls = fault.calls - calls; /* libcheck allocates, too */
        ck_assert_msg(!calls, "signal %d: %u calls", signals[i], calls);
    }
    return 0;
}

START_TEST(handler_allocates_nothing_and_frees_nothing)
{
    struct qs_event event;
    struct qs_signal signals[] = {{.signal = SIGINT},
                                  {.signal = SIGTERM},
                                  {.signal = SIGHUP, .does = QS_NOTIFY, .event = &event},
                                  {0}};
    struct qs_options options = {.signals = signals,
                                 .grace_ns = 60 * QS_SECOND,
                                 .last_grace_ns = 60 * QS_SECOND,
                                 .dump_signal = SIGUSR1,
                                 .dump_fd = open("/dev/null", O_WRONLY)};
    struct qs_result result;

    qs_event_init(&event);
    for (size_t i = 0; signals[i].signal; i++)
        signal(signals[i].signal, SIG_DFL);
    ck_assert_int_eq(qs_run(&options, raise_each, NULL, &result), 0);
    ck_assert_int_eq(result.value, 0);
    ck_assert_int_eq(result.signal, SIGTERM); /* they were all felt */
    close(options.dump_fd);
}
END_TEST

static int sleep_for_ever(void *arg)
{
    (void)arg;
    return qs_sleep(QS_FOREVER);
}

START_TEST(signal_between_the_last_look_and_the_wait_is_felt)
{
    struct qs_result result;

    if (rig_emulated())
        return; /* there, the loop waits by an older call */
    signal(SIGINT, SIG_DFL);
    signal_comes = BEFORE_THE_WAIT;
    ck_assert_int_eq(qs_run(NULL, sleep_for_ever, NULL, &result), 0);
    ck_assert_int_eq(result.value, -ECANCELED);
    ck_assert_int_eq(result.signal, SIGINT);
}
END_TEST

static int sleep_twice(void *arg)
{
    (void)arg;
    for (int i = 0; i < 2; i++) {
        int64_t until = qs_now() + 2 * QS_MILLISECOND;

        ck_assert_int_eq(qs_sleep(until), 0);
        ck_assert_int_ge(qs_now(), until);
    }
    return 0;
}

START_TEST(wait_that_is_interrupted_goes_on_to_its_end)
{
    if (rig_emulated())
        return;
    signal_comes = IN_EACH_WAIT;
    ck_assert_int_eq(rig_run(sleep_twice, NULL), 0);
    signal_comes = NOWHERE;
}
END_TEST

static int start_sleeper(void *arg)
{
    static const char *const argv[] = {"sleep", "10", NULL};
    static struct qs_process process;

    (void)arg;
    signal_comes = AFTER_THE_BIRTH;
    return qs_process_start(&process, argv, NULL);
}

static void run_birth(void)
{
    static const struct qs_signal signals[] = {{.signal = SIGINT, .steps = {3}}, {0}};
    struct qs_options options = {.signals = signals};

    qs_run(&options, start_sleeper, NULL, NULL);
}

/* The child is there, and not yet in the table that level 3 goes by. */
START_TEST(level_three_waits_for_the_birth_of_a_child)
{
    struct rig_child *child;
    pid_t grandchild;
    int status;

    if (prctl(PR_SET_CHILD_SUBREAPER, 1))
        return;
    child = rig_start(run_birth);
    ck_assert_int_eq(read(child->told, &grandchild, sizeof(grandchild)), sizeof(grandchild));
    rig_finish(child);
    RIG_DIED_BY(child, SIGINT);
    ck_assert_int_eq(waitpid(grandchild, &status, 0), grandchild);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGKILL);
    free(child);
}
END_TEST

RIG_TESTS("faults", nothing_is_lost_when_the_nth_allocation_fails,
          nothing_is_lost_when_the_nth_descriptor_cannot_be_had,
          nothing_is_lost_when_the_nth_thread_or_timer_cannot_be_had,
          nothing_is_lost_at_any_limit_of_descriptors,
          waiter_is_told_when_epoll_no_longer_takes_its_direction,
          handler_allocates_nothing_and_frees_nothing,
          signal_between_the_last_look_and_the_wait_is_felt,
          wait_that_is_interrupted_goes_on_to_its_end, level_three_waits_for_the_birth_of_a_child)
