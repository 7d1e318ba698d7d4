/* launch.c - starts the program: own session and process group, scratch, clean signals and
 * descriptors, the events channel, and, when traced, seized before it may run. */
#include "trial/filter.h"
#include "trial/live.h"
#include "trial/lost.h"

#include "support/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum launch_stage { STAGE_SESSION = 1, STAGE_DIRECTORY, STAGE_STDIO, STAGE_FILTER, STAGE_EXEC };

/* Everything the child needs, made before fork: between fork and exec it only makes system calls.
 */
struct child {
    struct live *l;
    const char *path; /* of the executable */
    char **argv;
    char **env;
    int fds[3]; /* what becomes 0, 1, 2 */
    int event_fd;
    uint64_t ignore;
    bool controlling; /* fds[0] is a terminal to take as controlling terminal */
    bool wait_for_go;
    pid_t worker;            /* its parent */
    struct rlimit file_most; /* where a quota was asked for; rlim_max 0: none */
    bool load_filter;        /* it does not come from the zygote, which has the filter */
};

char *program_find(const char *command, const char *programs_dir)
{
    const char *path = getenv("PATH");
    char *found;

    if (command[0] == '/')
        return mem_strdup(command);
    if (strchr(command, '/') != NULL) {
        /* From where the harness stands; what is not there may be in the copied scratch. */
        found = realpath(command, NULL);
        return found != NULL ? found : mem_strdup(command);
    }
    if (programs_dir != NULL) {
        found = mem_printf("%s/%s", programs_dir, command);
        if (access(found, X_OK) == 0) {
            /* The program starts in a folder of its own, so a relative one would lead nowhere. */
            char *whole = found[0] != '/' ? realpath(found, NULL) : NULL;
            if (whole != NULL) {
                free(found);
                return whole;
            }
            return found;
        }
        free(found);
    }
    for (path = path != NULL ? path : "/usr/bin:/bin"; path != NULL;) {
        const char *colon = strchr(path, ':');
        int len = colon != NULL ? (int)(colon - path) : (int)strlen(path);
        struct stat st;
        found = mem_printf("%.*s/%s", len != 0 ? len : 1, len != 0 ? path : ".", command);
        if (access(found, X_OK) == 0 && stat(found, &st) == 0 && S_ISREG(st.st_mode))
            return found;
        free(found);
        path = colon != NULL ? colon + 1 : NULL;
    }
    return NULL;
}

static __attribute__((noreturn)) void child_fail(struct launch_status *status, int stage)
{
    status->error = errno;
    status->stage = stage;
    _exit(127);
}

/* Runs between fork (or vfork) and exec: async-signal-safe calls only. */
static __attribute__((noreturn)) void child_run(const struct child *c)
{
    struct live *l = c->l;
    struct launch_status *status = l->room->status;
    const struct rlimit no_core = {0, 0};
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t none;

    if (c->wait_for_go) { /* a worker that dies now never says go, nor ends what isn't seized yet */
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (getppid() != c->worker)
            _exit(127);
    }
    while (c->wait_for_go && __atomic_load_n(&status->go, __ATOMIC_ACQUIRE) == 0)
        (void)syscall(SYS_futex, &status->go, FUTEX_WAIT, 0, NULL, NULL, 0);
    if (c->wait_for_go)
        (void)prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
    /* exec itself resets handlers; what is ignored stays so, and is put right here. */
    for (int i = 1; i < 64; i++) {
        if ((c->ignore >> i & 1) == (l->room->ignored >> i & 1))
            continue;
        action.sa_handler = (c->ignore >> i & 1) ? SIG_IGN : SIG_DFL;
        (void)sigaction(i, &action, NULL);
    }
    if (setsid() < 0)
        child_fail(status, STAGE_SESSION);
    if (c->controlling && ioctl(c->fds[0], TIOCSCTTY, 0) != 0)
        child_fail(status, STAGE_SESSION);
    if (chdir(l->room->scratch.work) != 0)
        child_fail(status, STAGE_DIRECTORY);
    for (int i = 0; i < 3; i++) {
        if (dup2(c->fds[i], i) < 0)
            child_fail(status, STAGE_STDIO);
    }
    if (dup2(c->event_fd, EVENTS_FD) < 0)
        child_fail(status, STAGE_STDIO);
    (void)setrlimit(RLIMIT_CORE, &no_core); /* a core file would be a file left */
    if (c->file_most.rlim_max != 0)
        (void)setrlimit(RLIMIT_FSIZE, &c->file_most);
    if (!l->traced) /* what shares no stops with the tracer may use the whole machine */
        (void)sched_setaffinity(0, sizeof(cpu_set_t), &l->room->all_cpus);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (c->load_filter && (errno = -filter_load(&l->room->filter)) != 0)
        child_fail(status, STAGE_FILTER);
    execve(c->path, c->argv, c->env);
    child_fail(status, STAGE_EXEC);
}

