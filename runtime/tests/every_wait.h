/* every_wait.h - each wait that there is, used by two tasks that keep accounts: when both are done,
 * wherever either was cancelled, what the waits returned must be what has happened. */
#ifndef EVERY_WAIT_H
#define EVERY_WAIT_H

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "quiesce.h"

#define ROUNDS 3
#define WRONG  77 /* a side's result when it has seen something that must not be */

/* Two sides of a wait. Uncancelled, both end by themselves; if one is cancelled, the other may wait
 * for ever. */
struct use {
    const char *name;
    int (*set_up)(void); /* 0 or WRONG */
    qs_task_fn *here;    /* they return 0, WRONG, or -ECANCELED */
    qs_task_fn *there;   /* may be NULL */
    /* Called when both are done: NULL, or what is wrong. here, there: what they returned. */
    const char *(*judge)(int here, int there);
    bool polls; /* it takes descriptors or timers, so nothing happens between two turns of the loop
                 */
    bool slow;  /* it takes so many turns that not each is tried */
};

/* ---- semaphore ------------------------------------------------------------------------------- */

static struct qs_sem use_sem;
static int holders;

static int sem_set_up(void)
{
    holders = 0;
    return qs_sem_init(&use_sem, 1);
}

static int sem_side(void *arg)
{
    int rc = 0;

    (void)arg;
    for (int i = 0; i < ROUNDS && !rc; i++) {
        rc = qs_acquire(&use_sem, QS_FOREVER);
        if (rc)
            break;
        if (++holders > 1)
            return WRONG;
        rc = qs_yield(); /* while the other one waits */
        holders--;
        qs_release(&use_sem);
    }
    return rc;
}

static const char *sem_judge(int here, int there)
{
    (void)here;
    (void)there;
    if (use_sem.waiters.next != &use_sem.waiters || use_sem.started)
        return "a waiter was left";
    return qs_sem_free(&use_sem) == 1 ? NULL : "a permit is missing";
}

/* ---- channel --------------------------------------------------------------------------------- */

static struct channel_use {
    struct qs_channel channel;
    int room[2];
    int sent, received; /* items */
} unbuffered, bounded;

static int channel_start(struct channel_use *use, size_t room)
{
    use->sent = use->received = 0;
    return qs_channel_init(&use->channel, sizeof(int), use->room, room);
}

static int unbuffered_set_up(void)
{
    return channel_start(&unbuffered, 0);
}

static int bounded_set_up(void)
{
    return channel_start(&bounded, 2);
}

static int sender(struct channel_use *use)
{
    int rc = 0;

    for (int i = 1; i <= 2 * ROUNDS && !rc; i++) {
        int item = i;

        rc = qs_send(&use->channel, &item, QS_FOREVER);
        item = -1; /* the copy is what counts */
        if (!rc)
            use->sent++;
    }
    if (!rc && qs_channel_close(&use->channel))
        return WRONG;
    return rc;
}

static int receiver(struct channel_use *use)
{
    int rc, item = 0;

    while (!(rc = qs_receive(&use->channel, &item, QS_FOREVER)))
        if (item != ++use->received)
            return WRONG;
    if (item != use->received) /* touched, though nothing was received */
        return WRONG;
    return rc == -EPIPE ? 0 : rc;
}

static const char *channel_judge(const struct channel_use *use)
{
    const struct qs_channel *channel = &use->channel;

    if (channel->senders.next != &channel->senders ||
        channel->receivers.next != &channel->receivers)
        return "a waiter was left";
    return use->sent == use->received + (int)channel->held ? NULL
                                                           : "an item is missing, or one too many";
}

static int unbuffered_here(void *arg)
{
    (void)arg;
    return sender(&unbuffered);
}

static int unbuffered_there(void *arg)
{
    (void)arg;
    return receiver(&unbuffered);
}

static const char *unbuffered_judge(int here, int there)
{
    (void)here;
    (void)there;
    return channel_judge(&unbuffered);
}

static int bounded_here(void *arg)
{
    (void)arg;
    return sender(&bounded);
}

static int bounded_there(void *arg)
{
    (void)arg;
    return receiver(&bounded);
}

static const char *bounded_judge(int here, int there)
{
    (void)here;
    (void)there;
    return channel_judge(&bounded);
}

/* ---- event ----------------------------------------------------------------------------------- */

static struct qs_event call, answer;

static int event_set_up(void)
{
    qs_event_init(&call);
    qs_event_init(&answer);
    return 0;
}

