/* ledger.h - a workload that uses every kind of wait, and an account of it: each spawn, cleanup and
 * permit, what the process was before and what it is after. Whatever happens to a run of it, the
 * account must be right. The numbers are those of the invariants in docs/quiesce.md. */
#ifndef LEDGER_H
#define LEDGER_H

#include <dirent.h>
#include <sched.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "rig.h"

#define LEDGER_JOBS  40
#define LEDGER_SLOTS 6

struct entry {
    int (*work)(struct entry *entry);
    struct qs_cleanup nodes[2]; /* armed in this order */
    unsigned armed, cleaned, finis;
    bool slot, began;
};

static struct ledger {
    struct entry entries[LEDGER_JOBS];
    unsigned spawned, running;
    unsigned cleanups_failed, reported; /* on_error calls for cleanups */
    bool cancelled;                     /* no task of the group may start any more */
    char wrong[256];                    /* the first thing that was */
    struct qs_sem sem;
    struct qs_event event;
    struct qs_channel channel;
    struct qs_cleanup closing[2]; /* of the main task: its descriptors */
    struct qs_group *group;
    int ends[2];
    struct qs_process child;
    unsigned process; /* start one, too */
} ledger;

__attribute__((format(printf, 1, 2))) static void ledger_wrong(const char *format, ...)
{
    va_list list;

    if (ledger.wrong[0])
        return;
    va_start(list, format);
    vsnprintf(ledger.wrong, sizeof(ledger.wrong), format, list);
    va_end(list);
}

static int ledger_sleep(int64_t ns)
{
    int64_t until = qs_now() + ns;
    int rc = qs_sleep(until);

    if (!rc && qs_now() < until)
        ledger_wrong("8: a sleep that was not cancelled has ended early");
    return rc;
}

/* Invariants 2 and 3: last armed first, each once; this one fails, and the next must run all the
 * same. It waits under a shield, too. */
static int ledger_clean_last(void *arg)
{
    struct entry *entry = arg;
    struct qs_shield shield;

    if (entry->cleaned != 0)
        ledger_wrong("2: a cleanup is out of order");
    entry->cleaned++;
    qs_shield_begin(&shield, qs_now() + QS_SECOND);
    ledger_sleep(10 * QS_MICROSECOND);
    qs_shield_end(&shield);
    ledger.cleanups_failed++;
    return -EIO;
}

static int ledger_clean_first(void *arg)
{
    struct entry *entry = arg;

    if (entry->cleaned != entry->armed - 1)
        ledger_wrong("2: a cleanup is out of order, or one was skipped");
    entry->cleaned++;
    return 0;
}

static int ledger_body(void *arg)
{
    struct entry *entry = arg;
    int rc;

    entry->began = true;
    if (ledger.cancelled && entry->slot)
        ledger_wrong("4: a task started after its group was cancelled");
    if (entry->slot && ++ledger.running > LEDGER_SLOTS)
        ledger_wrong("5: more tasks than slots");
    rc = qs_defer(&entry->nodes[0], "first", ledger_clean_first, entry);
    if (!rc)
        entry->armed++;
    if (!rc && !(rc = qs_defer(&entry->nodes[1], "last", ledger_clean_last, entry)))
        entry->armed++;
    return rc ? rc : entry->work(entry);
}

/* Invariant 1; and 2: cleanups, then fini, then the slot is freed. */
static void ledger_fini(void *arg, int rc)
{
    struct entry *entry = arg;

    if (++entry->finis != 1)
        ledger_wrong("1: a second fini");
    if (entry->cleaned != entry->armed)
        ledger_wrong("2: fini before the cleanups");
    if (!entry->began && rc >= 0)
        ledger_wrong("1: a task that never began has succeeded");
    if (entry->began && entry->slot)
        ledger.running--;
}

static struct entry *ledger_entry(int (*work)(struct entry *), bool slot)
{
    struct entry *entry = &ledger.entries[ledger.spawned++];