/* ------------------------------------------------------------------ what the child is given */

static void env_add(char ***env, size_t *n, char *text)
{
    *env = mem_grow(*env, *n + 2, sizeof(**env));
    (*env)[(*n)++] = text;
    (*env)[*n] = NULL;
}

static bool same_name(const char *a, const char *b)
{
    size_t len = strcspn(a, "=");

    return strncmp(a, b, len) == 0 && b[len] == '=';
}

/* The last setting of a name wins. */
static void env_set(char ***env, size_t *n, char *text)
{
    for (size_t i = 0; i < *n; i++) {
        if (same_name(text, (*env)[i])) {
            free((*env)[i]);
            (*env)[i] = text;
            return;
        }
    }
    env_add(env, n, text);
}

struct env {
    char **list;
    size_t n;
};

static const char *env_get(void *arg, const char *name)
{
    const struct env *e = arg;

    for (size_t i = 0; i < e->n; i++) {
        if (same_name(name, e->list[i]))
            return strchr(e->list[i], '=') + 1;
    }
    return NULL;
}

static void env_put(void *arg, char *text)
{
    struct env *e = arg;

    env_set(&e->list, &e->n, text);
}

/* The folder comes before those that the scenario names: the first sitecustomize counts. */
static char *python_path(const char *folder, struct env *e)
{
    const char *others = env_get(e, "PYTHONPATH");

    return others != NULL && others[0] != '\0' ? mem_printf("PYTHONPATH=%s:%s", folder, others)
                                               : mem_printf("PYTHONPATH=%s", folder);
}

static char **env_make(struct live *l, const char *observer)
{
    const struct program *p = &l->plan->scenario->program;
    const struct scratch *scratch = &l->room->scratch;
    const char *path = getenv("PATH");
    struct env whole;
    char **env = NULL;
    size_t n = 0;

    if (l->room->config.keep_environment) {
        for (char **e = environ; *e != NULL; e++)
            env_add(&env, &n, mem_strdup(*e));
    } else {
        env_add(&env, &n, mem_strdup("LANG=C.UTF-8"));
        env_add(&env, &n, mem_printf("TERM=%s", p->terminal ? "xterm-256color" : "dumb"));
    }
    env_set(&env, &n, mem_printf("PATH=%s", path != NULL ? path : "/usr/bin:/bin"));
    env_set(&env, &n, mem_printf("HOME=%s", scratch->home));
    env_set(&env, &n, mem_printf("TMPDIR=%s", scratch->tmp));
    if (l->room->config.keep_environment) { /* the caller's own folders are not the program's */
        env_set(&env, &n, mem_printf("XDG_CONFIG_HOME=%s/.config", scratch->home));
        env_set(&env, &n, mem_printf("XDG_CACHE_HOME=%s/.cache", scratch->home));
        env_set(&env, &n, mem_printf("XDG_DATA_HOME=%s/.local/share", scratch->home));
        env_set(&env, &n, mem_printf("XDG_STATE_HOME=%s/.local/state", scratch->home));
        env_set(&env, &n, mem_printf("XDG_RUNTIME_DIR=%s", scratch->tmp));
    }
    env_set(&env, &n, mem_printf("SIGSWEEP_EVENTS=%d", EVENTS_FD));
    if (l->notify_path != NULL)
        env_set(&env, &n, mem_printf("NOTIFY_SOCKET=%s", l->notify_path));
    for (unsigned i = 0; i < l->room->ports.n; i++) {
        unsigned port = l->room->ports.number[i];
        env_set(&env, &n,
                i == 0 ? mem_printf("SIGSWEEP_PORT=%u", port)
                       : mem_printf("SIGSWEEP_PORT_%u=%u", i + 1, port));
    }
    for (char **e = p->env; e != NULL && *e != NULL; e++)
        env_set(&env, &n, mem_strdup(*e));
    whole = (struct env){env, n};
    if (observer != NULL)
        env_put(&whole, python_path(observer, &whole));
    lost_environment(l, env_get, env_put, &whole);
    return whole.list;
}

