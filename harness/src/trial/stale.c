/* stale.c - what a worker that was killed could not put away: its scratch, and programs of its that
 * still run. A scratch is in use as long as its lock is held; the lock goes with its process. */
#include "trial/scratch.h"
#include "trial/trial.h"

#include "support/buf.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROUNDS 50

int scratch_lock(const char *base)
{
    char *fresh = mem_printf("%s/lock.new", base), *path = mem_printf("%s/lock", base);
    int fd = open(fresh, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    /* It has its name only once it is held: who finds it free finds it given up. */
    if (fd >= 0 && (flock(fd, LOCK_EX | LOCK_NB) != 0 || rename(fresh, path) != 0)) {
        close(fd);
        fd = -1;
    }
    free(fresh);
    free(path);
    return fd;
}

/* Each program is told its TMPDIR, and hands it on to what it starts. */
static bool is_of(const char *pid, const char *mark)
{
    char path[300], text[65536];
    size_t len = strlen(mark);
    ssize_t n;
    int fd;

    snprintf(path, sizeof(path), "/proc/%s/environ", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return false;
    text[n] = '\0';
    for (char *at = text; at < text + n; at += strlen(at) + 1) {
        if (strncmp(at, mark, len) == 0)
            return true;
    }
    return false;
}

static size_t end_some(const char *mark)
{
    DIR *dir = opendir("/proc");
    struct dirent *entry;
    size_t ended = 0;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        int fd;
        if (!isdigit((unsigned char)entry->d_name[0]) || atoi(entry->d_name) == getpid() ||
            !is_of(entry->d_name, mark))
            continue;
        fd = (int)syscall(SYS_pidfd_open, atoi(entry->d_name), 0);
        /* Looked at again: the number may mean another by now. */
        if (fd >= 0 && is_of(entry->d_name, mark))
            ended += syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) == 0;
        if (fd >= 0)
            close(fd);
    }
    if (dir != NULL)
        closedir(dir);
    return ended;
}

static void end_programs(const char *base)
{
    char *mark = mem_printf("TMPDIR=%s/", base);

    for (int i = 0; i < ROUNDS && end_some(mark) != 0; i++)
        usleep(2000); /* those that were started meanwhile are seen next */
    free(mark);
}

static void sweep_one(const char *base)
{
    char *path = mem_printf("%s/lock", base);
    int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    struct stat st;

    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
        flock(fd, LOCK_EX | LOCK_NB) == 0) {
        end_programs(base);
        (void)tree_remove(base);
    }
    if (fd >= 0)
        close(fd);
    free(path);
}

void scratch_sweep(const char *parent)
{
    char *absolute = realpath(scratch_parent(parent), NULL);
    DIR *dir = absolute != NULL ? opendir(absolute) : NULL;
    struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        char *base;
        if (fnmatch("sigsweep-??????", entry->d_name, 0) != 0)
            continue;
        base = mem_printf("%s/%s", absolute, entry->d_name);
        sweep_one(base);
        free(base);
    }
    if (dir != NULL)
        closedir(dir);
    free(absolute);
}
