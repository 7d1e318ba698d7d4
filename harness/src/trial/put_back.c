/* put_back.c - what a copy did to the trial's folders is undone: the same inodes under the same
 * names, so that a descriptor or a current directory of the original still stands for what it stood
 * for. In the end all is compared with what was noted. */
#include "trial/undo.h"

#include "support/buf.h"
#include "support/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The names in a folder, as a list that ends with NULL. */
static char **names_in(const char *path)
{
    char **names = mem_alloc(sizeof(*names));
    DIR *dir = opendir(path);
    struct dirent *entry;
    size_t n = 0;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        names = mem_grow(names, n + 2, sizeof(*names));
        names[n++] = mem_strdup(entry->d_name);
        names[n] = NULL;
    }
    if (dir != NULL)
        closedir(dir);
    return names;
}

static void put_away(const struct undo *u, const char *path, const struct stat *st,
                     const struct held *h)
{
    if (h != NULL) {
        char *place = undo_place(u, st);
        if (!undo_move(path, place))
            (void)unlink(path); /* one name more of a file that has its place already */
        free(place);
    } else if (S_ISDIR(st->st_mode)) {
        (void)rmdir(path);
    } else {
        (void)unlink(path);
    }
}

/* Takes out of the folder what was not there under this name. */
static void clear(const struct undo *u, const char *folder)
{
    struct stat st;
    char **names;

    if (lstat(folder, &st) == 0 && (st.st_mode & 0700) != 0700)
        (void)chmod(folder, 0700); /* to get in; its own are put back below */
    names = names_in(folder);
    for (size_t i = 0; names[i] != NULL; i++) {
        char *path = mem_printf("%s/%s", folder, names[i]);
        const struct held *h;
        if (lstat(path, &st) == 0) {
            h = folders_find(&u->held, &st);
            if (S_ISDIR(st.st_mode))
                clear(u, path);
            if (h == NULL || strcmp(h->path, path) != 0)
                put_away(u, path, &st, h);
        }
        free(path);
        free(names[i]);
    }
    free(names);
}

/* Folders come before what is in them. */
static void place_all(const struct undo *u)
{
    for (size_t i = 0; i < u->held.n; i++) {
        const struct held *h = &u->held.list[i];
        char *place;
        struct stat st;
        if (lstat(h->path, &st) == 0)
            continue;
        place = undo_place(u, &h->st);
        (void)undo_move(place, h->path);
        free(place);
    }
}

static void empty_room(const struct undo *u)
{
    char **names = names_in(u->room);

    for (size_t i = 0; names[i] != NULL; i++) {
        char *path = mem_printf("%s/%s", u->room, names[i]);
        (void)unlink(path); /* a folder was moved back, or is missed below */
        free(path);
        free(names[i]);
    }
    free(names);
}

/* Takes all out of the folder, and puts it in again one after the other. */
static void list_again(const struct undo *u, const char *folder, bool backward)
{
    const struct folders *f = &u->held;

    for (size_t i = folders_next(f, folder, 0); i < f->n; i = folders_next(f, folder, i + 1)) {
        char *place = undo_place(u, &f->list[i].st);
        (void)undo_move(f->list[i].path, place);
        free(place);
    }
    for (size_t i = 0; i < f->n; i++) {
        size_t k = backward ? f->n - 1 - i : i;
        char *place;
        if (folders_next(f, folder, k) != k)
            continue;
        place = undo_place(u, &f->list[k].st);
        (void)undo_move(place, f->list[k].path);
        free(place);
    }
}

/* Some file systems list last what was put in last, some list it first. */
static void put_in_order(const struct undo *u)
{
    for (int backward = 0; backward < 2; backward++) {
        struct folders now;
        bool same = true;
        if (folders_take(&now, u->scratch, false) != NULL)
            return;
        for (size_t i = 0; i < u->held.n; i++) {
            const struct held *h = &u->held.list[i];
            if (!S_ISDIR(h->st.st_mode) || folders_listed_alike(&u->held, &now, h->path, false))
                continue;
            same = false;
            list_again(u, h->path, backward != 0);
        }
        folders_free(&now);
        if (same)
            return;
    }
}

/* The original may be in the middle of reading a folder that it has open. */
static bool open_folders_stand(const struct undo *u, const struct folders *now)
{
    char path[32];
    struct dirent *entry;
    bool stand;
    DIR *dir;

    snprintf(path, sizeof(path), "/proc/%d/fd", u->original);
    dir = opendir(path);
    stand = dir != NULL;
    while (stand && (entry = readdir(dir)) != NULL) {
        const struct held *h;
        struct stat st;
        if (fstatat(dirfd(dir), entry->d_name, &st, 0) != 0 || !S_ISDIR(st.st_mode) ||
            (h = folders_find(&u->held, &st)) == NULL)
            continue;
        stand = folders_listed_alike(&u->held, now, h->path, true);
    }
    if (dir != NULL)
        closedir(dir);
    return stand;
}

static void write_again(const struct held *h)
{
    const int flags = O_WRONLY | O_NOFOLLOW | O_CLOEXEC;
    size_t size = (size_t)h->st.st_size, n = 0;
    unsigned char *now = held_read(h->path, size);
    bool same = now != NULL && memcmp(now, h->bytes, size) == 0;
    ssize_t put = 1;
    int fd;

    free(now);
    if (same)
        return;
    fd = open(h->path, flags);
    if (fd < 0 && errno == EACCES && chmod(h->path, 0600) == 0)
        fd = open(h->path, flags);
    while (fd >= 0 && n < size && put > 0) {
        put = pwrite(fd, h->bytes + n, size - n, (off_t)n);
        n += put > 0 ? (size_t)put : 0;
    }
    if (fd >= 0) {
        (void)!ftruncate(fd, h->st.st_size);
        close(fd);
    }
}

static void set_attributes(const struct held *h)
{
    const struct timespec times[2] = {h->st.st_atim, h->st.st_mtim};
    struct stat st;

    if (lstat(h->path, &st) != 0)
        return;
    if (st.st_mode != h->st.st_mode && !S_ISLNK(st.st_mode))
        (void)chmod(h->path, h->st.st_mode & 07777);
    if (clock_of(&st.st_mtim) != clock_of(&h->st.st_mtim))
        (void)utimensat(AT_FDCWD, h->path, times, AT_SYMLINK_NOFOLLOW);
}

bool undo_put_back(struct undo *u)
{
    struct folders now;
    bool same;

    if (!u->begun)
        return true;
    u->begun = false;
    clear(u, u->scratch->work);
    clear(u, u->scratch->tmp);
    clear(u, u->scratch->home);
    place_all(u);
    empty_room(u);
    put_in_order(u);
    for (size_t i = 0; i < u->held.n && u->wrote; i++) {
        if (S_ISREG(u->held.list[i].st.st_mode))
            write_again(&u->held.list[i]);
    }
    for (size_t i = u->held.n; i > 0; i--)
        set_attributes(&u->held.list[i - 1]);
    asides_free(u);
    same = folders_take(&now, u->scratch, u->wrote) == NULL &&
           folders_same(&u->held, &now, u->wrote) && open_folders_stand(u, &now);
    folders_free(&now);
    u->known = u->known && same;
    u->wrote = false;
    u->written = 0;
    return same;
}