static void list_free(char **list)
{
    for (char **e = list; e != NULL && *e != NULL; e++)
        free(*e);
    free(list);
}

static int memory_with(const char *text)
{
    int fd = memfd_create("stdin", MFD_CLOEXEC);
    size_t len = strlen(text), done = 0;

    while (fd >= 0 && done < len) {
        ssize_t n = write(fd, text + done, len - done);
        if (n > 0) {
            done += (size_t)n;
        } else if (n < 0 && errno != EINTR) {
            close(fd);
            return -1;
        }
    }
    if (fd >= 0 && lseek(fd, 0, SEEK_SET) != 0)
        return -1;
    return fd;
}

/* The reading end becomes its stdin. */
static int open_dialogue(struct live *l)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    (void)fcntl(ends[1], F_SETFL, O_NONBLOCK);
    dialogue_open(l, ends[1]);
    return ends[0];
}

static int open_stdin(struct live *l, const struct program *p)
{
    if (p->stdin_kind == STDIN_DIALOGUE)
        return open_dialogue(l);
    if (p->stdin_kind == STDIN_TEXT)
        return memory_with(p->stdin_text);
    return open(p->stdin_kind == STDIN_FILE ? p->stdin_text : "/dev/null", O_RDONLY | O_CLOEXEC);
}

static int open_pty(struct live *l, int *slave)
{
    struct winsize size = {.ws_row = 24, .ws_col = 80};

    l->pty_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (l->pty_fd < 0 || grantpt(l->pty_fd) != 0 || unlockpt(l->pty_fd) != 0)
        return -errno;
    *slave = ioctl(l->pty_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*slave < 0)
        return -errno;
    (void)ioctl(*slave, TIOCSWINSZ, &size);
    terminal_start(l, *slave);
    return 0;
}

static int stdio_make(struct live *l, struct child *c)
{
    const struct program *p = &l->plan->scenario->program;
    int out[2] = {-1, -1}, errors[2], slave = -1, rc;

    if (p->terminal || p->stdout_kind == STDOUT_TERMINAL) {
        rc = open_pty(l, &slave);
        if (rc != 0)
            return error_set(l->err, rc, "cannot open a pseudo terminal: %s", strerror(-rc));
    }
    if (p->terminal) {
        c->fds[0] = c->fds[1] = c->fds[2] = slave;
        c->controlling = true;
        l->out_fd = fcntl(l->pty_fd, F_DUPFD_CLOEXEC, 0);
        if (p->stdin_kind == STDIN_DIALOGUE)
            dialogue_open(l, fcntl(l->pty_fd, F_DUPFD_CLOEXEC, 0));
        return l->out_fd < 0 ? -errno : 0;
    }
    c->fds[0] = open_stdin(l, p);
    if (c->fds[0] < 0) {
        rc = -errno;
        return error_set(l->err, rc, "cannot open the program's stdin %s: %s",
                         p->stdin_text != NULL ? p->stdin_text : "/dev/null", strerror(errno));
    }
    if (pipe2(errors, O_CLOEXEC) != 0)
        return -errno;
    l->err_fd = errors[0];
    c->fds[2] = errors[1];
    if (p->stdout_kind == STDOUT_TERMINAL) {
        c->fds[1] = slave;
        l->out_fd = fcntl(l->pty_fd, F_DUPFD_CLOEXEC, 0);
    } else if (p->stdout_kind == STDOUT_FILE) {
        char *path = mem_printf("%s/stdout", l->room->scratch.out);
        c->fds[1] = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        free(path);
    } else {
        if (pipe2(out, O_CLOEXEC) != 0)
            return -errno;
        l->out_fd = out[0];
        c->fds[1] = out[1];
    }
    return c->fds[1] < 0 ? -errno : 0;
}