static int event_here(void *arg)
{
    int rc = 0;

    (void)arg;
    for (int i = 0; i < ROUNDS && !rc; i++) {
        qs_event_set(&call);
        rc = qs_event_wait(&answer, QS_FOREVER);
        qs_event_reset(&answer);
    }
    return rc;
}

static int event_there(void *arg)
{
    int rc = 0;

    (void)arg;
    for (int i = 0; i < ROUNDS && !rc; i++) {
        rc = qs_event_wait(&call, QS_FOREVER);
        qs_event_reset(&call);
        if (!rc)
            qs_event_set(&answer);
    }
    return rc;
}

static const char *event_judge(int here, int there)
{
    (void)here;
    (void)there;
    return call.waiters.next == &call.waiters && answer.waiters.next == &answer.waiters
               ? NULL
               : "a waiter was left";
}

/* ---- read and write -------------------------------------------------------------------------- */

#define MUCH 100000 /* more than a pipe holds */

static int bytes[2], written, got;

static int bytes_set_up(void)
{
    written = got = 0;
    return pipe(bytes) ? WRONG : 0;
}

static int bytes_here(void *arg)
{
    static char much[MUCH];

    (void)arg;
    while (written < MUCH) {
        ssize_t n = qs_write(bytes[1], much, (size_t)(MUCH - written), QS_FOREVER);

        if (n <= 0)
            return n ? (int)n : WRONG;
        written += (int)n;
    }
    return 0;
}

static int bytes_there(void *arg)
{
    char buf[30000];

    (void)arg;
    while (got < MUCH) {
        ssize_t n = qs_read(bytes[0], buf, sizeof(buf), QS_FOREVER);

        if (n <= 0)
            return n ? (int)n : WRONG;
        got += (int)n;
    }
    return 0;
}

static const char *bytes_judge(int here, int there)
{
    char buf[4096];

    (void)here;
    (void)there;
    fcntl(bytes[0], F_SETFL, O_NONBLOCK); /* a child may have the other end, too */
    close(bytes[1]);
    for (ssize_t n; (n = read(bytes[0], buf, sizeof(buf))) > 0 || (n < 0 && errno == EINTR);)
        got += n > 0 ? (int)n : 0;
    close(bytes[0]);
    return written == got ? NULL : "bytes are missing, or too many";
}

/* ---- accept and connect ---------------------------------------------------------------------- */

static int listener, connected, accepted;
static struct sockaddr_un address;
static socklen_t address_len;

static int socket_set_up(void)
{
    connected = accepted = 0;
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    address = (struct sockaddr_un){.sun_family = AF_UNIX};
    address_len = sizeof(address);
    /* Only a family: the kernel gives it a name of its own, unix(7), "Autobind". A short queue, so
     * that connecting waits, too. */
    return listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(sa_family_t)) ||
                   listen(listener, 1) ||
                   getsockname(listener, (struct sockaddr *)&address, &address_len)
               ? WRONG
               : 0;
}

static int socket_here(void *arg)
{
    int rc = 0;

    (void)arg;
    for (int i = 0; i < 2 * ROUNDS && !rc; i++) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0)
            return WRONG;
        rc = qs_connect(fd, (struct sockaddr *)&address, address_len, QS_FOREVER);
        if (!rc)
            connected++;
        close(fd);
    }
    return rc;
}

static int socket_there(void *arg)
{
    (void)arg;
    for (int i = 0; i < 2 * ROUNDS; i++) {
        int fd = qs_accept(listener, NULL, NULL, 0, QS_FOREVER);

        if (fd < 0)
            return fd;
        accepted++;
        close(fd);
    }
    return 0;
}

static const char *socket_judge(int here, int there)
{
    (void)here;
    (void)there;
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0 || errno == EINTR;) {
        accepted += fd >= 0;
        close(fd);
    }
    close(listener);
    return connected == accepted ? NULL : "a connection is missing, or one too many";
}

/* ---- child process --------------------------------------------------------------------------- */

static pid_t child_pid;
static int child_pipe[2];

static int child_set_up(void)
{
    char byte;

    if (pipe(child_pipe))
        return WRONG;
    child_pid = fork();
    if (child_pid)
        return child_pid < 0 ? WRONG : 0;
    close(child_pipe[1]);
    while (read(child_pipe[0], &byte, 1) < 0)
        ;
    _exit(7);
}

