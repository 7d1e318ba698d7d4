/* files.c - what is in the scratch: a mark of what the program started with, and, afterwards, what
 * it made, changed or took away. Contents are told apart by their hash. */
#include "trial/scratch.h"

#include "support/buf.h"
#include "support/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_LISTED 1000 /* further ones are counted */
#define DEPTH_LISTED 64
#define HASHED_WHOLE (4 << 20) /* of larger files SAMPLES pieces, spread evenly, are hashed */
#define SAMPLES      64
#define PIECE        16384
#define MARK_HASHED  (64 << 20) /* bytes that a mark reads at most */
/* A file system's clock is coarse: a file may have been changed again without a new mtime. */
#define RACY_NS 20000000

/* ----------------------------------------------------------------------------- contents */

static uint64_t fnv1a(uint64_t hash, const unsigned char *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ data[i]) * 0x100000001b3;
    return hash;
}

/* False when it can't be read to its end. */
static bool hash_of(int dir_fd, const char *name, uint64_t size, uint64_t *out)
{
    unsigned char piece[PIECE];
    uint64_t hash = 0xcbf29ce484222325, at = 0;
    uint64_t stride = size > HASHED_WHOLE ? size / SAMPLES : 0;
    int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t got = -1;

    while (fd >= 0 && (got = pread(fd, piece, sizeof(piece), (off_t)at)) > 0) {
        hash = fnv1a(hash, piece, (size_t)got);
        at += stride > (uint64_t)got ? stride : (uint64_t)got;
    }
    if (fd >= 0)
        close(fd);
    *out = hash;
    return fd >= 0 && got == 0;
}

/* -------------------------------------------------------------------------------- the walk */

struct walk {
    struct scratch *s;
    struct record *r;             /* NULL: a mark is made */
    const struct record *earlier; /* an earlier scan, whose hashes may still hold; or NULL */
    size_t room;
    uint64_t hashed; /* bytes */
    int64_t now_ns;  /* when it began, on the clock that files are stamped with */
};

static char type_of(mode_t mode)
{
    return S_ISREG(mode)    ? 'f'
           : S_ISDIR(mode)  ? 'd'
           : S_ISLNK(mode)  ? 'l'
           : S_ISFIFO(mode) ? 'p'
           : S_ISSOCK(mode) ? 's'
                            : 'o';
}

static struct left_file file_of(const struct walk *w, char *path, const struct stat *st)
{
    return (struct left_file){.path = path,
                              .type = type_of(st->st_mode),
                              .mode = st->st_mode & 07777,
                              .size = (uint64_t)st->st_size,
                              .inode = st->st_ino,
                              .mtime_ns = clock_of(&st->st_mtim),
                              .ctime_ns = clock_of(&st->st_ctim),
                              .seen_ns = w->now_ns};
}

/* Surely the same bytes: nothing can have touched it since. */
static bool is_untouched(const struct left_file *was, const struct left_file *is)
{
    return was->inode == is->inode && was->size == is->size && was->mtime_ns == is->mtime_ns &&
           was->ctime_ns == is->ctime_ns && was->ctime_ns + RACY_NS < was->seen_ns;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct left_file *)a)->path, ((const struct left_file *)b)->path);
}

static struct left_file *find(struct left_file *list, size_t n, const char *path)
{
    struct left_file key = {.path = (char *)path};

    return n != 0 ? bsearch(&key, list, n, sizeof(*list), by_path) : NULL;
}

static void read_contents(struct walk *w, int dir_fd, const char *name, struct left_file *f)
{
    const struct left_file *was =
        w->earlier != NULL ? find(w->earlier->files, w->earlier->files_n, f->path) : NULL;

    if (f->type != 'f')
        return;
    if (was != NULL && was->hashed && is_untouched(was, f)) {
        f->hash = was->hash;
        f->hashed = true;
        f->seen_ns = was->seen_ns;
        return;
    }
    f->hashed = hash_of(dir_fd, name, f->size, &f->hash);
    w->hashed += f->size;
}

static void see_start(struct walk *w, int dir_fd, const char *name, struct left_file *f)
{
    struct scratch *s = w->s;

    if (w->hashed < MARK_HASHED)
        read_contents(w, dir_fd, name, f);
    if (s->start_n == w->room) {
        w->room = 2 * w->room + 16;
        s->start = mem_grow(s->start, w->room, sizeof(*s->start));
    }
    s->start[s->start_n++] = *f;
}

static void list(struct walk *w, const struct left_file *f)
{
    struct record *r = w->r;

    w->s->unchanged = false;
    if (r->files_n >= FILES_LISTED) {
        r->files_more++;
        free(f->path);
        return;
    }
    if (r->files_n == w->room) {
        w->room = 2 * w->room + 16;
        r->files = mem_grow(r->files, w->room, sizeof(*r->files));
    }
    r->files[r->files_n++] = *f;
}

