#include "judge/check.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define LISTED 5

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

static void check_processes(const struct view *v)
{
    const struct record *r = v->r;
    long limit = allowed(v->s->expect.processes);
    const char **names = mem_alloc((r->processes_n + 1) * sizeof(*names));
    char *expected = limit_text(limit, "processes left");

    for (size_t i = 0; i < r->processes_n; i++)
        names[i] = r->processes[i].command != NULL ? r->processes[i].command : "?";
    qsort(names, r->processes_n, sizeof(*names), by_text);
    for (size_t i = 0; (long)r->processes_n > limit && i < r->processes_n;) {
        size_t first = i;
        char *message, *seen;

        while (i < r->processes_n && strcmp(names[i], names[first]) == 0)
            i++;
        message =
            i - first == 1
                ? mem_printf("a process outlived the program: %.200s", names[first])
                : mem_printf("%zu processes outlived the program: %.200s", i - first, names[first]);
        seen = mem_printf("%zu of this command, %zu processes in all", i - first, r->processes_n);
        findings_add(v->out, KIND_PROCESS_LEFT, names[first], message, expected, seen);
        free(message);
        free(seen);
    }
    free(names);
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
            bsearch(&path, known, baseline->files_n, sizeof(*known), by_text) != NULL)
            continue;
        if (r->files[i].type == 'd' && holds_another(mine, r->files_n, path))
            continue;
        list[n++] = path;
    }
    free(mine);
    free(known);
    return n;
}

static bool random_looking(const char *text, size_t len)
{
    bool digit = false, upper = false, lower = false;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (!isalnum(c))
            return false;
        digit |= isdigit(c) != 0;
        upper |= isupper(c) != 0;
        lower |= islower(c) != 0;
    }
    return digit + upper + lower >= 2;
}

/* A name that mkstemp made differs in every trial; as a subject it reads sedXXXXXX, so that
 * findings of one cause are one. mktemp(1) takes ten characters after a dot, Python eight after
 * "tmp". */
char *file_subject(const char *path)
{
    static const size_t tails[] = {10, 8, 6};
    char *subject = mem_strdup(path), *name = strrchr(subject, '/');
    size_t len;

    name = name != NULL ? name + 1 : subject;
    len = strlen(name);
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        size_t tail = tails[i];
        bool begins =
            tail == 6 || (len > tail && (name[len - tail - 1] == '.' ||
                                         (len == tail + 3 && strncmp(name, "tmp", 3) == 0)));
        if (len >= tail && begins && random_looking(name + len - tail, tail)) {
            memset(name + len - tail, 'X', tail);
            break;
        }
    }
    return subject;
}

static void check_files(const struct view *v)
{
    const struct record *r = v->r;
    long limit = allowed(v->s->expect.files);
    const char **list = mem_alloc((r->files_n + 1) * sizeof(*list));
    size_t n = new_files(v, list), shown = n < LISTED ? n : LISTED;
    uint64_t total = n + r->files_more;
    struct buf names = {0};
    char *subject, *message, *expected, *seen;

    if (r->files_more > 0 && v->baseline != NULL)
        findings_untested(v->out, "files: too many were left to compare all with the baseline");
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
        subject = file_subject(list[0]);
        findings_add(v->out, KIND_FILE_LEFT, subject, message, expected, seen);
        free(subject);
        free(message);
        free(expected);
        free(seen);
    }
    buf_free(&names);
    free(list);
}

/* "pipe:[123]" differs from trial to trial, "pipe" doesn't. */
static char *fd_subject(const char *target)
{
    const char *inode = strstr(target, ":[");

    return inode != NULL ? mem_strndup(target, (size_t)(inode - target)) : mem_strdup(target);
}

static void check_fds(const struct view *v)
{
    const struct record *r = v->r;
    struct buf seen = {0};
    char *subject, *message, *expected;

    if ((long)r->fds_n <= v->s->expect.fds)
        return;
    for (size_t i = 0; i < r->fds_n && i < LISTED; i++)
        buf_addf(&seen, "%s%d (%.200s)", i == 0 ? "" : ", ", r->fds[i].fd,
                 r->fds[i].target != NULL ? r->fds[i].target : "?");
    if (r->fds_n > LISTED)
        buf_adds(&seen, ", ...");
    subject = fd_subject(r->fds[0].target != NULL ? r->fds[0].target : "?");
    message = mem_printf("%zu descriptor%s still open when the program ended", r->fds_n,
                         r->fds_n == 1 ? " was" : "s were");
    expected = limit_text(v->s->expect.fds, "open descriptors");
    findings_add(v->out, KIND_FD_LEAK, subject, message, expected, seen.data);
    free(subject);
    free(message);
    free(expected);
    buf_free(&seen);
}

static void check_threads(const struct view *v)
{
    char *message, *expected, *seen;

    if ((long)v->r->threads <= v->s->expect.threads)
        return;
    message = mem_printf("%u thread%s still alive when the program ended", v->r->threads,
                         v->r->threads == 1 ? " was" : "s were");
    expected = limit_text(v->s->expect.threads, "other threads");
    seen = mem_printf("%u", v->r->threads);
    findings_add(v->out, KIND_THREAD_LEFT, "threads", message, expected, seen);
    free(message);
    free(expected);
    free(seen);
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

void check_left(const struct view *v)
{
    check_processes(v);
    check_files(v);
    check_torn(v);
    check_census(v);
}

bool left_wants_baseline(const struct view *v)
{
    return files_want_baseline(v) ||
           (v->r->files_n > 0 &&
            v->r->files_n + v->r->files_more > (uint64_t)allowed(v->s->expect.files));
}