    if (ledger.spawned > LEDGER_JOBS)
        abort(); /* not by libcheck, which allocates */
    *entry = (struct entry){.work = work, .slot = slot};
    return entry;
}

static void ledger_spawn(struct qs_group *group, int (*work)(struct entry *), bool slot)
{
    qs_spawn(group, "job", ledger_body, ledger_entry(work, slot), ledger_fini);
}

static void ledger_error(void *ctx, uint64_t id, const char *task, const char *cleanup, int error)
{
    (void)ctx;
    (void)id;
    (void)task;
    if (cleanup && error == -EIO)
        ledger.reported++;
}

/* ---- The jobs -------------------------------------------------------------------------------- */

static int work_sleep(struct entry *entry)
{
    (void)entry;
    return ledger_sleep(50 * QS_MICROSECOND);
}

static int work_sem(struct entry *entry)
{
    int rc = qs_acquire(&ledger.sem, QS_FOREVER);

    (void)entry;
    if (rc)
        return rc;
    rc = qs_yield();
    qs_release(&ledger.sem);
    return rc;
}

static int work_send(struct entry *entry)
{
    int item = 7;

    (void)entry;
    return qs_send(&ledger.channel, &item, QS_FOREVER);
}

static int work_receive(struct entry *entry)
{
    int item = 1, rc = qs_receive(&ledger.channel, &item, QS_FOREVER);

    (void)entry;
    if (rc ? item != 1 : item != 7) /* 8 */
        ledger_wrong("8: a receive that failed has changed the item, or one that did not has not");
    return rc;
}

static int work_await(struct entry *entry)
{
    (void)entry;
    return qs_event_wait(&ledger.event, QS_FOREVER);
}

static int work_set(struct entry *entry)
{
    int rc = ledger_sleep(30 * QS_MICROSECOND);

    (void)entry;
    if (!rc)
        qs_event_set(&ledger.event);
    return rc;
}

static int work_write(struct entry *entry)
{
    ssize_t n = qs_write(ledger.ends[0], "b", 1, QS_FOREVER);

    (void)entry;
    return n < 0 ? (int)n : 0;
}

static int work_read(struct entry *entry)
{
    char byte = 'a';
    ssize_t n = qs_read(ledger.ends[1], &byte, 1, QS_FOREVER);

    (void)entry;
    if (n == 1 ? byte != 'b' : byte != 'a')
        ledger_wrong("8: a read that failed has moved a byte");
    return n < 0 ? (int)n : 0;
}

static int sleep_long(void *arg)
{
    (void)arg;
    return qs_sleep(qs_now() + 60 * QS_SECOND);
}

static int work_timeout(struct entry *entry)
{
    int rc = qs_within(qs_now() + 20 * QS_MICROSECOND, sleep_long, NULL);

    (void)entry;
    return rc == -ETIMEDOUT ? 0 : rc;
}

static int sleep_short(void *arg)
{
    (void)arg;
    return ledger_sleep(10 * QS_MICROSECOND);
}

static int work_gather(struct entry *entry)
{
    struct qs_call calls[] = {{.fn = sleep_short}, {.fn = sleep_short}};

    (void)entry;
    return qs_gather(calls, 2, NULL, NULL);
}

static int work_first(struct entry *entry)
{
    struct qs_call calls[] = {{.fn = sleep_short}, {.fn = sleep_long}};
    int rc = qs_first(calls, 2, NULL, NULL);

    (void)entry;
    return rc < 0 ? rc : 0;
}

/* Invariant 7: when a group is closed, all its tasks are done. */
static int work_nested(struct entry *entry)
{
    struct qs_group_options options = {.on_error = ledger_error};
    unsigned from = ledger.spawned, to = from + 2;
    struct qs_group *group;
    int rc = qs_group_open(&group, &options);

    (void)entry;
    if (rc)
        return rc;
    ledger_spawn(group, work_sleep, false);
    ledger_spawn(group, work_sem, false);
    rc = qs_group_close(group, NULL);
    for (unsigned i = from; i < to; i++)
        if (ledger.entries[i].finis != 1)
            ledger_wrong("7: a group was closed before its tasks were done");
    return rc == -EIO ? 0 : rc; /* its cleanups fail on purpose */
}

