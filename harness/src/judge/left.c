#include "judge/check.h"
#include "support/duration.h"
#include "support/subject.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LISTED  5
#define TICK_NS 10000000 /* a process's start is known to a clock tick */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static long allowed(long given)
{
    return given == NOT_GIVEN ? 0 : given;
}

static char *limit_text(long limit, const char *what)
{
    return limit == 0 ? mem_printf("no %s", what) : mem_printf("at most %ld %s", limit, what);
}

static int by_command(const void *a, const void *b)
{
    const struct left_process *x = *(const struct left_process *const *)a;
    const struct left_process *y = *(const struct left_process *const *)b;

    return strcmp(x->command != NULL ? x->command : "?", y->command != NULL ? y->command : "?");
}

static const char *comma(const struct buf *b)
{
    return b->len > 0 ? ", " : "";
}

/* When it was started: in the trial's time, and before or after the signal, where that is sure. */
static void add_start(struct buf *b, const struct view *v, const struct left_process *p)
{
    int64_t sent = v->landed != NULL ? v->landed->sent_ns : -1;
    char time[32];

    if (p->started_ns == INT64_MIN || p->age_ns <= 0)
        return;
    duration_human(p->started_ns > 0 ? p->started_ns / TICK_NS * TICK_NS : 0, time, sizeof(time));
    buf_addf(b, "%sstarted %s into the trial", comma(b), time);
    if (sent >= 0 && p->started_ns + TICK_NS < sent)
        buf_adds(b, ", before the signal");
    else if (sent >= 0 && p->started_ns - TICK_NS > sent)
        buf_adds(b, ", after the signal");
}

/* What a person needs to find out where it came from and what it stands in the way of. */
static char *process_text(const struct view *v, const struct left_process *p)
{
    struct buf b = {0};
    char age[32];

    if (p->age_ns > 0) {
        duration_human(p->age_ns, age, sizeof(age));
        buf_addf(&b, "pid %d, %s old", (int)p->pid, age);
    }
    add_start(&b, v, p);
    if (p->chain != NULL)
        buf_addf(&b, "%sstarted by %.300s", comma(&b), p->chain);
    if (p->session)
        buf_addf(&b, "%sin a session of its own", comma(&b));
    if (p->detached)
        buf_addf(&b, "%swith its stdio closed", comma(&b));
    if (p->holds != NULL)
        buf_addf(&b, "%sholding %.400s", comma(&b), p->holds);
    return buf_take(&b);
}

static void report_processes(const struct view *v, const struct left_process *first, size_t n,
                             const char *expected)
{
    const char *name = first->command != NULL ? first->command : "?";
    char *what = process_text(v, first), *message, *seen;
    struct buf b = {0};

    message = n == 1 ? mem_printf("a process outlived the program: %.200s", name)
                     : mem_printf("%zu processes outlived the program: %.200s", n, name);
    buf_addf(&b, "%zu of this command, %zu process%s in all", n, v->r->processes_n,
             v->r->processes_n == 1 ? "" : "es");
    if (what != NULL)
        buf_addf(&b, "; %s%s", n > 1 ? "one is " : "", what);
    seen = buf_take(&b);
    if (first->holds != NULL) {
        char *longer = mem_printf("%s; it still holds %.400s", message, first->holds);
        free(message);
        message = longer;
    }
    findings_add(v->out, KIND_PROCESS_LEFT, name, message, expected, seen);
    free(what);
    free(message);
    free(seen);
}

static void check_processes(const struct view *v)
{
    const struct record *r = v->r;
    long limit = allowed(v->s->expect.processes);
    const struct left_process **list = mem_alloc((r->processes_n + 1) * sizeof(*list));
    char *expected = limit_text(limit, "processes left");

    for (size_t i = 0; i < r->processes_n; i++)
        list[i] = &r->processes[i];
    qsort(list, r->processes_n, sizeof(*list), by_command);
    for (size_t i = 0; (long)r->processes_n > limit && i < r->processes_n;) {
        size_t first = i;

        while (i < r->processes_n && by_command(&list[i], &list[first]) == 0)
            i++;
        report_processes(v, list[first], i - first, expected);
    }
    free(list);
    free(expected);
}

