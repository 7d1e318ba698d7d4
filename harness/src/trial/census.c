/* census.c - what is there at a moment: descriptors and threads when the program exits, descendants
 * afterwards. From /proc; see proc(5). */
#include "trial/live.h"

#include "support/clock.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LISTED_MAX     200
#define THREADS_LISTED 50
#define CHAIN_MOST     12

static int by_fd(const void *a, const void *b)
{
    return ((const struct open_fd *)a)->fd - ((const struct open_fd *)b)->fd;
}

static bool is_events(const struct live *l, int dir_fd, const char *name)
{
    struct stat st;

    return fstatat(dir_fd, name, &st, 0) == 0 && S_ISFIFO(st.st_mode) &&
           st.st_ino == l->event_inode;
}

static void census_fds(struct live *l, pid_t tid)
{
    struct record *r = l->r;
    struct dirent *entry;
    char path[64];
    DIR *dir;
    /* To look closely at each takes time, and is for those who judge them. */
    bool asked = l->copy || l->plan->scenario->expect.fds != NOT_GIVEN;

    /* The leader may be gone already: look through the thread that still holds the descriptors. */
    snprintf(path, sizeof(path), "/proc/%d/task/%d/fd", l->pid, tid);
    dir = opendir(path);
    if (dir == NULL)
        return;
    r->fds_known = true;
    while ((entry = readdir(dir)) != NULL) {
        char target[512];
        ssize_t n;
        if (!isdigit((unsigned char)entry->d_name[0]) || atoi(entry->d_name) <= 2)
            continue;
        if (is_events(l, dirfd(dir), entry->d_name))
            continue;
        n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
        if (n < 0 || r->fds_n >= LISTED_MAX)
            continue;
        target[n] = '\0';
        undo_name(l->undo, target, sizeof(target));
        r->fds = mem_grow(r->fds, r->fds_n + 1, sizeof(*r->fds));
        r->fds[r->fds_n++] =
            (struct open_fd){.fd = atoi(entry->d_name), .target = mem_strdup(target)};
        if (asked)
            r->fds[r->fds_n - 1].what = descriptor_text(tid, atoi(entry->d_name), target);
    }
    closedir(dir);
    if (r->fds_n > 1)
        qsort(r->fds, r->fds_n, sizeof(*r->fds), by_fd);
}

static void add_thread(struct live *l, pid_t tid)
{
    struct record *r = l->r;
    char path[64], name[32] = "?";
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/comm", l->pid, tid);
    f = fopen(path, "re");
    if (f != NULL && fgets(name, sizeof(name), f) != NULL)
        name[strcspn(name, "\n")] = '\0';
    if (f != NULL)
        fclose(f);
    r->left_threads = mem_grow(r->left_threads, r->left_threads_n + 1, sizeof(*r->left_threads));
    r->left_threads[r->left_threads_n++] =
        (struct left_thread){.tid = tid, .comm = mem_strdup(name)};
}

void census_exit(struct live *l, pid_t tid)
{
    int64_t begin = clock_now_ns();

    census_fds(l, tid);
    terminal_exit(l);
    for (size_t i = 0; i < l->tasks_n; i++) {
        const struct task *t = &l->tasks[i];
        if (t->tgid != l->pid || t->tid == tid || t->exiting)
            continue;
        if (l->r->threads++ < THREADS_LISTED)
            add_thread(l, t->tid);
    }
    l->room->census_ns += clock_now_ns() - begin;
}

/* They are being killed: what one was in shows when it comes to its own end. */
void census_thread(struct live *l, const struct task *t)
{
    struct record *r = l->r;
    struct arch_call call;

    for (size_t i = 0; i < r->left_threads_n; i++) {
        struct left_thread *one = &r->left_threads[i];
        if (one->tid != t->tid || one->where != NULL)
            continue;
        one->where = arch_call_last(t->tid, &call) == 0
                         ? waits_text(l, t->tid, call.number, call.args[0])
                         : mem_strdup("running");
    }
}

void census_undo(struct live *l)
{
    struct record *r = l->r;

    while (r->fds_n > 0) {
        free(r->fds[--r->fds_n].target);
        free(r->fds[r->fds_n].what);
    }
    while (r->left_threads_n > 0) {
        free(r->left_threads[--r->left_threads_n].comm);
        free(r->left_threads[r->left_threads_n].where);
    }
    r->fds_known = false;
    r->threads = 0;
    r->exit_ns = -1;
    l->leaving = false;
    for (size_t i = 0; i < r->deliveries_n; i++) { /* what is pending stays so over an exec */
        struct delivery *d = &r->deliveries[i];
        if (d->state == DELIVERY_MASKED || d->state == DELIVERY_LATE)
            d->state = DELIVERY_FIRED;
    }
}

/* ---------------------------------------------------------------------------- descendants */

struct stat_line {
    pid_t ppid, session;
    uint64_t start; /* clock ticks since boot */
    char state;
    char comm[32];
};

static bool read_stat(const char *path, struct stat_line *out)
{
    char line[512], *close_paren, *open_paren;
    FILE *f = fopen(path, "re");
    bool good = f != NULL && fgets(line, sizeof(line), f) != NULL;

    if (f != NULL)
        fclose(f);
    if (!good || (open_paren = strchr(line, '(')) == NULL ||
        (close_paren = strrchr(line, ')')) == NULL)
        return false;
    *close_paren = '\0';
    snprintf(out->comm, sizeof(out->comm), "%s", open_paren + 1);
    return sscanf(close_paren + 1,
                  " %c %d %*d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d "
                  "%" SCNu64,
                  &out->state, &out->ppid, &out->session, &out->start) == 4;
}

struct known {
    pid_t pid, ppid;
};