static int offloaded(void *arg, const struct qs_job *job)
{
    (void)job;
    *(int *)arg = 5;
    return 3;
}

static int work_offload(struct entry *entry)
{
    int done = 0, rc, got = 0;

    (void)entry;
    rc = qs_offload(offloaded, &done, &got);
    if (rc ? done != 0 : done != 5 || got != 3)
        ledger_wrong("8: offload returned %d, and its function %d", rc, got);
    return rc;
}

/* With a pipe and /dev/null, which need descriptors of their own. */
static int work_process(struct entry *entry)
{
    static const char *const argv[] = {"echo", "x", NULL};
    struct qs_process_options options = {.in = QS_NULL, .out = QS_PIPE};
    char byte = 'a';
    int rc = qs_process_start(&ledger.child, argv, &options);
    ssize_t n;

    (void)entry;
    if (rc)
        return rc;
    n = qs_read(ledger.child.out, &byte, 1, QS_FOREVER);
    if (n == 1 ? byte != 'x' : byte != 'a')
        ledger_wrong("8: a read that failed has moved a byte");
    rc = n < 0 ? (int)n : qs_process_wait(&ledger.child, QS_FOREVER);
    qs_process_end(&ledger.child);
    return rc;
}

static int connect_to(void *arg)
{
    struct sockaddr_un *name = arg;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), rc;

    if (fd < 0)
        return -errno;
    rc = qs_connect(fd, (struct sockaddr *)name, sizeof(*name), QS_FOREVER);
    close(fd);
    return rc;
}

/* A connection to ourselves, under a name that no file has. */
static int work_connect(struct entry *entry)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    struct qs_call calls[] = {{.fn = connect_to, .arg = &name}};
    int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), fd, rc = 0;

    (void)entry;
    if (listening < 0)
        return -errno;
    snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "quiesce-ledger-%d", (int)getpid());
    if (bind(listening, (struct sockaddr *)&name, sizeof(name)) || listen(listening, 1))
        rc = -errno;
    if (!rc)
        rc = qs_gather(calls, 1, NULL, NULL);
    if (!rc) {
        fd = qs_accept(listening, NULL, NULL, 0, QS_FOREVER);
        if (fd >= 0)
            close(fd);
        rc = fd < 0 ? fd : 0;
    }
    close(listening);
    return rc;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static int close_end(void *arg)
{
    return close(*(int *)arg) ? -errno : 0;
}

static int ledger_main(void *arg)
{
    static int (*const jobs[])(struct entry *) = {
        work_send,    work_await, work_read,    work_sem,   work_sem,    work_nested,
        work_receive, work_set,   work_write,   work_sleep, work_sleep,  work_timeout,
        work_gather,  work_first, work_offload, work_sem,   work_connect};
    struct qs_group_options options = {.slots = LEDGER_SLOTS, .on_error = ledger_error};
    int rc;

    (void)arg;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ledger.ends))
        return -errno;
    qs_defer(&ledger.closing[0], "end", close_end, &ledger.ends[0]);
    qs_defer(&ledger.closing[1], "end", close_end, &ledger.ends[1]);
    qs_sem_init(&ledger.sem, 1);
    qs_event_init(&ledger.event);
    qs_channel_init(&ledger.channel, sizeof(int), NULL, 0);
    rc = qs_group_open(&ledger.group, &options);
    if (rc)
        return rc;
    for (size_t i = 0; i < sizeof(jobs) / sizeof(*jobs); i++)
        ledger_spawn(ledger.group, jobs[i], true);
    if (ledger.process)
        ledger_spawn(ledger.group, work_process, true);
    rc = qs_group_close(ledger.group, NULL);
    return rc == -EIO ? 0 : rc;
}