/* Whether a sorted list of paths has one beneath `folder`. */
static bool holds_another(const char **sorted, size_t n, const char *folder)
{
    size_t low = 0, high = n, len = strlen(folder);
    char *prefix = mem_printf("%s/", folder);
    bool found;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(sorted[middle], prefix) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    found = low < n && strncmp(sorted[low], prefix, len + 1) == 0;
    free(prefix);
    return found;
}

static const char **sorted_paths(const struct record *r)
{
    const char **paths = mem_alloc((r->files_n + 1) * sizeof(*paths));

    for (size_t i = 0; i < r->files_n; i++)
        paths[i] = r->files[i].path;
    qsort(paths, r->files_n, sizeof(*paths), by_text);
    return paths;
}

#define TWINS_MOST 300 /* of more files than that, names are not compared with each other */

/* Files made in the trial whose name is another one each time, and the same as this one's. */
static size_t count_twins(const struct record *r, size_t n, const char *path)
{
    size_t twins = 0;

    for (size_t i = 0; i < n; i++)
        twins += r->files[i].state == FILE_NEW && subjects_same(r->files[i].path, path);
    return twins;
}

/* An uninterrupted run leaves such a file too, under another name, as mkstemp makes them: it does
 * not count, but a second one does. */
static bool has_twin(const struct view *v, size_t i)
{
    const struct record *r = v->r, *baseline = v->baseline;
    const char *path = r->files[i].path;

    return r->files_n <= TWINS_MOST && baseline->files_n <= TWINS_MOST &&
           count_twins(r, i, path) < count_twins(baseline, baseline->files_n, path);
}

/* Files that the baseline doesn't have, in the record's order; folders only when they are empty. */
static size_t new_files(const struct view *v, const char **list)
{
    const struct record *r = v->r, *baseline = v->baseline;
    const char **mine = sorted_paths(r), **known = NULL;
    size_t n = 0;

    if (baseline != NULL)
        known = sorted_paths(baseline);
    for (size_t i = 0; i < r->files_n; i++) {
        const char *path = r->files[i].path;

        if (r->files[i].state != FILE_NEW || files_rule(v->s, path) == FILE_ANY)
            continue;
        if (known != NULL && files_rule(v->s, path) != FILE_ABSENT &&
            (bsearch(&path, known, baseline->files_n, sizeof(*known), by_text) != NULL ||
             has_twin(v, i)))
            continue;
        if (r->files[i].type == 'd' && holds_another(mine, r->files_n, path))
            continue;
        list[n++] = path;
    }
    free(mine);
    free(known);
    return n;
}

/* By its name others will take it for a sign that the program still runs. */
static bool is_lock(const char *path)
{
    static const char *const ends[] = {".lock", ".lck", ".pid", "~lock"};
    const char *name = strrchr(path, '/');
    size_t len;

    name = name != NULL ? name + 1 : path;
    len = strlen(name);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        size_t end = strlen(ends[i]);
        if (len >= end && strcmp(name + len - end, ends[i]) == 0)
            return true;
    }
    return strcasecmp(name, "lock") == 0 || strncmp(name, ".#", 2) == 0 ||
           strncmp(name, ".~lock.", 7) == 0;
}

static void check_locks(const struct view *v, const char **list, size_t n)
{
    long limit = allowed(v->s->expect.locks);
    char *expected = limit_text(limit, "lock files left");

    for (size_t i = 0; (long)n > limit && i < n; i++) {
        char *message = mem_printf("a lock file was left behind: %.200s", list[i]);
        char *subject = subject_of(list[i]);
        findings_add(v->out, KIND_LOCK_LEFT, subject, message, expected, list[i]);
        free(message);
        free(subject);
    }
    free(expected);
}

/* Moves the lock files to the end; how many others there are. */
static size_t locks_apart(const char **list, size_t n)
{
    const char **locks = mem_alloc((n + 1) * sizeof(*locks));
    size_t files = 0, locked = 0;

    for (size_t i = 0; i < n; i++) {
        if (is_lock(list[i]))
            locks[locked++] = list[i];
        else
            list[files++] = list[i];
    }
    for (size_t i = 0; i < locked; i++)
        list[files + i] = locks[i];
    free(locks);
    return files;
}

