/* tree.c - removing and copying directory trees by descriptors, so that no path is too long and no
 * link leads out. */
#include "support/buf.h"
#include "trial/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* A tree that is being removed. What lies deeper than DEPTH is moved up to its top first:
 * descriptors and stack are bounded, however deep it is. */
struct removal {
    int top; /* the folder that things are moved to */
    unsigned moved;
};

#define DEPTH 100

static int remove_at(struct removal *r, int dir_fd, const char *name, int depth);

static int move_up(struct removal *r, int dir_fd, const char *name)
{
    char fresh[32];

    do {
        snprintf(fresh, sizeof(fresh), "sigsweep-deep-%u", r->moved++);
    } while (renameat2(dir_fd, name, r->top, fresh, RENAME_NOREPLACE) != 0 && errno == EEXIST);
    return faccessat(dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? -ELOOP : 0;
}

static int empty_dir(struct removal *r, int fd, int depth) /* takes fd */
{
    DIR *dir = fdopendir(fd);
    struct dirent *entry;
    int rc = 0;

    if (dir == NULL) {
        rc = -errno;
        close(fd);
        return rc;
    }
    while ((entry = readdir(dir)) != NULL) {
        if (!is_dots(entry->d_name)) {
            int one = remove_at(r, dirfd(dir), entry->d_name, depth + 1);
            rc = rc != 0 ? rc : one;
        }
    }
    closedir(dir);
    return rc;
}

static int remove_at(struct removal *r, int dir_fd, const char *name, int depth)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd;

    if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM && errno != EACCES)
        return -errno;
    fd = openat(dir_fd, name, flags);
    if (fd < 0 && errno == EACCES && fchmodat(dir_fd, name, 0700, 0) == 0)
        fd = openat(dir_fd, name, flags);
    if (fd >= 0 && depth > DEPTH) {
        close(fd);
        return move_up(r, dir_fd, name);
    }
    if (fd >= 0) {
        (void)fchmod(fd, 0700);
        (void)empty_dir(r, fd, depth);
    }
    return unlinkat(dir_fd, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -errno;
}

int tree_remove(const char *path)
{
    struct removal r = {.top = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    unsigned moved;
    int rc;

    if (r.top < 0 && errno == EACCES && fchmodat(AT_FDCWD, path, 0700, 0) == 0)
        r.top = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    do { /* what was moved up may be seen by the same turn, or not */
        moved = r.moved;
        rc = remove_at(&r, AT_FDCWD, path, 0);
    } while (rc != 0 && r.moved != moved);
    if (r.top >= 0)
        close(r.top);
    return rc;
}

static int copy_file(int from, int to)
{
    if (ioctl(to, FICLONE, from) == 0)
        return 0;
    for (;;) {
        ssize_t n = sendfile(to, from, NULL, 1 << 20);
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return -errno;
    }
}

static int copy_entry(int from_dir, const char *name, int to_dir);

static int copy_dir(int from_dir, const char *name, int to_dir, const char *to_name, mode_t mode)
{
    int from = openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int to = -1, rc = 0;
    struct dirent *entry;
    DIR *dir;

    if (from < 0)
        return -errno;
    if (mkdirat(to_dir, to_name, 0700) != 0 && errno != EEXIST)
        rc = -errno;
    if (rc == 0 && (to = openat(to_dir, to_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        rc = -errno;
    dir = rc == 0 ? fdopendir(from) : NULL;
    if (dir == NULL) {
        close(from);
        if (to >= 0)
            close(to);
        return rc != 0 ? rc : -ENOMEM;
    }
    while (rc == 0 && (entry = readdir(dir)) != NULL) {
        if (!is_dots(entry->d_name))
            rc = copy_entry(from, entry->d_name, to);
    }
    if (rc == 0 && fchmod(to, mode & 07777) != 0)
        rc = -errno;
    closedir(dir);
    close(to);
    return rc;
}

static int copy_entry(int from_dir, const char *name, int to_dir)
{
    struct stat st;
    int from, to, rc;

    if (fstatat(from_dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return -errno;
    if (S_ISDIR(st.st_mode))
        return copy_dir(from_dir, name, to_dir, name, st.st_mode);
    if (S_ISLNK(st.st_mode)) {
        char target[4096];
        ssize_t n = readlinkat(from_dir, name, target, sizeof(target) - 1);
        if (n < 0)
            return -errno;
        target[n] = '\0';
        return symlinkat(target, to_dir, name) == 0 ? 0 : -errno;
    }
    if (S_ISFIFO(st.st_mode))
        return mkfifoat(to_dir, name, st.st_mode & 07777) == 0 ? 0 : -errno;
    if (!S_ISREG(st.st_mode))
        return 0; /* a socket or a device is nobody's starting state */
    from = openat(from_dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (from < 0)
        return -errno;
    to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    rc = to < 0 ? -errno : copy_file(from, to);
    if (rc == 0 && fchmod(to, st.st_mode & 07777) != 0)
        rc = -errno;
    if (to >= 0)
        close(to);
    close(from);
    return rc;
}

int tree_copy(const char *from, const char *to, struct error *err)
{
    struct stat st;
    int rc = stat(from, &st) != 0 ? -errno : copy_dir(AT_FDCWD, from, AT_FDCWD, to, st.st_mode);

    if (rc != 0)
        error_set(err, rc, "cannot copy %s to %s: %s", from, to, strerror(-rc));
    return rc;
}
