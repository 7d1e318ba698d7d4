/* changes.c - the calls by which a copy may change the trial's own folders. What a call removes or
 * replaces is moved aside before it; all else is put back afterwards from what the folders held. */
#include "trial/copied.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OTHER_CALL  "it makes a call that may change something shared"
#define NOT_KEPT    "what it removes can't be kept"
#define SHARED_FILE "it writes to something that is shared"

static const char *begin(struct copied *c)
{
    return undo_begin(c->live.undo, c->original);
}

/* One of the three folders themselves stays where it is. */
static bool is_root(const struct copied *c, const char *path)
{
    const struct scratch *s = c->live.undo->scratch;

    return strcmp(path, s->work) == 0 || strcmp(path, s->tmp) == 0 || strcmp(path, s->home) == 0;
}

/* A path whose last name the call makes, removes or changes. */
static const char *own_path(struct copied *c, int dir_fd, uint64_t path, bool follow, char *out)
{
    const char *why = begin(c);

    if (why == NULL)
        why = reach(c, dir_fd, path, follow, out);
    return why == NULL && is_root(c, out) ? "it changes one of its folders itself" : why;
}

static bool is_empty(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    bool empty = dir != NULL;

    while (empty && (entry = readdir(dir)) != NULL)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (dir != NULL)
        closedir(dir);
    return empty;
}

static bool stands_in(pid_t pid, const struct stat *folder)
{
    char path[32];
    struct stat st;

    snprintf(path, sizeof(path), "/proc/%d/cwd", pid);
    return stat(path, &st) != 0 || (st.st_ino == folder->st_ino && st.st_dev == folder->st_dev);
}

/* What is there is about to go, or to be replaced. Moved: it was there before the copy, and waits
 * in its room now. */
static const char *set_aside(struct copied *c, const char *path, const struct stat *st, bool *moved)
{
    struct undo *u = c->live.undo;
    const struct held *h = folders_find(&u->held, st);

    *moved = false;
    if (h == NULL || (!S_ISDIR(st->st_mode) && st->st_nlink != 1))
        return NULL; /* made by the copy; or it has another name for it */
    if (S_ISDIR(st->st_mode) && stands_in(c->live.pid, st))
        return "it removes the folder that it is in";
    *moved = undo_set_aside(u, path, h);
    return *moved ? NULL : NOT_KEPT;
}

/* Calls that the kernel will refuse are left to it. */
static const char *removes(struct copied *c, int dir_fd, uint64_t address, bool folder)
{
    char path[PATH_MAX];
    const char *why = own_path(c, dir_fd, address, false, path);
    struct stat st;
    bool moved;

    if (why != NULL)
        return why;
    if (lstat(path, &st) != 0 || (S_ISDIR(st.st_mode) != 0) != folder ||
        (folder && !is_empty(path)))
        return NULL;
    why = set_aside(c, path, &st, &moved);
    if (why == NULL && moved && arch_call_skip(c->live.pid, 0) != 0)
        why = NOT_KEPT;
    return why;
}

/* The kernel will let the one take the place of the other. */
static bool may_replace(const char *from, const struct stat *source, const char *to,
                        const struct stat *target)
{
    size_t n = strlen(from);

    if (source->st_ino == target->st_ino && source->st_dev == target->st_dev)
        return false; /* rename(2): then nothing is done */
    if (S_ISDIR(source->st_mode) && strncmp(to, from, n) == 0 && to[n] == '/')
        return false;
    if (S_ISDIR(source->st_mode))
        return S_ISDIR(target->st_mode) && is_empty(to);
    return !S_ISDIR(target->st_mode);
}

static const char *renames(struct copied *c, const uint64_t from[2], const uint64_t to[2],
                           uint64_t flags)
{
    char source[PATH_MAX], target[PATH_MAX];
    const char *why = own_path(c, (int)from[0], from[1], false, source);
    struct stat one, other;

    if (why == NULL)
        why = own_path(c, (int)to[0], to[1], false, target);
    if (why == NULL && flags != 0 && flags != RENAME_NOREPLACE)
        why = OTHER_CALL;
    if (why != NULL || flags != 0 || lstat(source, &one) != 0 || lstat(target, &other) != 0 ||
        !may_replace(source, &one, target, &other))
        return why;
    return set_aside(c, target, &other, &c->replacing);
}

/* A new name. */
static const char *makes(struct copied *c, int dir_fd, uint64_t address)
{
    char path[PATH_MAX];

    return own_path(c, dir_fd, address, false, path);
}

static const char *links(struct copied *c, const uint64_t from[2], const uint64_t to[2],
                         uint64_t flags)
{
    char path[PATH_MAX];
    const char *why = flags == 0 ? own_path(c, (int)from[0], from[1], false, path) : OTHER_CALL;

    return why != NULL ? why : makes(c, (int)to[0], to[1]);
}

static const char *alters(struct copied *c, int dir_fd, uint64_t address, bool follow)
{
    char path[PATH_MAX];
    const char *why = begin(c);

    return why != NULL ? why : reach(c, dir_fd, address, follow, path);
}

static const char *truncates(struct copied *c, uint64_t address, uint64_t size)
{
    const char *why = alters(c, AT_FDCWD, address, true);

    c->live.undo->wrote = true;
    return why == NULL && size > WRITTEN_MOST ? "it makes a large file" : why;
}