static int child_here(void *arg)
{
    int status = -1, rc = qs_wait_child(child_pid, &status, QS_FOREVER);

    (void)arg;
    if (rc)
        return status == -1 ? rc : WRONG;
    return WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 0 : WRONG;
}

static int child_there(void *arg)
{
    int rc = qs_yield();

    (void)arg;
    if (!rc) {
        close(child_pipe[1]);
        child_pipe[1] = -1;
    }
    return rc;
}

static const char *child_judge(int here, int there)
{
    pid_t pid;

    (void)there;
    close(child_pipe[0]);
    if (child_pipe[1] >= 0)
        close(child_pipe[1]);
    while ((pid = waitpid(child_pid, NULL, 0)) < 0 && errno == EINTR)
        ;
    return pid == (here ? child_pid : -1) ? NULL
                                          : "reaped though cancelled, or the other way round";
}

/* ---- join ------------------------------------------------------------------------------------ */

static struct qs_task use_tasks[2]; /* handles of the two sides, here and there */

static int join_here(void *arg)
{
    int told = WRONG, rc = qs_join(&use_tasks[1], &told, QS_FOREVER);

    (void)arg;
    if (rc)
        return told == WRONG ? rc : WRONG;
    return told == 0 || told == -ECANCELED ? 0 : WRONG;
}

static int join_there(void *arg)
{
    int rc = 0;

    (void)arg;
    for (int i = 0; i < ROUNDS && !rc; i++)
        rc = qs_yield();
    return rc;
}

static const char *join_judge(int here, int there)
{
    (void)here;
    (void)there;
    return use_tasks[1].waiters.next == &use_tasks[1].waiters ? NULL : "a waiter was left";
}

/* ---- gather and first-of --------------------------------------------------------------------- */

static int finished[2]; /* calls that came to their end, of gather and of first */

static int yields(int n)
{
    int rc = 0;

    for (int i = 0; i < n && !rc; i++)
        rc = qs_yield();
    return rc;
}

static int gather_call(void *arg)
{
    int rc = yields((int)(intptr_t)arg);

    finished[0] += !rc;
    return rc ? rc : 10 + (int)(intptr_t)arg;
}

static int first_call(void *arg)
{
    int rc = yields((int)(intptr_t)arg);

    finished[1] += !rc;
    return rc ? rc : 10 + (int)(intptr_t)arg;
}

/* Whether each call says that it finished, or that it was cancelled, and as many did finish. */
static bool calls_agree(const struct qs_call *calls, int n, int ended)
{
    for (int i = 0; i < n; i++)
        if (calls[i].rc == 10 + (int)(intptr_t)calls[i].arg)
            ended--;
        else if (calls[i].rc != -ECANCELED)
            return false;
    return ended == 0;
}

static int gather_here(void *arg)
{
    struct qs_group_options options = {.slots = 2};
    struct qs_call calls[3];
    int rc;

    (void)arg;
    finished[0] = 0;
    for (intptr_t i = 0; i < 3; i++)
        calls[i] = (struct qs_call){.fn = gather_call, .arg = (void *)(3 - i), .rc = WRONG};
    rc = qs_gather(calls, 3, &options, NULL);
    if (!calls_agree(calls, 3, finished[0]) || (rc == 0) != (finished[0] == 3))
        return WRONG;
    return rc;
}

static int first_here(void *arg)
{
    struct qs_call calls[3];
    int rc;

    (void)arg;
    finished[1] = 0;
    for (intptr_t i = 0; i < 3; i++)
        calls[i] = (struct qs_call){.fn = first_call, .arg = (void *)(4 - i), .rc = WRONG};
    rc = qs_first(calls, 3, NULL, NULL);
    if (!calls_agree(calls, 3, finished[1]) || (rc >= 0) != (finished[1] > 0) ||
        (rc >= 0 && calls[rc].rc < 0))
        return WRONG;
    return rc < 0 ? rc : 0;
}

/* ---- timeout --------------------------------------------------------------------------------- */

static struct qs_event never;

static int timeout_set_up(void)
{
    qs_event_init(&never);
    return 0;
}

static int wait_for_never(void *arg)
{
    int rc = qs_event_wait(&never, QS_FOREVER);

    (void)arg;
    return rc == -ECANCELED && qs_yield() == -ECANCELED ? rc : WRONG; /* each wait says so */
}

