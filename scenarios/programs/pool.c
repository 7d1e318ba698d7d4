/* pool.c - runs tasks over a few slots, on quiesce: each works for a while, may write a file or run
 * a child process, and cleans up after itself, also when it is interrupted. `pool --help` lists the
 * options. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pool_waits.h"
#include "quiesce.h"

#define MOST_CLEANUPS 99
#define STEPS         10 /* a task waits its work in this many parts, and writes a line after each */

extern char **environ;

static char cleanup_names[MOST_CLEANUPS][4]; /* c1 ... c99; set once by main */

struct settings {
    uint32_t slots;
    uint32_t tasks;
    uint32_t cleanups;
    int64_t work;
    int64_t cleanup;
    int64_t shield; /* < 0: none */
    int64_t hold;
    int64_t grace;
    int exit_code;
    int wait; /* how a task waits, of pool_waits */
    bool files;
    bool child;
    bool quiet;
};

struct pool;

struct task {
    struct pool *pool;            /* the pool it belongs to */
    struct qs_cleanup *cleanups;  /* c1 ... cN */
    struct qs_cleanup end_child;  /* TERM and reap */
    struct qs_cleanup remove_tmp; /* unlink task-ID.tmp */
    pid_t pid;                    /* the child, 0: none */
    uint32_t id;                  /* 1, 2, ... */
};

struct pool {
    struct settings set;
    struct task *tasks;
    struct qs_cleanup *cleanups; /* the nodes of all tasks */
    size_t done;                 /* tasks that finished their work */
    size_t cancelled;            /* tasks that were interrupted, or never started */
    size_t failed;
};

static const char usage[] =
    "usage: pool [options]\n"
    "Runs tasks over a few slots. On INT, TERM or HUP the tasks are cancelled, their cleanups run, "
    "and the\n"
    "pool dies by that signal. A second signal ends the cleanups' waits, a third ends it at once.\n"
    "\n"
    "  --slots N       how many tasks run at once (default 4)\n"
    "  --tasks N       how many there are (default 12)\n"
    "  --work DUR      how long each works (default 50ms)\n"
    "  --cleanups N    cleanups a task arms, c1 to cN; they run last first (default 1)\n"
    "  --cleanup DUR   how long each cleanup takes (default 0s)\n"
    "  --shield DUR    cleanups may take that long after an interruption (default: they don't wait "
    "then)\n"
    "  --files         each task writes task-ID.tmp, and renames it to task-ID.out when it is "
    "done\n"
    "  --child         each task runs `sleep` for its work, in a process of its own\n"
    "  --wait KIND     how a task waits for its work: sleep (default), channel, event, join, "
    "gather, "
    "first,\n"
    "                  timeout, scope, pipe, socket, offload, process, or all: one after\n"
    "                  the other\n"
    "  --hold DUR      no task may start before that (default 0s)\n"
    "  --grace DUR     ends the cleanups' waits that long after the first signal (default: never)\n"
    "  --exit-code N   exit with N, 1 to 255, when interrupted, instead of dying by the signal\n"
    "  --quiet         no line for each finished task\n"
    "  --help          this\n"
    "DUR is a number with a unit: 500us, 50ms, 1.5s, 2m; or 0.\n";

__attribute__((format(printf, 1, 2), noreturn)) static void bad_usage(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("pool: ", stderr);
    vfprintf(stderr, format, args);
    fputs("; see pool --help\n", stderr);
    va_end(args);
    exit(2);
}

static uint32_t parse_count(const char *option, const char *text, long least, long most)
{
    char *end;

    errno = 0;
    long n = strtol(text, &end, 10);
    if (errno || end == text || *end || n < least || n > most)
        bad_usage("--%s: '%s' is not a number from %ld to %ld", option, text, least, most);
    return (uint32_t)n;
}

static int64_t parse_duration(const char *option, const char *text)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}};
    char *end;
    double n = strtod(text, &end);

    if (end != text && *text >= '0' && *text <= '9') {
        if (n == 0 && !*end)
            return 0;
        for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
            if (!strcmp(end, units[i].name) && n * units[i].ns < 1e18)
                return (int64_t)(n * units[i].ns);
    }
    bad_usage("--%s: '%s' is not a duration such as 50ms or 1s", option, text);
}

