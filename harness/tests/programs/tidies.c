/* tidies.c - makes files and folders, and tidies up on SIGINT, in the way that the first argument
 * names. Ends with 3 when it was interrupted, 0 when not, and more when its files or descriptors
 * are not as they should be. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define STOPPED 3
#define LARGE   (2 << 20)

static void (*tidy)(void);
static int held = -1;              /* a file or folder that is open all the time */
static volatile sig_atomic_t step; /* how far it is */

static void need(bool so, int code)
{
    if (!so)
        _exit(code);
}

static void on_int(int sig)
{
    (void)sig;
    tidy();
    _exit(STOPPED);
}

static void tidy_by(void (*how)(void))
{
    struct sigaction act = {.sa_handler = on_int};

    tidy = how;
    need(sigaction(SIGINT, &act, NULL) == 0, 10);
}

static void make(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

    need(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && close(fd) == 0, 11);
}

static bool holds(const char *path, const char *text)
{
    char bytes[64];
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, bytes, sizeof(bytes));

    return fd >= 0 && close(fd) == 0 && n == (ssize_t)strlen(text) &&
           memcmp(bytes, text, strlen(text)) == 0;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_mode == b->st_mode && a->st_nlink == b->st_nlink &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Still the file that was opened, under its name. */
static bool is_held(const char *path)
{
    char link[32], name[256];
    struct stat a, b;
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", held);
    n = readlink(link, name, sizeof(name) - 1);
    need(n > 0, 12);
    name[n] = '\0';
    return fstat(held, &a) == 0 && stat(path, &b) == 0 && is_same(&a, &b) &&
           strstr(name, "(deleted)") == NULL && strstr(name, path) != NULL;
}

/* ------------------------------------------------------------------- all that can be put back */

static void tidy_all(void)
{
    const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 2000}};
    int fd;

    (void)unlink("part");
    (void)unlink("folder/inner/deep");
    (void)rmdir("folder/inner");
    (void)rename("folder", "moved");
    (void)mkdir("folder", 0755);
    (void)rename("config.new", "config");
    (void)chmod("config", 0644);
    (void)utimensat(AT_FDCWD, "config", times, 0);
    (void)truncate("log", 2);
    fd = open("notes", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0640);
    need(fd >= 0 && write(fd, "stopped\n", 8) == 8 && fsync(fd) == 0 && close(fd) == 0, 13);
    if (held >= 0)
        need(write(held, "end", 3) == 3, 14);
    (void)symlink("notes", "latest");
    (void)link("notes", "notes.again");
    (void)unlink("nothing");
    (void)rmdir("moved");
    (void)rename("notes", "folder");
}

static void all(void)
{
    struct stat before, now;
    int fd;

    tidy_by(tidy_all);
    make("notes", "first\n");
    make("config", "old");
    held = open("log", O_RDWR | O_CREAT | O_EXCL, 0600);
    need(held >= 0 && write(held, "begin ", 6) == 6, 15);
    make("part", "half");
    need(mkdir("folder", 0700) == 0 && mkdir("folder/inner", 0700) == 0, 16);
    make("folder/inner/deep", "d");
    need(stat("folder/inner", &before) == 0, 17);
    make("config.new", "new");
    need(stat("folder/inner", &now) == 0 && is_same(&before, &now), 18);
    need(holds("config", "old") && holds("notes", "first\n") && holds("part", "half"), 19);
    need(write(held, "middle", 6) == 6 && is_held("log") && holds("log", "begin middle"), 20);
    need(rename("config.new", "config") == 0 && holds("config", "new"), 21);
    need(rename("part", "whole") == 0 && holds("whole", "half"), 22);
    need(unlink("folder/inner/deep") == 0 && rmdir("folder/inner") == 0 && rmdir("folder") == 0,
         23);
    fd = held;
    held = -1;
    need(close(fd) == 0, 24);
}

/* ------------------------------------------------------- an open folder, removed and made again */

static void tidy_folder(void)
{
    char path[64];

    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof(path), "folder/%d", i);
        (void)unlink(path);
    }
    (void)rmdir("folder");
    if (step % 2 != 0)
        need(mkdir("folder", 0700) == 0, 30);
}

/* A name at a time: where it is in the folder must stay right. */
static int count_names(void)
{
    char buffer[40];
    int n = 0;
    long got;

    need(lseek(held, 0, SEEK_SET) == 0, 31);
    while ((got = syscall(SYS_getdents64, held, buffer, sizeof(buffer))) > 0) {
        for (long at = 0; at < got; n++)
            at += *(unsigned short *)(buffer + at + 16); /* d_reclen */
    }
    need(got == 0, 32);
    return n;
}

static void folder(void)
{
    char path[64];
    struct stat st;

    tidy_by(tidy_folder);
    need(mkdir("folder", 0700) == 0, 33);
    held = open("folder", O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 4; i++) {
        step = i;
        snprintf(path, sizeof(path), "folder/%d", i);
        make(path, "x");
        need(count_names() == i + 3 && is_held("folder"), 34);
        snprintf(path, sizeof(path), "%d", i);
        need(fstatat(held, path, &st, 0) == 0 && st.st_size == 1, 35);
    }
}

