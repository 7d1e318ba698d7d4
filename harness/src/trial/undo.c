/* undo.c - before a copy changes the trial's folders, it is noted what they hold. What it removes
 * is moved aside, never linked anew: the names that the kernel has for what is open follow it.
 * put_back.c then brings all back. */
#include "trial/undo.h"

#include "support/buf.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct undo *undo_open(const struct scratch *s)
{
    struct undo *u = mem_alloc(sizeof(*u));

    u->scratch = s;
    return u;
}

void asides_free(struct undo *u)
{
    for (size_t i = 0; i < u->asides_n; i++)
        free(u->asides[i].was);
    free(u->asides);
    u->asides = NULL;
    u->asides_n = 0;
}

void undo_close(struct undo *u)
{
    if (u == NULL)
        return;
    if (u->room != NULL)
        (void)tree_remove(u->room);
    free(u->room);
    folders_free(&u->held);
    asides_free(u);
    free(u);
}

void undo_call(struct undo *u, const struct arch_call *call, bool changes)
{
    if (changes)
        u->known = false;
    switch (call->number) {
#ifdef SYS_inotify_init
    case SYS_inotify_init:
#endif
    case SYS_inotify_init1:
    case SYS_fanotify_init: u->never = "it is told of changes of files"; break;
    case SYS_fcntl:
        if (call->args[1] == F_NOTIFY || call->args[1] == F_SETLEASE)
            u->never = "it is told of changes of files";
        break;
    default: break;
    }
}

/* -------------------------------------------------------------------------- the copy's changes */

static bool make_room(struct undo *u)
{
    if (u->room != NULL)
        return true;
    u->room = mem_printf("%s/aside", u->scratch->base);
    if (mkdir(u->room, 0700) == 0)
        return true;
    free(u->room);
    u->room = NULL;
    return false;
}

/* Whoever it is, this process can do in its place what it may do. */
static bool is_the_same_user(pid_t pid)
{
    char path[32];
    struct stat st;

    snprintf(path, sizeof(path), "/proc/%d", pid);
    return stat(path, &st) == 0 && st.st_uid == geteuid();
}

const char *undo_begin(struct undo *u, pid_t original)
{
    if (u->never != NULL)
        return u->never;
    if (u->begun)
        return ++u->changes > CHANGES_MOST ? "it changes many files" : NULL;
    if (u->scratch->here != NULL)
        return "it runs in a folder that is not its own";
    if (!is_the_same_user(original))
        return "it runs as another user";
    if (!u->known) {
        folders_free(&u->held);
        u->refused = folders_take(&u->held, u->scratch, true);
        u->known = true;
    }
    if (u->refused != NULL)
        return u->refused;
    if (!make_room(u))
        return "there is no room for what it removes";
    u->begun = true;
    u->original = original;
    u->wrote = false;
    u->changes = 0;
    u->written = 0;
    return NULL;
}

char *undo_place(const struct undo *u, const struct stat *st)
{
    return mem_printf("%s/%llu", u->room, (unsigned long long)st->st_ino);
}

bool undo_move(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0;
}

bool undo_set_aside(struct undo *u, const char *path, const struct held *h)
{
    char *place = undo_place(u, &h->st);
    bool moved = undo_move(path, place);

    if (moved) {
        u->asides = mem_grow(u->asides, u->asides_n + 1, sizeof(*u->asides));
        u->asides[u->asides_n++] =
            (struct aside){.device = h->st.st_dev, .inode = h->st.st_ino, .was = mem_strdup(path)};
    }
    free(place);
    return moved;
}

bool undo_take_back(struct undo *u)
{
    struct aside *last = &u->asides[u->asides_n - 1];
    char *place = mem_printf("%s/%llu", u->room, (unsigned long long)last->inode);
    bool moved = undo_move(place, last->was);

    free(last->was);
    u->asides_n--;
    free(place);
    return moved;
}

bool undo_is_aside(const struct undo *u, const struct stat *st)
{
    for (size_t i = 0; i < u->asides_n; i++) {
        if (u->asides[i].inode == st->st_ino && u->asides[i].device == st->st_dev)
            return true;
    }
    return false;
}

void undo_name(const struct undo *u, char *path, size_t room)
{
    size_t n = u != NULL && u->room != NULL ? strlen(u->room) : 0;

    if (n == 0 || strncmp(path, u->room, n) != 0 || path[n] != '/')
        return;
    for (size_t i = 0; i < u->asides_n; i++) {
        if (u->asides[i].inode == strtoull(path + n + 1, NULL, 10)) {
            snprintf(path, room, "%s (deleted)", u->asides[i].was);
            return;
        }
    }
}