static int parse_wait(const char *text)
{
    int kind = pool_wait_named(text);

    if (kind == POOL_WAITS)
        bad_usage("--wait: there is no '%s'", text);
    return kind;
}

static void file_name(char *out, size_t room, const struct task *task, const char *suffix)
{
    snprintf(out, room, "task-%u.%s", task->id, suffix);
}

/* c1 ... cN: something that takes time. Cut short when its wait fails, which is no error: there was
 * nothing to lose. */
static int slow_cleanup(void *arg)
{
    const struct settings *set = &((struct task *)arg)->pool->set;
    struct qs_shield shield;
    bool shielded = set->shield >= 0 && !qs_shield_begin(&shield, qs_now() + set->shield);

    if (set->cleanup)
        qs_sleep(qs_now() + set->cleanup);
    if (shielded)
        qs_shield_end(&shield);
    return 0;
}

static int remove_tmp(void *arg)
{
    char name[32];

    file_name(name, sizeof(name), arg, "tmp");
    return unlink(name) && errno != ENOENT ? -errno : 0;
}

/* Asks the child to end, and makes sure of it: a process that isn't reaped would outlive its task.
 */
static int end_child(void *arg)
{
    struct task *task = arg;
    struct qs_shield shield;
    int rc;

    if (!task->pid)
        return 0;
    kill(task->pid, SIGTERM);
    qs_shield_begin(&shield, qs_now() + QS_SECOND);
    rc = qs_wait_child(task->pid, NULL, QS_FOREVER);
    qs_shield_end(&shield);
    if (rc) {
        kill(task->pid, SIGKILL);
        while ((rc = waitpid(task->pid, NULL, 0)) < 0 && errno == EINTR)
            ;
        rc = rc < 0 ? -errno : 0;
    }
    task->pid = 0;
    return rc;
}

/* `sleep` in the same process group, so that a ^C reaches it, too; with the default action for
 * SIGPIPE, which we ignore. */
static int start_child(struct task *task)
{
    posix_spawnattr_t attr;
    sigset_t set;
    char seconds[32];
    char *argv[] = {(char *)"sleep", seconds, NULL};
    int rc;

    snprintf(seconds, sizeof(seconds), "%.6f", (double)task->pool->set.work / 1e9);
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    rc = posix_spawnattr_init(&attr);
    if (rc)
        return -rc;
    posix_spawnattr_setsigdefault(&attr, &set);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
    rc = qs_defer(&task->end_child, "child", end_child, task);
    if (!rc)
        rc = -posix_spawnp(&task->pid, "sleep", NULL, &attr, argv, environ);
    if (rc)
        task->pid = 0;
    posix_spawnattr_destroy(&attr);
    return rc;
}

static int wait_for_child(struct task *task)
{
    int status, rc = qs_wait_child(task->pid, &status, QS_FOREVER);

    if (rc)
        return rc;
    task->pid = 0;
    /* A ^C on a terminal reaches the child directly: it is dead, and we are about to be cancelled.
     */
    if (WIFSIGNALED(status))
        return qs_cancelled() ? -ECANCELED : -EINTR;
    return WEXITSTATUS(status) ? -EIO : 0;
}

static int steps_of(const struct settings *set)
{
    return set->wait == POOL_ALL ? POOL_WAITS : STEPS;
}

static int write_line(int fd, const struct task *task, int step)
{
    char line[64];
    int n = snprintf(line, sizeof(line), "task %u step %d of %d\n", task->id, step,
                     steps_of(&task->pool->set));

    for (int at = 0; at < n;) {
        ssize_t put = write(fd, line + at, (size_t)(n - at));

        if (put < 0 && errno != EINTR)
            return -errno;
        at += put > 0 ? (int)put : 0;
    }
    return 0;
}

