/* reach.c - where a path of a copy leads. Each link on the way is followed by hand: the copy stands
 * still, and nobody else is in the trial's folders. */
#include "trial/breakpoint.h"
#include "trial/copied.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MOST 40
#define PAGE       4096
#define LOST       "where a path leads is not known"

static bool is_in(const char *folder, const char *path)
{
    size_t n = strlen(folder);

    return strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

bool reach_is_own(const struct scratch *s, const char *path)
{
    return is_in(s->work, path) || is_in(s->tmp, path) || is_in(s->home, path);
}

/* Text of the copy, at most PATH_MAX bytes with its end. */
static bool read_text(pid_t pid, uint64_t address, char *out)
{
    for (size_t n = 0; n < PATH_MAX;) {
        size_t part = PAGE - (size_t)(address + n) % PAGE;
        if (part > PATH_MAX - n)
            part = PATH_MAX - n;
        if (memory_read(pid, address + n, out + n, part) != 0)
            return false;
        if (memchr(out + n, '\0', part) != NULL)
            return true;
        n += part;
    }
    return false;
}

static bool is_same_place(const char *a, const char *b)
{
    struct stat one, other;

    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_ino == other.st_ino &&
           one.st_dev == other.st_dev;
}

/* The folder that a path of the copy begins at. */
static bool find_base(pid_t pid, int dir_fd, bool absolute, char *out)
{
    char link[64];
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/%d/root", pid);
    if (!is_same_place(link, "/"))
        return false;
    out[0] = '\0';
    if (absolute)
        return true;
    if (dir_fd == AT_FDCWD)
        snprintf(link, sizeof(link), "/proc/%d/cwd", pid);
    else
        snprintf(link, sizeof(link), "/proc/%d/fd/%d", pid, dir_fd);
    n = readlink(link, out, PATH_MAX - 1);
    out[n > 0 ? n : 0] = '\0';
    return n > 0 && out[0] == '/' && is_same_place(link, out);
}

/* One name more: false when there is no room. */
static bool add_name(char *at, const char *name, size_t n)
{
    size_t len = strlen(at);

    if (n == 0 || (n == 1 && name[0] == '.'))
        return true;
    if (n == 2 && name[0] == '.' && name[1] == '.') {
        char *slash = strrchr(at, '/');
        if (slash != NULL)
            *slash = '\0';
        return true;
    }
    if (len + n + 2 > PATH_MAX)
        return false;
    at[len] = '/';
    memcpy(at + len + 1, name, n);
    at[len + 1 + n] = '\0';
    return true;
}

/* The link at the end of `at` is replaced by what it says, before the rest. */
static bool follow_link(char *at, char *rest)
{
    char target[2 * PATH_MAX];
    ssize_t n = readlink(at, target, PATH_MAX - 1);
    size_t len = strlen(rest);

    if (n <= 0 || (size_t)n + len + 2 > PATH_MAX)
        return false;
    target[n] = '/';
    memcpy(target + n + 1, rest, len + 1);
    memcpy(rest, target, (size_t)n + len + 2);
    if (rest[0] == '/')
        at[0] = '\0';
    else
        *strrchr(at, '/') = '\0';
    return true;
}

/* Its last name is "." or "..", or it has none: what such calls do is not worth knowing. */
static bool ends_in_dots(const char *text)
{
    const char *slash = strrchr(text, '/'), *name = slash != NULL ? slash + 1 : text;

    return name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

const char *reach(const struct copied *c, int dir_fd, uint64_t path, bool follow, char *out)
{
    char rest[PATH_MAX];
    struct stat st;
    int links = 0;

    if (!read_text(c->live.pid, path, rest) || ends_in_dots(rest) ||
        !find_base(c->live.pid, dir_fd, rest[0] == '/', out))
        return LOST;
    while (rest[0] != '\0') {
        size_t n = strcspn(rest, "/"), gap = strspn(rest + n, "/");
        bool last = rest[n + gap] == '\0';
        if (!add_name(out, rest, n))
            return LOST;
        memmove(rest, rest + n + gap, strlen(rest + n + gap) + 1);
        if (is_in("/proc", out))
            return REACH_OUTSIDE; /* its links lead elsewhere for everybody */
        if (n != 0 && (!last || follow) && lstat(out, &st) == 0 && S_ISLNK(st.st_mode) &&
            (++links > LINKS_MOST || !follow_link(out, rest)))
            return LOST;
    }
    return reach_is_own(c->live.undo->scratch, out) ? NULL : REACH_OUTSIDE;
}