static int timeout_here(void *arg)
{
    int rc = qs_within(qs_now() + 50 * QS_MICROSECOND, wait_for_never, NULL);

    (void)arg;
    if (rc == -ETIMEDOUT) /* and it is over with that, unless the task was cancelled since */
        return qs_yield();
    return rc == -ECANCELED && qs_cancelled() ? rc : WRONG;
}

static const char *timeout_judge(int here, int there)
{
    (void)here;
    (void)there;
    return never.waiters.next == &never.waiters ? NULL : "a waiter was left";
}

/* ---- scope ----------------------------------------------------------------------------------- */

static struct qs_sem scope_sem;
static struct qs_scope scopes[2];
static int held_by_scopes, acquired, released;

static int scope_acquire(void *arg)
{
    int rc = qs_acquire(&scope_sem, QS_FOREVER);

    (void)arg;
    if (!rc) {
        acquired++;
        held_by_scopes++;
    }
    return rc;
}

static int scope_release(void *arg)
{
    int rc = qs_yield(); /* shielded, so it works */

    (void)arg;
    released++;
    held_by_scopes--;
    qs_release(&scope_sem);
    return rc;
}

static const struct qs_resource scoped = {.name = "permit",
                                          .acquire = scope_acquire,
                                          .release = scope_release,
                                          .release_ns = 60 * QS_SECOND};

static int scope_set_up(void)
{
    memset(scopes, 0, sizeof(scopes));
    held_by_scopes = acquired = released = 0;
    return qs_sem_init(&scope_sem, 1);
}

static int in_scope(void *arg)
{
    (void)arg;
    return held_by_scopes == 1 ? qs_yield() : WRONG;
}

static int scope_side(struct qs_scope *scope)
{
    int rc = 0;

    for (int i = 0; i < ROUNDS && !rc; i++) {
        rc = qs_enter(scope, &scoped, NULL);
        if (!rc)
            rc = in_scope(NULL);
        if (rc) /* the task's end will leave it */
            break;
        rc = qs_leave(scope);
        if (!rc)
            rc = qs_with(&scoped, NULL, in_scope, NULL);
    }
    return rc;
}

static int scope_here(void *arg)
{
    (void)arg;
    return scope_side(&scopes[0]);
}

static int scope_there(void *arg)
{
    (void)arg;
    return scope_side(&scopes[1]);
}

static const char *scope_judge(int here, int there)
{
    (void)here;
    (void)there;
    if (acquired != released || held_by_scopes)
        return "not released once for each time it was acquired";
    return qs_sem_free(&scope_sem) == 1 ? NULL : "a permit is missing";
}

/* ---- group and sleep ------------------------------------------------------------------------- */

static int spawned, group_finis;

static int group_set_up(void)
{
    spawned = group_finis = 0;
    return 0;
}

static int group_task(void *arg)
{
    (void)arg;
    return qs_sleep(qs_now());
}

static void group_fini(void *arg, int rc)
{
    (void)arg;
    (void)rc;
    group_finis++;
}

static int group_here(void *arg)
{
    struct qs_group_options options = {.slots = 1};
    struct qs_report report;
    struct qs_group *group;
    int rc = qs_group_open(&group, &options);

    (void)arg;
    if (rc)
        return WRONG;
    for (int i = 0; i < ROUNDS; i++, spawned++)
        qs_spawn(group, NULL, group_task, NULL, group_fini);
    rc = qs_group_close(group, &report);
    if (group_finis != ROUNDS || report.done + report.cancelled != ROUNDS)
        return WRONG;
    return rc;
}

static const char *group_judge(int here, int there)
{
    (void)here;
    (void)there;
    return spawned == group_finis ? NULL : "a task without its fini";
}

/* ---- offload --------------------------------------------------------------------------------- */

static atomic_int ran_away; /* functions on threads that have run */
static atomic_int told_of;  /* those that were told as done */

static int offload_set_up(void)
{
    atomic_store(&ran_away, 0);
    atomic_store(&told_of, 0);
    return 0;
}

static int away(void *arg, const struct qs_job *job)
{
    (void)job;
    atomic_fetch_add(&ran_away, 1);
    return *(int *)arg + 1;
}

static int offload_side(void *arg)
{
    int rc = 0;

    (void)arg;
    for (int i = 0; i < ROUNDS && !rc; i++) {
        int result = -1;

        rc = qs_offload(away, &i, &result);
        if (rc ? result != -1 : result != i + 1)
            return WRONG;
        if (!rc)
            atomic_fetch_add(&told_of, 1);
    }
    return rc;
}

