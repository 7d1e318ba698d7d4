#include "trial/live.h"

#include "support/clock.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define EVERY_NS     100000000
#define UNASKED_MOST (UINT64_C(4) << 30)
#define RESERVE      (UINT64_C(64) << 20) /* with less left, who uses it up is not asked for long */
#define DEPTH        64

static bool free_now(const struct live *l, uint64_t *bytes)
{
    struct statvfs fs;

    if (l->room->scratch.root == NULL || statvfs(l->room->scratch.root, &fs) != 0)
        return false;
    *bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
    return true;
}

uint64_t bounds_asked(const struct live *l)
{
    uint64_t own = l->copy ? 0 : l->plan->scenario->program.disk;

    return own != 0 ? own : l->room->config.disk;
}

void bounds_open(struct live *l)
{
    struct bounds *b = &l->bounds;

    *b = (struct bounds){.quota = bounds_asked(l), .next_ns = clock_now_ns() + EVERY_NS};
    if (!free_now(l, &b->free_then))
        b->free_then = 0;
    if (b->quota == 0)
        b->quota = b->free_then / 2 < UNASKED_MOST ? b->free_then / 2 : UNASKED_MOST;
}

/* Adds up blocks until there are more than `most` bytes. */
static uint64_t used_below(int dir_fd, const char *name, uint64_t most, int depth)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry;
    uint64_t used = 0;
    struct stat st;

    while (dir != NULL && used <= most && (entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        used += (uint64_t)st.st_blocks * 512;
        if (S_ISDIR(st.st_mode) && depth < DEPTH && used <= most)
            used += used_below(fd, entry->d_name, most - used, depth + 1);
    }
    if (dir != NULL)
        closedir(dir);
    else if (fd >= 0)
        close(fd);
    return used;
}

/* What the file system lost tells quickly that all is well; others may have taken it, too. A file
 * that is open and has no name any more shows there alone. */
static bool disk_is_over(const struct live *l)
{
    const struct bounds *b = &l->bounds;
    uint64_t now, lost;

    if (!free_now(l, &now))
        return false;
    lost = b->free_then > now ? b->free_then - now : 0;
    if (bounds_asked(l) == 0 && lost <= b->quota)
        return false;
    return (lost > b->quota && now < RESERVE && b->free_then > 2 * RESERVE) ||
           used_below(AT_FDCWD, l->room->scratch.root, b->quota, 0) > b->quota;
}

static bool processes_are_over(const struct live *l)
{
    pid_t *pids;
    size_t n;

    if (l->traced)
        return false; /* the tracer counts */
    n = descendants(&pids, l->room->zygote.pid);
    free(pids);
    return n > PROCESSES_MAX;
}

void bounds_look(struct live *l)
{
    int64_t begin = clock_now_ns(), took;

    if (begin < l->bounds.next_ns || l->copy || l->flooded || l->bounds.next_ns == 0)
        return;
    if (disk_is_over(l)) {
        l->flooded = true;
        l->r->flood = FLOOD_DISK;
    } else if (processes_are_over(l)) {
        l->flooded = true;
    }
    took = clock_now_ns() - begin; /* a large tree is not walked all the time */
    l->bounds.next_ns = begin + took + (3 * took > EVERY_NS ? 3 * took : EVERY_NS);
}