static int work_in_steps(struct task *task, int fd)
{
    int64_t begin = qs_now(), work = task->pool->set.work;
    int steps = steps_of(&task->pool->set), rc = 0;

    for (int step = 1; step <= steps && !rc; step++) {
        if (!task->pool->set.child)
            rc = pool_wait_until(task->pool->set.wait, step, begin + work * step / steps);
        if (!rc && fd >= 0)
            rc = write_line(fd, task, step);
    }
    return rc;
}

static int work_with_file(struct task *task)
{
    char tmp[32], out[32];
    int fd, rc;

    file_name(tmp, sizeof(tmp), task, "tmp");
    file_name(out, sizeof(out), task, "out");
    rc = qs_defer(&task->remove_tmp, "tmp", remove_tmp, task);
    if (rc)
        return rc;
    fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return -errno;
    rc = work_in_steps(task, fd);
    if (close(fd) && !rc)
        rc = -errno;
    if (!rc && rename(tmp, out))
        rc = -errno;
    if (!rc)
        qs_undefer(&task->remove_tmp); /* there is no .tmp any more */
    return rc;
}

static int run_task(void *arg)
{
    struct task *task = arg;
    const struct settings *set = &task->pool->set;
    int rc = 0;

    for (uint32_t i = 0; i < set->cleanups && !rc; i++)
        rc = qs_defer(&task->cleanups[i], cleanup_names[i], slow_cleanup, task);
    if (!rc && set->child)
        rc = start_child(task);
    if (!rc && set->child)
        rc = wait_for_child(task);
    if (!rc)
        rc = set->files ? work_with_file(task) : work_in_steps(task, -1);
    return rc;
}

static void task_over(void *arg, int rc)
{
    struct task *task = arg;
    struct pool *pool = task->pool;

    if (rc == -ECANCELED)
        pool->cancelled++;
    else if (rc)
        pool->failed++;
    else
        pool->done++;
    if (!rc && !pool->set.quiet)
        printf("task %u done\n", task->id);
}

static void tell_error(void *ctx, uint64_t id, const char *name, const char *cleanup, int error)
{
    (void)ctx;
    (void)name;
    fprintf(stderr, "pool: task %llu%s%s: %s\n", (unsigned long long)id,
            cleanup ? ", cleanup " : "", cleanup ? cleanup : "", strerror(-error));
}

static int spawn_all(struct pool *pool, struct qs_group *group)
{
    int rc = 0;

    for (uint32_t i = 0; i < pool->set.tasks; i++) {
        int one = qs_spawn(group, "worker", run_task, &pool->tasks[i], task_over);

        if (!rc)
            rc = one; /* go on: each task has its fini, and is counted */
    }
    return rc;
}

/* While the main task holds all permits, tasks queue up and none starts. */
static int spawn_held(struct pool *pool, struct qs_group *group)
{
    struct qs_sem *slots = qs_group_slots(group);
    uint32_t held = 0;
    int rc = 0;

    while (held < pool->set.slots && !(rc = qs_acquire(slots, QS_FOREVER)))
        held++;
    if (!rc)
        rc = spawn_all(pool, group);
    if (!rc)
        rc = qs_sleep(qs_now() + pool->set.hold);
    while (held-- > 0)
        qs_release(slots);
    return rc;
}

static int run_pool(void *arg)
{
    struct pool *pool = arg;
    struct qs_group_options options = {
        .slots = pool->set.slots, .keep_going = true, .on_error = tell_error};
    struct qs_group *group;
    int rc, closed;

    rc = qs_group_open(&group, &options);
    if (rc)
        return rc;
    rc = pool->set.hold ? spawn_held(pool, group) : spawn_all(pool, group);
    closed = qs_group_close(group, NULL);
    return rc ? rc : closed;
}