static bool asks_notify(const struct point *p)
{
    return p->kind == POINT_NOTIFY || (p->kind == POINT_EVENT && strcmp(p->text, "notify") == 0);
}

/* A program that is told of the socket may behave in another way: it is, when something asks. */
static bool wants_notify(const struct live *l)
{
    const struct program *p = &l->plan->scenario->program;
    const struct expect *e = &l->plan->scenario->expect;

    if (p->has_ready && asks_notify(&p->ready))
        return true;
    for (size_t i = 0; i < l->plan->interrupts_n; i++) {
        if (asks_notify(&l->plan->interrupts[i].when))
            return true;
    }
    for (size_t i = 0; i < e->events_n; i++) {
        if (strcmp(e->events[i].name, "notify") == 0)
            return true;
    }
    return false;
}

/* A pathname socket when it fits, as systemd's own is; the scratch may be deep, so else abstract.
 */
static int notify_open(struct live *l)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t len;

    l->notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->notify_fd < 0)
        return -errno;
    l->notify_path = mem_printf("@sigsweep-%d-%u", getpid(), l->room->scratch.count);
    len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(l->notify_path));
    memcpy(address.sun_path, l->notify_path, strlen(l->notify_path));
    address.sun_path[0] = '\0';
    return bind(l->notify_fd, (struct sockaddr *)&address, len) != 0 ? -errno : 0;
}

static int channels_make(struct live *l, struct child *c)
{
    int events[2], rc;
    struct stat st;

    if (pipe2(events, O_CLOEXEC) != 0)
        return -errno;
    l->event_fd = events[0];
    c->event_fd = l->event_write_fd = events[1];
    if (fstat(events[1], &st) == 0)
        l->event_inode = st.st_ino;
    if (wants_notify(l) && (rc = notify_open(l)) != 0)
        return rc;
    rc = stdio_make(l, c);
    for (int *fd = (int[]){l->event_fd, l->out_fd, l->err_fd, -2}; *fd != -2; fd++) {
        if (*fd >= 0)
            (void)fcntl(*fd, F_SETFL, fcntl(*fd, F_GETFL) | O_NONBLOCK);
    }
    return rc;
}

static void child_close(struct live *l, struct child *c)
{
    for (int i = 0; i < 3; i++) {
        if (c->fds[i] < 0)
            continue;
        close(c->fds[i]);
        for (int j = i + 1; j < 3; j++) {
            if (c->fds[j] == c->fds[i])
                c->fds[j] = -1;
        }
    }
    if (l->event_write_fd >= 0)
        close(l->event_write_fd);
    l->event_write_fd = -1;
    list_free(c->env);
}

static void not_begun(struct live *l, const struct child *c)
{
    static const char *const doing[] = {[STAGE_SESSION] = "make a session for",
                                        [STAGE_DIRECTORY] = "enter the scratch for",
                                        [STAGE_STDIO] = "set up the descriptors of",
                                        [STAGE_FILTER] = "load the events filter for",
                                        [STAGE_EXEC] = "execute"};
    const struct launch_status *status = l->room->status;

    l->r->how = ENDED_NOT_BEGUN;
    free(l->r->trouble);
    if (status->stage != 0)
        l->r->trouble =
            mem_printf("cannot %s %s: %s", doing[status->stage], c->path, strerror(status->error));
    else
        l->r->trouble = mem_printf("%s was killed before it could start", c->path);
}

static int child_entry(void *arg)
{
    child_run(arg);
}

/* The child shares this process's memory until it execs, as posix_spawn's does: copying the page
 * tables would cost a third of a small program's whole trial. An untraced child is a vfork; a
 * traced one must be seized before it may run, so this process goes on beside it: the child first
 * waits for the go-ahead, and from then on this process only waits (they share errno). A sanitizer
 * keeps books about its memory that a second stack would confuse: there it is a plain fork. Not
 * inlined, so that nothing of the caller's frame is kept in registers across vfork. */
