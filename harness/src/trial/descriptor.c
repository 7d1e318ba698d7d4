/* descriptor.c - what an open descriptor is, for people: a file with its path, a socket with its
 * peer, and the kinds that have no name. From /proc/PID/fd and fdinfo; see proc(5). */
#include "trial/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The value after `key` in the descriptor's fdinfo, or -1; *n counts the lines that have it. */
static long long info_of(pid_t pid, int fd, const char *key, unsigned *n)
{
    char path[64], line[256];
    size_t len = strlen(key);
    long long value = -1;
    FILE *f;

    *n = 0;
    snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", pid, fd);
    f = fopen(path, "re");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        if (strncmp(line, key, len) != 0)
            continue;
        if ((*n)++ == 0)
            value = strtoll(line + len + strspn(line + len, ": \t"), NULL, 0);
    }
    if (f != NULL)
        fclose(f);
    return value;
}

/* What is behind anon_inode:[...]; NULL: nothing more than its name can be told. */
static char *nameless_text(pid_t pid, int fd, const char *name)
{
    unsigned n;
    long long value;

    if (strcmp(name, "eventpoll") == 0) {
        (void)info_of(pid, fd, "tfd", &n);
        return mem_printf("epoll, watching %u", n);
    }
    if (strcmp(name, "timerfd") == 0) {
        value = info_of(pid, fd, "it_value: (", &n);
        return mem_strdup(value > 0 ? "timer, armed" : "timer");
    }
    if (strcmp(name, "eventfd") == 0) {
        value = info_of(pid, fd, "eventfd-count", &n);
        return mem_printf("eventfd, count %lld", value);
    }
    if (strcmp(name, "pidfd") == 0) {
        value = info_of(pid, fd, "Pid", &n);
        return value > 0 ? mem_printf("pidfd of process %lld", value)
                         : mem_strdup("pidfd of a process that has ended");
    }
    if (strcmp(name, "inotify") == 0) {
        (void)info_of(pid, fd, "inotify", &n);
        return mem_printf("inotify, watching %u", n);
    }
    return NULL;
}

static char *file_text(pid_t pid, int fd, const char *target)
{
    char path[64];
    struct stat st;

    snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
    if (strncmp(target, "/memfd:", 7) == 0)
        return mem_printf("memfd %.200s", target + 7);
    if (stat(path, &st) != 0)
        return mem_strdup(target);
    return mem_printf("%s %.400s",
                      S_ISDIR(st.st_mode)    ? "folder"
                      : S_ISREG(st.st_mode)  ? "file"
                      : S_ISFIFO(st.st_mode) ? "fifo"
                      : S_ISCHR(st.st_mode)  ? "device"
                                             : "file",
                      target);
}

char *descriptor_text(pid_t pid, int fd, const char *target)
{
    struct socket_seen socket;
    char name[32], *text;
    uint64_t inode;

    if (target[0] == '/')
        return file_text(pid, fd, target);
    if (sscanf(target, "socket:[%" SCNu64 "]", &inode) == 1) {
        if (!socket_look(pid, inode, &socket))
            return mem_strdup("socket");
        return mem_printf("socket, %s%s", socket.text, socket.reachable ? ", listening" : "");
    }
    if (strncmp(target, "pipe:[", 6) == 0)
        return mem_strdup("pipe");
    if (sscanf(target, "anon_inode:[%31[^]]", name) == 1 ||
        sscanf(target, "anon_inode:%31s", name) == 1) {
        text = nameless_text(pid, fd, name);
        return text != NULL ? text : mem_strdup(name);
    }
    return mem_strdup(target);
}