/* The file that a descriptor of the copy stands for. */
static bool file_of(const struct copied *c, int fd, struct stat *st)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/fd/%d", c->live.pid, fd);
    return stat(path, st) == 0;
}

static const char *alters_open(struct copied *c, int fd)
{
    const char *why = begin(c);
    struct stat st;

    if (why != NULL || !file_of(c, fd, &st))
        return why;
    return folders_find(&c->live.undo->held, &st) != NULL ? NULL : OTHER_CALL;
}

const char *copy_writes(struct copied *c, const struct stat *st)
{
    const char *why = S_ISREG(st->st_mode) ? begin(c) : SHARED_FILE;

    if (why != NULL)
        return why;
    c->live.undo->wrote = true;
    return folders_find(&c->live.undo->held, st) != NULL ? NULL : SHARED_FILE;
}

/* At a place that is given, and not where the descriptor stands. */
static const char *writes_at(struct copied *c, int fd)
{
    struct stat st;

    return copied_owns(c, fd) || !file_of(c, fd, &st) ? NULL : copy_writes(c, &st);
}

static const char *resizes(struct copied *c, int fd, uint64_t size)
{
    return size > WRITTEN_MOST ? "it makes a large file" : writes_at(c, fd);
}

const char *copy_opens(struct copied *c, int dir_fd, uint64_t address, uint64_t flags)
{
    const bool fails_at_link = (flags & O_CREAT) && (flags & O_EXCL);
    char path[PATH_MAX];
    const char *why = begin(c);
    struct stat st;

    if (why == NULL)
        why = reach(c, dir_fd, address, !(flags & O_NOFOLLOW) && !fails_at_link, path);
    if (why != NULL)
        return why;
    c->live.undo->wrote = true;
    if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) &&
        !S_ISLNK(st.st_mode))
        return "it opens what others may have open";
    return NULL;
}

const char *copy_changes(struct copied *c, const struct arch_call *call)
{
    const uint64_t *a = call->args, here = (uint64_t)AT_FDCWD;

    switch (call->number) {
#ifdef SYS_unlink
    case SYS_unlink: return removes(c, AT_FDCWD, a[0], false);
    case SYS_rmdir: return removes(c, AT_FDCWD, a[0], true);
    case SYS_rename: return renames(c, (uint64_t[]){here, a[0]}, (uint64_t[]){here, a[1]}, 0);
    case SYS_mkdir: return makes(c, AT_FDCWD, a[0]);
    case SYS_symlink: return makes(c, AT_FDCWD, a[1]);
    case SYS_link: return links(c, (uint64_t[]){here, a[0]}, (uint64_t[]){here, a[1]}, 0);
    case SYS_chmod: return alters(c, AT_FDCWD, a[0], true);
    case SYS_creat: return copy_opens(c, AT_FDCWD, a[0], O_CREAT | O_WRONLY | O_TRUNC);
#endif
    case SYS_unlinkat: return removes(c, (int)a[0], a[1], (a[2] & AT_REMOVEDIR) != 0);
#ifdef SYS_renameat
    case SYS_renameat: return renames(c, &a[0], &a[2], 0);
#endif
    case SYS_renameat2: return renames(c, &a[0], &a[2], a[4]);
    case SYS_mkdirat: return makes(c, (int)a[0], a[1]);
    case SYS_symlinkat: return makes(c, (int)a[1], a[2]);
    case SYS_linkat: return links(c, &a[0], &a[2], a[4]);
    case SYS_fchmodat: return alters(c, (int)a[0], a[1], true);
    case SYS_fchmod: return alters_open(c, (int)a[0]);
    case SYS_utimensat:
        return a[1] == 0 ? alters_open(c, (int)a[0])
                         : alters(c, (int)a[0], a[1], !(a[3] & AT_SYMLINK_NOFOLLOW));
    case SYS_truncate: return truncates(c, a[0], a[1]);
    case SYS_ftruncate: return resizes(c, (int)a[0], a[1]);
    case SYS_pwrite64:
    case SYS_pwritev: return writes_at(c, (int)a[0]);
    case SYS_fsync:
    case SYS_fdatasync: return NULL; /* to the disk: nobody sees it */
    default: return OTHER_CALL;
    }
}

static bool is_write(long number)
{
    return number == SYS_write || number == SYS_writev || number == SYS_pwrite64 ||
           number == SYS_pwritev;
}

const char *copy_changed(struct copied *c, const struct arch_call *call, long result)
{
    struct undo *u = c->live.undo;
    bool replacing = c->replacing;

    c->replacing = false;
    if (replacing && result < 0 && !undo_take_back(u))
        return NOT_KEPT;
    if (u->wrote && is_write(call->number) && result > 0)
        u->written += (uint64_t)result;
    return u->written > WRITTEN_MOST ? "it writes much" : NULL;
}

bool copy_uses_removed(const struct copied *c, const struct arch_call *call)
{
    const struct undo *u = c->live.undo;
    struct stat st;

    if (u->asides_n == 0)
        return false;
    switch (call->number) {
    case SYS_fstat:
    case SYS_newfstatat:
    case SYS_statx:
    case SYS_getdents64:
    case SYS_fchdir:
    case SYS_faccessat:
    case SYS_faccessat2:
    case SYS_readlinkat:
    case SYS_openat:
    case SYS_fchmod:
    case SYS_utimensat: return file_of(c, (int)call->args[0], &st) && undo_is_aside(u, &st);
    default: return false; /* the same for a file without a name, or reach() tells */
    }
}