/* Of several the one that comes first by what is not random in its name: the same in each run. */
static char *first_subject(const char **list, size_t n)
{
    char *first = subject_of(list[0]);

    for (size_t i = 1; i < n && i < TWINS_MOST; i++) {
        char *subject = subject_of(list[i]);
        bool earlier = strcmp(subject, first) < 0;

        free(earlier ? first : subject);
        first = earlier ? subject : first;
    }
    return first;
}

static void check_files(const struct view *v)
{
    const struct record *r = v->r;
    long limit = allowed(v->s->expect.files);
    const char **list = mem_alloc((r->files_n + 1) * sizeof(*list));
    size_t all = new_files(v, list), n = locks_apart(list, all);
    size_t shown = n < LISTED ? n : LISTED;
    uint64_t total = n + r->files_more;
    struct buf names = {0};
    char *subject, *message, *expected, *seen;

    if (r->files_more > 0 && v->baseline != NULL)
        findings_untested(v->out, "files: too many were left to compare all with the baseline");
    check_locks(v, list + n, all - n);
    if (n > 0 && total > (uint64_t)limit) {
        for (size_t i = 0; i < shown; i++)
            buf_addf(&names, "%s%.200s", i == 0 ? "" : ", ", list[i]);
        if (total > shown)
            buf_adds(&names, ", ...");
        message = total == 1 ? mem_printf("a file was left behind: %s", names.data)
                             : mem_printf("%llu files were left behind: %s",
                                          (unsigned long long)total, names.data);
        expected =
            limit_text(limit, v->baseline != NULL ? "files beyond those of an uninterrupted run"
                                                  : "files left");
        seen = mem_printf("%llu", (unsigned long long)total);
        subject = first_subject(list, n);
        findings_add(v->out, KIND_FILE_LEFT, subject, message, expected, seen);
        free(subject);
        free(message);
        free(expected);
        free(seen);
    }
    buf_free(&names);
    free(list);
}

/* A path in the trial's own folder as the other findings have it: "work/a.log". */
static const char *in_scratch(const char *path)
{
    const char *at = strstr(path, "/sigsweep-");

    if (at == NULL || (at = strchr(at + 1, '/')) == NULL)
        return path;
    at += 1 + strspn(at + 1, "0123456789");
    return at[0] == '/' && at[1] != '\0' ? at + 1 : path;
}

/* "pipe:[123]" differs from trial to trial, "pipe" doesn't; nor does the name of what has none. */
static char *fd_subject(const char *target)
{
    const char *inode = strstr(target, ":["), *end;
    char *name, *subject;

    if (inode == NULL)
        return subject_of(in_scratch(target));
    if (strncmp(target, "anon_inode", 10) != 0)
        return mem_strndup(target, (size_t)(inode - target));
    end = strchr(inode, ']');
    name = mem_strndup(inode + 2, end != NULL ? (size_t)(end - inode - 2) : strlen(inode + 2));
    subject = mem_strdup(strcmp(name, "eventpoll") == 0 ? "epoll" : name);
    free(name);
    return subject;
}

static const char *fd_text(const struct open_fd *fd)
{
    return fd->what != NULL ? fd->what : fd->target != NULL ? fd->target : "?";
}

static void check_fds(const struct view *v)
{
    const struct record *r = v->r;
    struct buf seen = {0};
    char *subject, *message, *expected;

    if ((long)r->fds_n <= v->s->expect.fds)
        return;
    for (size_t i = 0; i < r->fds_n && i < LISTED; i++)
        buf_addf(&seen, "%s%d (%.200s)", i == 0 ? "" : ", ", r->fds[i].fd, fd_text(&r->fds[i]));
    if (r->fds_n > LISTED)
        buf_adds(&seen, ", ...");
    subject = fd_subject(r->fds[0].target != NULL ? r->fds[0].target : "?");
    message = mem_printf("%zu descriptor%s still open when the program ended: %s", r->fds_n,
                         r->fds_n == 1 ? " was" : "s were", seen.data);
    expected = limit_text(v->s->expect.fds, "open descriptors");
    findings_add(v->out, KIND_FD_LEAK, subject, message, expected, seen.data);
    free(subject);
    free(message);
    free(expected);
    buf_free(&seen);
}