/* One pass over /proc. Works without CONFIG_PROC_CHILDREN; a trial that left nothing behind never
 * comes here. */
static size_t processes(struct known **all)
{
    DIR *dir = opendir("/proc");
    struct dirent *entry;
    size_t n = 0;

    *all = NULL;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        struct stat_line st;
        char path[300];
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
        if (!read_stat(path, &st))
            continue;
        if ((n & (n - 1)) == 0)
            *all = mem_grow(*all, n != 0 ? 2 * n : 1, sizeof(**all));
        (*all)[n++] = (struct known){atoi(entry->d_name), st.ppid};
    }
    if (dir != NULL)
        closedir(dir);
    return n;
}

static size_t add_children(const struct known *all, size_t n, pid_t parent, pid_t not, pid_t *pids,
                           size_t found)
{
    for (size_t i = 0; i < n; i++) {
        if (all[i].ppid == parent && all[i].pid != not )
            pids[found++] = all[i].pid;
    }
    return found;
}

size_t children(pid_t **pids, pid_t not )
{
    struct known *all;
    size_t n = processes(&all), found;

    *pids = mem_alloc((n + 1) * sizeof(**pids));
    found = add_children(all, n, getpid(), not, *pids, 0);
    free(all);
    return found;
}

size_t descendants(pid_t **pids, pid_t not )
{
    struct known *all;
    size_t n = processes(&all), found;

    *pids = mem_alloc((n + 1) * sizeof(**pids));
    found = add_children(all, n, getpid(), not, *pids, 0);
    for (size_t done = 0; done < found; done++)
        found = add_children(all, n, (*pids)[done], not, *pids, found);
    free(all);
    return found;
}

static char *command_of(pid_t pid, const char *comm)
{
    char path[64], text[400];
    ssize_t n;
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
    if (fd >= 0)
        close(fd);
    while (n > 0 && text[n - 1] == '\0')
        n--;
    if (n <= 0)
        return mem_printf("[%s]", comm);
    for (ssize_t i = 0; i < n; i++) {
        if (text[i] == '\0')
            text[i] = ' ';
    }
    return mem_strndup(text, (size_t)n);
}

/* Its stdin, stdout and stderr lead to nothing of the program's any more. */
static bool is_detached(pid_t pid)
{
    for (int fd = 0; fd <= 2; fd++) {
        char path[64], target[64];
        ssize_t n;
        snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
        n = readlink(path, target, sizeof(target) - 1);
        if (n > 0) {
            target[n] = '\0';
            if (strcmp(target, "/dev/null") != 0)
                return false;
        }
    }
    return true;
}

static void comm_of(pid_t pid, char *out, size_t room)
{
    char path[64];
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/comm", pid);
    f = fopen(path, "re");
    if (f == NULL || fgets(out, (int)room, f) == NULL)
        out[0] = '\0';
    else
        out[strcspn(out, "\n")] = '\0';
    if (f != NULL)
        fclose(f);
}

/* The latest process of that number. */
static const struct family *family_find(const struct live *l, pid_t tgid)
{
    for (size_t i = l->families_n; i-- > 0;) {
        if (l->families[i].tgid == tgid)
            return &l->families[i];
    }
    return NULL;
}

/* As the tracer saw them start: an orphan's parent is the harness by now. */
static char *chain_of(const struct live *l, pid_t pid)
{
    const struct family *f = family_find(l, pid);
    struct buf b = {0};

    for (int i = 0; i < CHAIN_MOST && f != NULL && f->parent != 0; i++) {
        char comm[32];
        pid_t parent = f->parent;
        f = family_find(l, parent);
        buf_adds(&b, b.len != 0 ? " < " : "");
        if (parent == l->pid) {
            buf_adds(&b, "the program");
            break;
        }
        comm_of(parent, comm, sizeof(comm));
        if (comm[0] != '\0')
            buf_addf(&b, "%s (%d)", comm, (int)parent);
        else
            buf_addf(&b, "%s (%d, ended)", f != NULL && f->comm[0] != '\0' ? f->comm : "?",
                     (int)parent);
    }
    return b.len != 0 ? buf_take(&b) : NULL;
}

static int64_t age_of(const struct stat_line *st)
{
    struct timespec now;

    clock_gettime(CLOCK_BOOTTIME, &now);
    return clock_of(&now) - (int64_t)st->start * (1000000000 / sysconf(_SC_CLK_TCK));
}

int64_t process_age_ns(pid_t pid)
{
    struct stat_line st;
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    return read_stat(path, &st) ? age_of(&st) : 0;
}

void census_left(struct live *l)
{
    struct record *r = l->r;
    pid_t *pids;
    size_t n = descendants(&pids, l->room->zygote.pid);

    for (size_t i = 0; i < n && r->processes_n < LISTED_MAX; i++) {
        struct stat_line st;
        char path[64];
        int64_t age;
        snprintf(path, sizeof(path), "/proc/%d/stat", pids[i]);
        if (pids[i] == l->pid || !read_stat(path, &st) || st.state == 'Z' ||
            client_has(l, pids[i], st.session))
            continue;
        age = age_of(&st);
        r->processes = mem_grow(r->processes, r->processes_n + 1, sizeof(*r->processes));
        r->processes[r->processes_n++] =
            (struct left_process){.pid = pids[i],
                                  .ppid = st.ppid,
                                  .state = st.state,
                                  .command = command_of(pids[i], st.comm),
                                  .holds = holds_of(pids[i]),
                                  .session = st.session != l->pid,
                                  .detached = is_detached(pids[i]),
                                  .age_ns = age,
                                  .started_ns = clock_now_ns() - age - l->start_ns,
                                  .chain = chain_of(l, pids[i])};
    }
    free(pids);
}