static struct settings parse(int argc, char **argv)
{
    enum {
        SLOTS = 1,
        TASKS,
        WORK,
        CLEANUPS,
        CLEANUP,
        SHIELD,
        FILES,
        CHILD,
        WAIT,
        HOLD,
        GRACE,
        EXIT_CODE,
        QUIET,
        HELP
    };
    static const struct option options[] = {{"slots", required_argument, NULL, SLOTS},
                                            {"tasks", required_argument, NULL, TASKS},
                                            {"work", required_argument, NULL, WORK},
                                            {"cleanups", required_argument, NULL, CLEANUPS},
                                            {"cleanup", required_argument, NULL, CLEANUP},
                                            {"shield", required_argument, NULL, SHIELD},
                                            {"files", no_argument, NULL, FILES},
                                            {"child", no_argument, NULL, CHILD},
                                            {"wait", required_argument, NULL, WAIT},
                                            {"hold", required_argument, NULL, HOLD},
                                            {"grace", required_argument, NULL, GRACE},
                                            {"exit-code", required_argument, NULL, EXIT_CODE},
                                            {"quiet", no_argument, NULL, QUIET},
                                            {"help", no_argument, NULL, HELP},
                                            {0}};
    struct settings set = {
        .slots = 4, .tasks = 12, .cleanups = 1, .work = 50 * QS_MILLISECOND, .shield = -1};
    int option;

    opterr = 0;
    while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
        switch (option) {
        case SLOTS: set.slots = parse_count("slots", optarg, 1, 1000000); break;
        case TASKS: set.tasks = parse_count("tasks", optarg, 0, 100000000); break;
        case WORK: set.work = parse_duration("work", optarg); break;
        case CLEANUPS: set.cleanups = parse_count("cleanups", optarg, 0, MOST_CLEANUPS); break;
        case CLEANUP: set.cleanup = parse_duration("cleanup", optarg); break;
        case SHIELD: set.shield = parse_duration("shield", optarg); break;
        case FILES: set.files = true; break;
        case CHILD: set.child = true; break;
        case WAIT: set.wait = parse_wait(optarg); break;
        case HOLD: set.hold = parse_duration("hold", optarg); break;
        case GRACE: set.grace = parse_duration("grace", optarg); break;
        case EXIT_CODE: set.exit_code = (int)parse_count("exit-code", optarg, 1, 255); break;
        case QUIET: set.quiet = true; break;
        case HELP: fputs(usage, stdout); exit(0);
        case ':': bad_usage("%s needs a value", argv[optind - 1]);
        default: bad_usage("unknown option %s", argv[optind - 1]);
        }
    }
    if (optind < argc)
        bad_usage("unexpected argument '%s'", argv[optind]);
    return set;
}

static int allocate(struct pool *pool)
{
    size_t tasks = pool->set.tasks, cleanups = pool->set.cleanups;

    pool->tasks = calloc(tasks + 1, sizeof(*pool->tasks));
    pool->cleanups = calloc(tasks * cleanups + 1, sizeof(*pool->cleanups));
    if (!pool->tasks || !pool->cleanups)
        return -ENOMEM;
    for (size_t i = 0; i < tasks; i++) {
        pool->tasks[i].pool = pool;
        pool->tasks[i].id = (uint32_t)i + 1;
        pool->tasks[i].cleanups = pool->cleanups + i * cleanups;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct pool pool = {.set = parse(argc, argv)};
    struct qs_options options = {.signal_code = pool.set.exit_code, .grace_ns = pool.set.grace};
    struct qs_result result = {0};
    int rc = allocate(&pool);

    for (unsigned i = 0; i < MOST_CLEANUPS; i++)
        snprintf(cleanup_names[i], sizeof(cleanup_names[i]), "c%u", (i + 1) % 100);
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away must not keep the cleanups from running */
    if (!rc)
        rc = qs_run(&options, run_pool, &pool, &result);
    if (rc) {
        fprintf(stderr, "pool: cannot run: %s\n", strerror(-rc));
        return 1;
    }
    printf("done %zu, cancelled %zu", pool.done, pool.cancelled);
    if (pool.failed)
        printf(", failed %zu", pool.failed);
    putchar('\n');
    free(pool.tasks);
    free(pool.cleanups);
    if (fflush(stdout)) {
        fprintf(stderr, "pool: cannot write the summary: %s\n", strerror(errno));
        result.value = -EIO;
    }
    qs_exit(&result);
}