static __attribute__((noinline)) pid_t child_start(struct child *c)
{
    pid_t pid;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    c->load_filter = c->l->filtered;
    pid = c->wait_for_go ? fork() : vfork(); /* untraced, the return must mean that it execed */
#else
    struct room *room = c->l->room;
    char *top = room->child_stack + CHILD_STACK;

    if (c->l->filtered)
        return zygote_child(&room->zygote, &room->filter, child_entry, top, c);
    if (c->wait_for_go)
        return clone(child_entry, top, CLONE_VM | SIGCHLD, c);
    pid = vfork();
#endif
    if (pid == 0)
        (void)child_entry(c);
    return pid < 0 ? -errno : pid;
}

/* A file as large as the quota is not over it yet, where nothing else takes room. */
#define OVER 4096

/* Bytes that one file may have; 0: no limit. */
static rlim_t file_limit(uint64_t quota)
{
    return quota != 0 && quota < RLIM_INFINITY - OVER ? quota + OVER : 0;
}

int launch(struct live *l)
{
    const struct program *p = &l->plan->scenario->program;
    struct launch_status *status = l->room->status;
    struct child c = {.l = l, .argv = p->command, .fds = {-1, -1, -1}, .ignore = p->ignore};
    char *path = program_find(p->command[0], l->room->config.programs_dir), *observer = NULL;
    struct lost_run memory;
    int rc;

    if (path == NULL) {
        l->r->how = ENDED_NOT_BEGUN;
        l->r->trouble =
            mem_printf("%s: not found%s%s, nor on PATH", p->command[0],
                       l->room->config.programs_dir != NULL ? " in " : "",
                       l->room->config.programs_dir != NULL ? l->room->config.programs_dir : "");
        return 0;
    }
    c.path = path;
    lost_open(l, path, &memory);
    if (memory.path != NULL) {
        c.path = memory.path;
        c.argv = memory.argv;
    }
    rc = channels_make(l, &c);
    if (rc != 0) {
        error_set(l->err, rc, "cannot set up the trial's channels: %s", strerror(-rc));
        goto out;
    }
    if (p->asyncio && (observer = observer_folder()) == NULL) {
        rc = error_set(l->err, -ENOENT,
                       "the module that observes asyncio was not found; it belongs into "
                       "../share/sigsweep/probes/python/observe, seen from the folder of sigsweep");
        goto out;
    }
    c.env = env_make(l, observer);
    c.wait_for_go = l->traced;
    c.file_most.rlim_cur = c.file_most.rlim_max = file_limit(bounds_asked(l));
    c.worker = getpid();
    *status = (struct launch_status){0};
    l->start_ns = clock_now_ns();
    l->pid = child_start(&c);
    if (l->pid < 0) {
        rc = l->pid;
        l->pid = 0;
        error_set(l->err, rc, "cannot start another process: %s", strerror(-rc));
        goto out;
    }
    l->pid_fd = (int)syscall(SYS_pidfd_open, l->pid, 0);
    if (l->traced) {
        rc = tracer_attach(l);
        __atomic_store_n(&status->go, 1, __ATOMIC_RELEASE);
        (void)syscall(SYS_futex, &status->go, FUTEX_WAKE, 1, NULL, NULL, 0);
        if (rc != 0)
            goto out;
        tracer_await_exec(l);
    } else {
        l->begun = status->stage == 0;
        l->start_ns = clock_now_ns();
    }
    if (!l->begun)
        not_begun(l, &c);
out:
    child_close(l, &c);
    lost_close(&memory);
    free(observer);
    free(path);
    return rc;
}

static void close_one(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void launch_close(struct live *l)
{
    close_one(&l->pid_fd);
    close_one(&l->out_fd);
    close_one(&l->err_fd);
    close_one(&l->event_fd);
    close_one(&l->event_write_fd);
    close_one(&l->notify_fd);
    close_one(&l->pty_fd);
    close_one(&l->tty_fd);
    free(l->notify_path);
    l->notify_path = NULL;
}