/* A folder's size and times change with what is in it, and that is listed itself. */
static bool is_as_started(struct walk *w, int dir_fd, const char *name, const struct left_file *was,
                          struct left_file *f)
{
    if (was->type != f->type || was->mode != f->mode)
        return false;
    if (f->type == 'd')
        return true;
    if (was->inode != f->inode || was->mtime_ns != f->mtime_ns)
        w->s->unchanged = false; /* as before, and not the same */
    if (f->type != 'f')
        return was->size == f->size;
    if (is_untouched(was, f))
        return true;
    if (was->size != f->size)
        return false;
    read_contents(w, dir_fd, name, f);
    return was->hashed && f->hashed ? was->hash == f->hash
                                    : was->mtime_ns == f->mtime_ns && was->inode == f->inode;
}

static void see_left(struct walk *w, int dir_fd, const char *name, struct left_file *f)
{
    struct left_file *was = find(w->s->start, w->s->start_n, f->path);

    w->s->ready = false;
    if (was != NULL) {
        was->there = true;
        if (is_as_started(w, dir_fd, name, was, f)) {
            free(f->path);
            return;
        }
        f->state = FILE_CHANGED;
        f->was_mode = was->mode;
    }
    if (!f->hashed && w->r->files_n < FILES_LISTED)
        read_contents(w, dir_fd, name, f);
    list(w, f);
}

/* A folder that its owner may not read (chmod 000) is made readable for the look; *locked is the
 * mode to put back then, or 0. One that can't be read all the same is counted. */
static int open_dir(struct walk *w, int dir_fd, const char *name, mode_t *locked)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(dir_fd, name, flags);
    struct stat st;

    *locked = 0;
    if (w->r == NULL || w->earlier != NULL || (fd < 0 && errno != EACCES))
        return fd;
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && (st.st_mode & 0700) != 0700 &&
        fchmodat(dir_fd, name, 0700, 0) == 0) {
        *locked = (st.st_mode & 07777) | S_IFDIR; /* never 0 */
        if (fd < 0)
            fd = openat(dir_fd, name, flags);
    }
    w->r->files_hidden += fd < 0;
    return fd;
}

static void walk_dir(struct walk *w, int dir_fd, const char *name, const char *path, int depth)
{
    mode_t locked;
    int fd = open_dir(w, dir_fd, name, &locked);
    struct dirent *entry;
    struct stat st;
    DIR *dir;

    if (fd < 0 || (dir = fdopendir(fd)) == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((entry = readdir(dir)) != NULL) {
        struct left_file f;
        char *inner;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        inner = mem_printf("%s/%s", path, entry->d_name);
        f = file_of(w, mem_strdup(inner), &st);
        if (w->r != NULL)
            see_left(w, fd, entry->d_name, &f);
        else
            see_start(w, fd, entry->d_name, &f);
        if (S_ISDIR(st.st_mode) && depth < DEPTH_LISTED)
            walk_dir(w, fd, entry->d_name, inner, depth + 1);
        free(inner);
    }
    if (locked != 0) {
        (void)fchmod(fd, locked & 07777);
        w->s->ready = false;
    }
    closedir(dir);
}

static void walk_all(struct walk *w)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    w->now_ns = clock_of(&now);
    walk_dir(w, AT_FDCWD, w->s->work, "work", 0);
    walk_dir(w, AT_FDCWD, w->s->tmp, "tmp", 0);
    walk_dir(w, AT_FDCWD, w->s->home, "home", 0);
    for (size_t i = 0; w->s->watch != NULL && w->s->watch[i] != NULL; i++)
        walk_dir(w, AT_FDCWD, w->s->watch[i], w->s->watch[i], 0);
}

/* --------------------------------------------------------------------------- mark and scan */

void scratch_forget(struct scratch *s)
{
    for (size_t i = 0; i < s->start_n; i++)
        free(s->start[i].path);
    free(s->start);
    s->start = NULL;
    s->start_n = 0;
}

void scratch_mark(struct scratch *s)
{
    struct walk w = {.s = s};

    scratch_forget(s);
    s->unchanged = false;
    walk_all(&w);
    if (s->start_n > 1)
        qsort(s->start, s->start_n, sizeof(*s->start), by_path);
}

void scratch_scan(struct scratch *s, struct record *r, const struct record *earlier)
{
    struct walk w = {.s = s, .r = r, .earlier = earlier};

    s->unchanged = true;
    for (size_t i = 0; i < s->start_n; i++)
        s->start[i].there = false;
    walk_all(&w);
    for (size_t i = 0; i < s->start_n; i++) {
        struct left_file f = s->start[i];

        if (f.there)
            continue;
        f.state = FILE_REMOVED;
        f.path = mem_strdup(f.path);
        list(&w, &f);
    }
    if (r->files_n > 1)
        qsort(r->files, r->files_n, sizeof(*r->files), by_path);
}
