/* holds.c - what a process that was left still holds: ports and sockets it listens on, file locks.
 * From /proc/PID/fd and fdinfo; see proc(5). */
#include "trial/live.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LISTED_MAX 8

static void add(struct buf *out, unsigned *n, const char *text)
{
    if (++*n > LISTED_MAX)
        return;
    buf_addf(out, "%s%s", *n > 1 ? ", " : "", text);
}

/* Only what others can reach it by. */
static void add_socket(struct buf *out, unsigned *n, pid_t pid, uint64_t inode)
{
    struct socket_seen socket;

    if (socket_look(pid, inode, &socket) && socket.reachable)
        add(out, n, socket.text);
}

/* lock: 1: FLOCK  ADVISORY  WRITE 123 08:01:5 0 EOF */
static void add_locks(struct buf *out, unsigned *n, pid_t pid, const char *fd, const char *target)
{
    char path[320], line[256];
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", pid, fd);
    f = fopen(path, "re");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        char kind[16], access[16], *text;
        if (sscanf(line, "lock: %*s %15s %*s %15s", kind, access) != 2)
            continue;
        for (char *c = kind; *c != '\0'; c++)
            *c = (char)tolower((unsigned char)*c);
        text = mem_printf("%s lock on %.200s", strcmp(kind, "flock") == 0 ? "flock" : kind, target);
        add(out, n, text);
        free(text);
    }
    if (f != NULL)
        fclose(f);
}

char *holds_of(pid_t pid)
{
    struct buf out = {0};
    struct dirent *entry;
    char path[64];
    unsigned n = 0;
    DIR *dir;

    snprintf(path, sizeof(path), "/proc/%d/fd", pid);
    dir = opendir(path);
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char target[512];
        uint64_t inode;
        ssize_t len;
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        len = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
        if (len <= 0)
            continue;
        target[len] = '\0';
        if (sscanf(target, "socket:[%" SCNu64 "]", &inode) == 1)
            add_socket(&out, &n, pid, inode);
        else if (target[0] == '/')
            add_locks(&out, &n, pid, entry->d_name, target);
    }
    if (dir != NULL)
        closedir(dir);
    if (n > LISTED_MAX)
        buf_addf(&out, " and %u more", n - LISTED_MAX);
    return out.len != 0 ? buf_take(&out) : NULL;
}