static unsigned ledger_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned n = 0;

    ck_assert_ptr_nonnull(dir);
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

/* What a run must leave as it was: invariant 10. */
struct ledger_process {
    unsigned descriptors, threads;
    struct sigaction actions[32];
    sigset_t mask;
    stack_t stack;
};

static unsigned ledger_threads(void)
{
    DIR *dir = opendir("/proc/self/task");
    unsigned n = 0;

    ck_assert_ptr_nonnull(dir);
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static void ledger_look(struct ledger_process *process)
{
    memset(process, 0, sizeof(*process));
    process->descriptors = ledger_descriptors();
    process->threads = ledger_threads();
    for (int i = 1; i < 32; i++)
        sigaction(i, NULL, &process->actions[i]);
    sigprocmask(SIG_BLOCK, NULL, &process->mask);
    sigaltstack(NULL, &process->stack);
}

/* A thread that was joined is gone a moment later only: the kernel tells pthread_join(3) first. So
 * those that are leaving are waited for; one that stays for long was left. */
static unsigned ledger_threads_once_at_most(unsigned most)
{
    int64_t give_up = qs_now() + 20 * QS_SECOND;
    unsigned n;

    while ((n = ledger_threads()) > most && qs_now() < give_up)
        sched_yield();
    return n;
}

/* Runs the workload once. What the run returned; what main did, in *value. */
static int ledger_run(const struct qs_options *options, struct qs_result *result)
{
    unsigned process = ledger.process;

    memset(&ledger, 0, sizeof(ledger));
    ledger.process = process;
    return qs_run(options, ledger_main, NULL, result);
}

/* Says what is wrong with the account, NULL: nothing. */
static const char *ledger_audit(int rc, const struct ledger_process *before)
{
    struct ledger_process after;

    for (unsigned i = 0; i < ledger.spawned; i++) {
        const struct entry *entry = &ledger.entries[i];

        if (entry->finis != 1)
            ledger_wrong("1: task %u has had %u finis", i, entry->finis);
        if (entry->cleaned != entry->armed)
            ledger_wrong("2: task %u: %u of %u cleanups", i, entry->cleaned, entry->armed);
    }
    if (ledger.cleanups_failed != ledger.reported)
        ledger_wrong("3: %u cleanups failed, %u reported", ledger.cleanups_failed, ledger.reported);
    if (!rc && ledger.spawned && qs_sem_free(&ledger.sem) != 1)
        ledger_wrong("5: the permit is lost");
    if (ledger.running)
        ledger_wrong("7: the run ended before %u tasks", ledger.running);
    ledger_look(&after);
    if (after.descriptors != before->descriptors)
        ledger_wrong("10: %u descriptors, not %u", after.descriptors, before->descriptors);
    after.threads = ledger_threads_once_at_most(before->threads);
    if (after.threads > before->threads)
        ledger_wrong("10: %u threads, not %u", after.threads, before->threads);
    for (int i = 1; i < 32; i++)
        if (after.actions[i].sa_handler != before->actions[i].sa_handler)
            ledger_wrong("10: the action of signal %d is another one", i);
    if (memcmp(&after.mask, &before->mask, sizeof(after.mask)))
        ledger_wrong("10: the signal mask is another one");
    /* A disabled one has no address: the kernel says NULL, and valgrind what the last one had. */
    if (after.stack.ss_flags != before->stack.ss_flags ||
        (!(after.stack.ss_flags & SS_DISABLE) && after.stack.ss_sp != before->stack.ss_sp))
        ledger_wrong("10: the alternate stack is another one: %p %x, not %p %x", after.stack.ss_sp,
                     (unsigned)after.stack.ss_flags, before->stack.ss_sp,
                     (unsigned)before->stack.ss_flags);
    return ledger.wrong[0] ? ledger.wrong : NULL;
}

#endif