static const char *offload_judge(int here, int there)
{
    (void)here;
    (void)there;
    return atomic_load(&ran_away) == atomic_load(&told_of)
               ? NULL
               : "a function ran and was told as cancelled, or the other way round";
}

/* ---- process --------------------------------------------------------------------------------- */

static struct qs_process process;
static pid_t process_pid; /* of the last one started */

static int process_set_up(void)
{
    process_pid = 0;
    return 0;
}

/* Ends when its standard input does. */
static int process_here(void *arg)
{
    static const char *const argv[] = {"cat", NULL};
    struct qs_process_options options = {.in = QS_PIPE, .out = QS_NULL};
    int rc = qs_process_start(&process, argv, &options);

    (void)arg;
    if (rc)
        return rc;
    process_pid = process.pid;
    close(process.in);
    process.in = -1;
    rc = qs_process_wait(&process, QS_FOREVER);
    if (rc ? process.pid != process_pid : process.pid != 0 || process.status != 0)
        return WRONG;
    return rc; /* one that was not waited for is ended now */
}

static const char *process_judge(int here, int there)
{
    (void)here;
    (void)there;
    return !process_pid || (waitpid(process_pid, NULL, WNOHANG) < 0 && errno == ECHILD)
               ? NULL
               : "a process was left";
}

static const struct use uses[] = {
    {"semaphore", sem_set_up, sem_side, sem_side, sem_judge, false, false},
    {"unbuffered channel", unbuffered_set_up, unbuffered_here, unbuffered_there, unbuffered_judge,
     false, false},
    {"bounded channel", bounded_set_up, bounded_here, bounded_there, bounded_judge, false, false},
    {"event", event_set_up, event_here, event_there, event_judge, false, false},
    {"read and write", bytes_set_up, bytes_here, bytes_there, bytes_judge, true, false},
    {"accept and connect", socket_set_up, socket_here, socket_there, socket_judge, true, false},
    {"child process", child_set_up, child_here, child_there, child_judge, true, false},
    {"join", NULL, join_here, join_there, join_judge, false, false},
    {"gather", NULL, gather_here, NULL, NULL, false, false},
    {"first", NULL, first_here, NULL, NULL, false, false},
    {"timeout", timeout_set_up, timeout_here, NULL, timeout_judge, true, false},
    {"scope", scope_set_up, scope_here, scope_there, scope_judge, false, false},
    {"group", group_set_up, group_here, NULL, group_judge, true, false},
    {"offload", offload_set_up, offload_side, offload_side, offload_judge, true, false},
    {"process", process_set_up, process_here, NULL, process_judge, true, true},
};
#define USES (sizeof(uses) / sizeof(*uses))

static int use_nothing(void *arg)
{
    (void)arg;
    return 0;
}

/* A main task: all of them at once. Returns 0, also when it is cancelled; WRONG when an account is
 * wrong, and says which on standard error. */
__attribute__((unused)) static int every_wait(void *arg)
{
    struct qs_group_options options = {.keep_going = true};
    struct qs_task handles[USES][2];
    struct qs_group *group;
    int rc;

    (void)arg;
    for (size_t i = 0; i < USES; i++)
        if (uses[i].set_up && uses[i].set_up())
            return WRONG;
    if (qs_group_open(&group, &options))
        return WRONG;
    for (size_t i = 0; i < USES; i++) {
        struct qs_task *pair = uses[i].here == join_here ? use_tasks : handles[i];

        qs_spawn_task(group, &pair[0], uses[i].name, uses[i].here, NULL, NULL);
        qs_spawn_task(group, &pair[1], uses[i].name, uses[i].there ? uses[i].there : use_nothing,
                      NULL, NULL);
    }
    rc = qs_group_close(group, NULL);
    rc = rc == -ECANCELED ? 0 : rc;
    for (size_t i = 0; i < USES; i++) {
        const struct qs_task *pair = uses[i].here == join_here ? use_tasks : handles[i];
        const char *wrong = uses[i].judge ? uses[i].judge(pair[0].rc, pair[1].rc) : NULL;

        if (wrong || pair[0].rc > 0 || pair[1].rc > 0) {
            fprintf(stderr, "%s: %s (%d, %d)\n", uses[i].name, wrong ? wrong : "wrong", pair[0].rc,
                    pair[1].rc);
            rc = WRONG;
        }
    }
    return rc;
}

#endif
