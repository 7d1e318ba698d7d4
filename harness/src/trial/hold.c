/* hold.c - what the trial's folders hold, so that it can be put back and compared. */
#include "trial/undo.h"

#include "support/buf.h"
#include "support/clock.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void folders_free(struct folders *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->list[i].path);
        free(f->list[i].bytes);
    }
    free(f->list);
    *f = (struct folders){0};
}

const struct held *folders_find(const struct folders *f, const struct stat *st)
{
    for (size_t i = 0; i < f->n; i++) {
        if (f->list[i].st.st_ino == st->st_ino && f->list[i].st.st_dev == st->st_dev)
            return &f->list[i];
    }
    return NULL;
}

unsigned char *held_read(const char *path, size_t size)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    unsigned char *bytes = mem_alloc(size + 1);
    size_t n = 0;
    ssize_t got = -1;

    while (fd >= 0 && n <= size && (got = pread(fd, bytes + n, size + 1 - n, (off_t)n)) > 0)
        n += (size_t)got;
    if (fd >= 0)
        close(fd);
    if (got == 0 && n == size)
        return bytes;
    free(bytes);
    return NULL;
}

static const char *take_one(struct folders *f, const char *path, int64_t place, bool contents);

static const char *take_inside(struct folders *f, const char *path, bool contents)
{
    DIR *dir = opendir(path);
    const char *why = dir == NULL ? "a folder of its own can't be read" : NULL;
    struct dirent *entry;

    while (why == NULL && (entry = readdir(dir)) != NULL) {
        char *inner;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        inner = mem_printf("%s/%s", path, entry->d_name);
        why = take_one(f, inner, entry->d_off, contents);
        free(inner);
    }
    if (dir != NULL)
        closedir(dir);
    return why;
}

static const char *take_one(struct folders *f, const char *path, int64_t place, bool contents)
{
    struct held h = {.place = place};

    if (f->n == HELD_FILES)
        return "there are more files than can be put back";
    if (lstat(path, &h.st) != 0)
        return "a file of its own can't be looked at";
    if (f->n != 0 && h.st.st_dev != f->list[0].st.st_dev)
        return "its folders are on several file systems";
    if (!S_ISDIR(h.st.st_mode) && h.st.st_nlink != 1)
        return "a file of its own has several names";
    if (S_ISREG(h.st.st_mode)) {
        f->bytes += (uint64_t)h.st.st_size;
        if (f->bytes > HELD_BYTES)
            return "its files are larger than what is put back";
        if (contents && (h.bytes = held_read(path, (size_t)h.st.st_size)) == NULL)
            return "a file of its own can't be read";
    }
    h.path = mem_strdup(path);
    f->list = mem_grow(f->list, f->n + 1, sizeof(*f->list));
    f->list[f->n++] = h;
    return S_ISDIR(h.st.st_mode) ? take_inside(f, path, contents) : NULL;
}

const char *folders_take(struct folders *f, const struct scratch *s, bool contents)
{
    const char *const roots[] = {s->work, s->tmp, s->home};
    const char *why = NULL;

    *f = (struct folders){0};
    for (size_t i = 0; i < sizeof(roots) / sizeof(*roots) && why == NULL; i++)
        why = take_one(f, roots[i], 0, contents);
    if (why != NULL)
        folders_free(f);
    return why;
}

static bool is_same(const struct held *a, const struct held *b, bool contents)
{
    if (a->st.st_ino != b->st.st_ino || a->st.st_mode != b->st.st_mode ||
        a->st.st_nlink != b->st.st_nlink || a->st.st_uid != b->st.st_uid ||
        a->st.st_gid != b->st.st_gid || clock_of(&a->st.st_mtim) != clock_of(&b->st.st_mtim) ||
        strcmp(a->path, b->path) != 0)
        return false;
    if (S_ISREG(a->st.st_mode) && contents)
        return a->st.st_size == b->st.st_size &&
               memcmp(a->bytes, b->bytes, (size_t)a->st.st_size) == 0;
    return S_ISDIR(a->st.st_mode) || a->st.st_size == b->st.st_size;
}

bool folders_same(const struct folders *a, const struct folders *b, bool contents)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        if (!is_same(&a->list[i], &b->list[i], contents))
            return false;
    }
    return true;
}

static bool is_inside(const struct held *h, const char *folder)
{
    size_t n = strlen(folder);

    return strncmp(h->path, folder, n) == 0 && h->path[n] == '/' &&
           strchr(h->path + n + 1, '/') == NULL;
}

size_t folders_next(const struct folders *f, const char *folder, size_t i)
{
    while (i < f->n && !is_inside(&f->list[i], folder))
        i++;
    return i;
}

bool folders_listed_alike(const struct folders *a, const struct folders *b, const char *folder,
                          bool places)
{
    size_t i = folders_next(a, folder, 0), k = folders_next(b, folder, 0);

    while (i < a->n && k < b->n && strcmp(a->list[i].path, b->list[k].path) == 0 &&
           (!places || a->list[i].place == b->list[k].place)) {
        i = folders_next(a, folder, i + 1);
        k = folders_next(b, folder, k + 1);
    }
    return i == a->n && k == b->n;
}
