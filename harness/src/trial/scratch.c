#include "trial/scratch.h"

#include "support/buf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_LISTED 1000 /* further ones are counted */
#define DEPTH_LISTED 64

int scratch_open(struct scratch *s, const char *parent, struct error *err)
{
    *s = (struct scratch){0};
    s->base = mem_printf("%s/sigsweep-XXXXXX", parent);
    if (mkdtemp(s->base) == NULL) {
        int code = -errno;
        error_set(err, code,
                  "cannot make a scratch folder in %s: %s (choose another: --scratch DIR)", parent,
                  strerror(errno));
        free(s->base);
        s->base = NULL;
        return code;
    }
    return 0;
}

static void forget_root(struct scratch *s)
{
    free(s->root);
    free(s->work);
    free(s->tmp);
    free(s->home);
    free(s->out);
    s->root = s->work = s->tmp = s->home = s->out = NULL;
    s->ready = false;
}

static void forget_start(struct scratch *s)
{
    for (size_t i = 0; i < s->start_n; i++)
        free(s->start[i]);
    free(s->start);
    s->start = NULL;
    s->start_n = 0;
}

int scratch_begin(struct scratch *s, const char *copy, struct error *err)
{
    forget_start(s);
    if (s->ready && copy == NULL && !s->keep)
        return 0;
    if (s->root != NULL && !s->keep)
        (void)tree_remove(s->root);
    forget_root(s);
    s->root = mem_printf("%s/%u", s->base, s->count++);
    s->work = mem_printf("%s/work", s->root);
    s->tmp = mem_printf("%s/tmp", s->root);
    s->home = mem_printf("%s/home", s->root);
    s->out = mem_printf("%s/out", s->root);
    if (mkdir(s->root, 0700) != 0 || mkdir(s->work, 0700) != 0 || mkdir(s->tmp, 0700) != 0 ||
        mkdir(s->home, 0700) != 0 || mkdir(s->out, 0700) != 0) {
        int code = -errno;
        return error_set(err, code, "cannot make the scratch %s: %s", s->root, strerror(errno));
    }
    s->ready = true;
    return copy != NULL ? tree_copy(copy, s->work, err) : 0;
}

/* Walks what is in the three folders and calls `see` for each entry. */
struct walk {
    struct scratch *s;
    void (*see)(struct walk *w, const char *path, const struct stat *st);
    struct record *r;
    size_t room; /* allocated in the list being made */
};

static void walk_dir(struct walk *w, int dir_fd, const char *name, const char *path, int depth)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct dirent *entry;
    struct stat st;
    DIR *dir;

    if (fd < 0 || (dir = fdopendir(fd)) == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    while ((entry = readdir(dir)) != NULL) {
        char *inner;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        inner = mem_printf("%s/%s", path, entry->d_name);
        w->see(w, inner, &st);
        if (S_ISDIR(st.st_mode) && depth < DEPTH_LISTED)
            walk_dir(w, fd, entry->d_name, inner, depth + 1);
        free(inner);
    }
    closedir(dir);
}

static void walk_all(struct walk *w)
{
    walk_dir(w, AT_FDCWD, w->s->work, "work", 0);
    walk_dir(w, AT_FDCWD, w->s->tmp, "tmp", 0);
    walk_dir(w, AT_FDCWD, w->s->home, "home", 0);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void see_start(struct walk *w, const char *path, const struct stat *st)
{
    struct scratch *s = w->s;

    (void)st;
    if (s->start_n == w->room) {
        w->room = 2 * w->room + 16;
        s->start = mem_grow(s->start, w->room, sizeof(*s->start));
    }
    s->start[s->start_n++] = mem_strdup(path);
}

void scratch_mark(struct scratch *s)
{
    struct walk w = {.s = s, .see = see_start};

    forget_start(s);
    walk_all(&w);
    if (s->start_n > 1)
        qsort(s->start, s->start_n, sizeof(*s->start), by_text);
}

static char type_of(mode_t mode)
{
    return S_ISREG(mode)    ? 'f'
           : S_ISDIR(mode)  ? 'd'
           : S_ISLNK(mode)  ? 'l'
           : S_ISFIFO(mode) ? 'p'
           : S_ISSOCK(mode) ? 's'
                            : 'o';
}

static void see_left(struct walk *w, const char *path, const struct stat *st)
{
    struct record *r = w->r;

    w->s->ready = false;
    if (w->s->start_n != 0 &&
        bsearch(&path, w->s->start, w->s->start_n, sizeof(*w->s->start), by_text) != NULL)
        return;
    if (r->files_n >= FILES_LISTED) {
        r->files_more++;
        return;
    }
    if (r->files_n == w->room) {
        w->room = 2 * w->room + 16;
        r->files = mem_grow(r->files, w->room, sizeof(*r->files));
    }
    r->files[r->files_n++] = (struct left_file){
        .path = mem_strdup(path), .type = type_of(st->st_mode), .size = (uint64_t)st->st_size};
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct left_file *)a)->path, ((const struct left_file *)b)->path);
}

void scratch_scan(struct scratch *s, struct record *r)
{
    struct walk w = {.s = s, .see = see_left, .r = r};

    walk_all(&w);
    if (r->files_n > 1)
        qsort(r->files, r->files_n, sizeof(*r->files), by_path);
}

/* As new: still a directory of ours with the mode we gave it. That it is empty, the scan saw. */
static bool as_new(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_mode & 07777) == 0700;
}

void scratch_end(struct scratch *s)
{
    if (s->root == NULL)
        return;
    if (s->ready && s->start_n == 0 && as_new(s->work) && as_new(s->tmp) && as_new(s->home))
        return;
    (void)tree_remove(s->root);
    forget_root(s);
}

void scratch_close(struct scratch *s, bool keep)
{
    if (s->base != NULL && !keep)
        (void)tree_remove(s->base);
    forget_root(s);
    forget_start(s);
    free(s->base);
    s->base = NULL;
}