/* ---------------------------------------------------- a file that is left behind at some points */

static void tidy_known(void)
{
    if (step != 0)
        (void)unlink("work.tmp");
}

static void window(void)
{
    tidy_by(tidy_known);
    for (int i = 0; i < 3; i++) {
        make("work.tmp", "text");
        (void)getppid();
        step = 1;
        (void)getppid();
        step = 0;
        need(rename("work.tmp", "done") == 0, 40);
        (void)getppid();
    }
}

/* ------------------------------------------------------------------------------ anything at all */

static uint32_t chance;

static uint32_t draw(uint32_t *from, uint32_t n)
{
    *from = *from * 1664525 + 1013904223;
    return (*from >> 16) % n;
}

/* Most of it succeeds at times, and fails at others. */
static void do_anything(uint32_t *from, bool tidying)
{
    static const char *const names[] = {"a", "b", "d", "d/a", "d/e", "d/e/b"};
    static const int flags[] = {O_CREAT | O_TRUNC, O_CREAT | O_EXCL, O_APPEND, O_CREAT | O_APPEND};
    const char *one = names[draw(from, 6)], *other = names[draw(from, 6)];
    int fd;

    switch (draw(from, tidying ? 10 : 9)) {
    case 0:
    case 1:
        fd = open(one, O_WRONLY | flags[draw(from, 4)], 0640);
        (void)!write(fd, "0123456789", draw(from, 10));
        if (fd >= 0 && !tidying && held < 0)
            held = fd;
        else
            close(fd);
        break;
    case 2: (void)unlink(one); break;
    case 3: (void)rmdir(one); break;
    case 4: (void)mkdir(one, 0750); break;
    case 5: (void)rename(one, other); break;
    case 6: (void)chmod(one, 0600 + draw(from, 2) * 0100); break;
    case 7: (void)!truncate(one, draw(from, 20)); break;
    case 8: (void)!write(held, "held", 4); break;
    default: (void)link(one, other); break;
    }
}

static void tidy_anything(void)
{
    uint32_t from = chance ^ 0x5bd1e995;

    for (int i = 0; i < 12; i++)
        do_anything(&from, true);
}

static void anything(void)
{
    tidy_by(tidy_anything);
    for (int i = 0; i < 40; i++)
        do_anything(&chance, false);
}

/* ------------------------------------------------------------- what has to be done by a replay */

static void tidy_outside(void)
{
    (void)unlink("link/file");
}

static void outside(void)
{
    tidy_by(tidy_outside);
    (void)mkdir("../elsewhere", 0700); /* a trial before may have left it */
    need(symlink("../elsewhere", "link") == 0, 50);
    need(close(open("link/file", O_WRONLY | O_CREAT, 0600)) == 0, 59);
    (void)getppid();
    need(unlink("../elsewhere/file") == 0 && rmdir("../elsewhere") == 0 && unlink("link") == 0, 51);
}

static void tidy_above(void)
{
    (void)unlink("../above");
}

static void above(void)
{
    tidy_by(tidy_above);
    need(close(open("../above", O_WRONLY | O_CREAT, 0600)) == 0, 52);
    (void)getppid();
    need(unlink("../above") == 0, 52);
}

static void tidy_and_ask(void)
{
    struct stat st;

    if (held < 0)
        return;
    (void)unlink("lock");
    need(fstat(held, &st) == 0 && st.st_nlink == 0, 53);
}

static void asks(void)
{
    tidy_by(tidy_and_ask);
    held = open("lock", O_RDWR | O_CREAT | O_EXCL, 0600);
    (void)getppid();
    need(is_held("lock"), 54);
}

static void tidy_one(void)
{
    (void)unlink("one");
}

static void told(void)
{
    char event[512];
    int events = inotify_init1(IN_NONBLOCK);

    tidy_by(tidy_one);
    make("one", "x");
    need(inotify_add_watch(events, ".", IN_ALL_EVENTS) >= 0, 55);
    (void)getppid();
    need(read(events, event, sizeof(event)) < 0 && errno == EAGAIN, 56);
    need(unlink("one") == 0, 57);
}

static void large(void)
{
    tidy_by(tidy_one);
    make("one", "x");
    need(truncate("one", LARGE) == 0, 58);
    (void)getppid();
    need(unlink("one") == 0, 58);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } ways[] = {{"anything", anything}, {"all", all},         {"folder", folder},
                {"window", window},     {"outside", outside}, {"above", above},
                {"asks", asks},         {"told", told},       {"large", large}};

    chance = argc > 2 ? (uint32_t)atoi(argv[2]) : 0;
    for (size_t i = 0; argc > 1 && i < sizeof(ways) / sizeof(*ways); i++) {
        if (strcmp(argv[1], ways[i].name) == 0) {
            ways[i].run();
            return 0;
        }
    }
    return 1;
}
