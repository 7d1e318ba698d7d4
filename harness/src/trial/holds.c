/* holds.c - what a process that was left still holds: ports and sockets it listens on, file locks.
 * From /proc/PID/net, fd and fdinfo; see proc(5). */
#include "trial/live.h"

#include <arpa/inet.h>
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

/* "0100007F:1F90" of /proc/net/tcp as 127.0.0.1:8080. */
static void address_text(const char *hex, char *out, size_t room)
{
    struct in6_addr six;
    struct in_addr four;
    char text[INET6_ADDRSTRLEN] = "?";
    size_t digits = strcspn(hex, ":");
    unsigned port = (unsigned)strtoul(hex[digits] == ':' ? hex + digits + 1 : "0", NULL, 16);

    if (digits == 8 && sscanf(hex, "%8" SCNx32, &four.s_addr) == 1) {
        inet_ntop(AF_INET, &four, text, sizeof(text));
        snprintf(out, room, "%s:%u", text, port);
        return;
    }
    for (size_t i = 0; digits == 32 && i < 4; i++) {
        uint32_t word = 0;
        (void)sscanf(hex + 8 * i, "%8" SCNx32, &word);
        memcpy(&six.s6_addr[4 * i], &word, 4);
    }
    if (digits == 32)
        inet_ntop(AF_INET6, &six, text, sizeof(text));
    snprintf(out, room, "[%s]:%u", text, port);
}

/* What the socket is bound to, if others can reach it there. */
static bool in_internet(pid_t pid, const char *family, uint64_t inode, char *out, size_t room)
{
    const char *listens = strncmp(family, "udp", 3) == 0 ? "07" : "0A";
    char path[64], line[512];
    bool found = false;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/net/%s", pid, family);
    f = fopen(path, "re");
    while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL) {
        char local[80], state[8], where[80];
        uint64_t node;
        if (sscanf(line, " %*[^:]: %79s %*s %7s %*s %*s %*s %*s %*s %" SCNu64, local, state,
                   &node) != 3 ||
            node != inode || strcmp(state, listens) != 0)
            continue;
        address_text(local, where, sizeof(where));
        snprintf(out, room, "%.3s %s", family, where);
        found = true;
    }
    if (f != NULL)
        fclose(f);
    return found;
}

static bool in_unix(pid_t pid, uint64_t inode, char *out, size_t room)
{
    char path[64], line[512];
    bool found = false;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/net/unix", pid);
    f = fopen(path, "re");
    while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL) {
        unsigned long flags;
        char name[200];
        uint64_t node;
        if (sscanf(line, "%*[^:]: %*s %*s %lx %*s %*s %" SCNu64 " %199[^\n]", &flags, &node,
                   name) == 3 &&
            node == inode && (flags & 0x10000) != 0) {
            snprintf(out, room, "unix %.180s", name);
            found = true;
        }
    }
    if (f != NULL)
        fclose(f);
    return found;
}

static void add_socket(struct buf *out, unsigned *n, pid_t pid, uint64_t inode)
{
    static const char *const families[] = {"tcp", "tcp6", "udp", "udp6"};
    char text[256];
    bool found = in_unix(pid, inode, text, sizeof(text));

    for (size_t i = 0; !found && i < 4; i++)
        found = in_internet(pid, families[i], inode, text, sizeof(text));
    if (found)
        add(out, n, text);
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
    return buf_take(&out);
}