/* "worker-3" is one of the workers. */
static char *thread_subject(const struct record *r)
{
    const char *name = r->left_threads_n != 0 ? r->left_threads[0].comm : "threads";
    size_t len = strlen(name);

    while (len > 0 && (isdigit((unsigned char)name[len - 1]) || name[len - 1] == '-' ||
                       name[len - 1] == '_' || name[len - 1] == ':' || name[len - 1] == '/'))
        len--;
    return len > 0 ? mem_strndup(name, len) : mem_strdup(name);
}

static void check_threads(const struct view *v)
{
    const struct record *r = v->r;
    char *message, *expected, *subject;
    struct buf seen = {0};

    if ((long)r->threads <= v->s->expect.threads)
        return;
    for (size_t i = 0; i < r->left_threads_n && i < LISTED; i++)
        buf_addf(&seen, "%s%.40s%s%.200s", i == 0 ? "" : "; ", r->left_threads[i].comm,
                 r->left_threads[i].where != NULL ? ", " : "",
                 r->left_threads[i].where != NULL ? r->left_threads[i].where : "");
    if (r->threads > LISTED || seen.len == 0)
        buf_addf(&seen, "%s%u in all", seen.len > 0 ? "; " : "", r->threads);
    message = mem_printf("%u thread%s still alive when the program ended: %s", r->threads,
                         r->threads == 1 ? " was" : "s were", seen.data);
    expected = limit_text(v->s->expect.threads, "other threads");
    subject = thread_subject(r);
    findings_add(v->out, KIND_THREAD_LEFT, subject, message, expected, seen.data);
    free(subject);
    free(message);
    free(expected);
    buf_free(&seen);
}

/* What is open when the harness kills a hanging program is no leak. */
static void check_census(const struct view *v)
{
    const struct expect *e = &v->s->expect;
    bool hung = v->r->how == ENDED_DEADLINE || v->r->how == ENDED_FLOOD;
    const char *why = hung ? "the harness ended the program" : "no census was made at its exit";
    char *reason;

    /* Killed outright, by a signal that it had no handler for: the kernel closed what was open, and
     * no code of the program's could have. */
    if (v->r->outright)
        return;
    if (e->fds >= 0 && v->r->fds_known && !hung) {
        check_fds(v);
    } else if (e->fds >= 0) {
        reason = mem_printf("descriptors: %s", why);
        findings_untested(v->out, reason);
        free(reason);
    }
    if (e->threads >= 0 && v->r->fds_known && !hung) {
        check_threads(v);
    } else if (e->threads >= 0) {
        reason = mem_printf("threads: %s", why);
        findings_untested(v->out, reason);
        free(reason);
    }
}

static void note_hidden(const struct view *v)
{
    char *reason;

    if (v->r->files_hidden == 0)
        return;
    reason = mem_printf("files: %llu folders that the program left can't be read",
                        (unsigned long long)v->r->files_hidden);
    findings_untested(v->out, reason);
    free(reason);
}

void check_left(const struct view *v)
{
    note_hidden(v);
    check_processes(v);
    check_files(v);
    check_torn(v);
    check_ipc(v);
    check_terminal(v);
    check_census(v);
}

bool left_wants_baseline(const struct view *v)
{
    uint64_t judged = v->r->files_more, open = judged;

    for (size_t i = 0; i < v->r->files_n; i++) {
        judged += files_rule(v->s, v->r->files[i].path) != FILE_ANY;
        open += file_needs_baseline(v->s, v->r->files[i].path);
    }
    return files_want_baseline(v) || ipc_wants_baseline(v) || terminal_wants_baseline(v) ||
           (open != 0 && judged > (uint64_t)allowed(v->s->expect.files));
}
