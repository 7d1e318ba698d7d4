/* hostile.c - programs that are a nuisance to who runs them. `hostile WHAT TAG` does it, says
 * "ready", and waits for a signal. What it does is below. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_S 60 /* should nobody end it */

static char block[1 << 20];

static void make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    if (fd >= 0)
        close(fd);
}

/* One file that grows without end. */
static void fill_one(void)
{
    int fd = open("big", O_WRONLY | O_CREAT, 0600);

    signal(SIGXFSZ, SIG_IGN);
    while (write(fd, block, sizeof(block)) > 0 || errno == EFBIG)
        usleep(1000);
}

/* Files of one MiB each without end; the last one is open and has no name. */
static void fill_many(void)
{
    for (unsigned i = 0;; i++) {
        char path[32];
        int fd;

        snprintf(path, sizeof(path), "part-%u", i);
        fd = open(path, O_WRONLY | O_CREAT, 0600);
        if (fd < 0 || write(fd, block, sizeof(block)) < 0)
            usleep(1000);
        if (fd >= 0)
            close(fd);
    }
}

static void many_files(void)
{
    for (int i = 0; i < 40; i++) {
        char path[32];

        snprintf(path, sizeof(path), "d%d", i);
        (void)!mkdir(path, 0700);
        for (int k = 0; k < 100; k++) {
            snprintf(path, sizeof(path), "d%d/%d", i, k);
            make_file(path);
        }
    }
}

/* Nobody may enter: its own folders, and one in the other. */
static void lock_folders(void)
{
    (void)!mkdir("inner", 0700);
    (void)!mkdir("inner/most", 0700);
    make_file("inner/most/file");
    (void)!chmod("inner/most", 0);
    (void)!chmod("inner", 0);
    (void)!chmod(getenv("TMPDIR"), 0);
    (void)!chmod(getenv("HOME"), 0);
    (void)!chmod(".", 0);
}

static void links(void)
{
    (void)!symlink("b", "a");
    (void)!symlink("a", "b");
    (void)!symlink("self", "self");
    (void)!symlink("/", "root");
    (void)!symlink("..", "up");
    (void)!mkdir("d", 0700);
    (void)!symlink("../d", "d/again");
}

static void nodes(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)!bind(fd, (struct sockaddr *)&address, sizeof(address));
    (void)!mkfifo("fifo", 0600);
    (void)!mknod("null", S_IFCHR | 0600, makedev(1, 3)); /* needs to be root */
    (void)!mknod("full", S_IFCHR | 0600, makedev(1, 7));
    (void)!mknod("disk", S_IFBLK | 0600, makedev(7, 250));
}

static void names(void)
{
    char longest[256];

    memset(longest, 'x', 255);
    longest[255] = '\0';
    make_file("with\nnewline");
    make_file("\xff\xfe\x80");
    make_file("\x1b[31mred\x1b[0m\a");
    make_file("quote\"back\\slash");
    make_file("-rf");
    make_file(longest);
}

static void deep(void)
{
    for (int i = 0; i < 3000; i++) {
        if (mkdir("a-folder", 0700) != 0 || chdir("a-folder") != 0)
            return;
    }
    make_file("bottom");
}

static void crowd(void)
{
    signal(SIGTERM, SIG_IGN);
    for (int i = 0; i < 1000; i++) {
        if (fork() == 0) {
            if (i % 10 == 0)
                setsid();
            alarm(LIMIT_S);
            for (;;)
                pause();
        }
    }
    signal(SIGTERM, SIG_DFL);
}

/* More than a trial may have, not traced. It waits to be ended for that, and is never ready. */
static void bomb(void)
{
    for (int i = 0; i < 6000; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            alarm(LIMIT_S);
            for (;;)
                pause();
        }
        if (pid < 0)
            usleep(1000);
    }
    for (;;)
        pause();
}

/* Children that are between fork and exec when it ends. */
static void storm(void)
{
    static char *command[] = {(char *)"/bin/true", NULL};

    printf("ready\n");
    for (;;) {
        if (fork() == 0) {
            execv(command[0], command);
            _exit(1);
        }
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
    }
}

/* A child that makes one call before it executes its command. */
static void between(bool share)
{
    static char *command[] = {(char *)"/bin/sleep", (char *)"60", NULL};
    pid_t pid = share ? vfork() : fork();

    if (pid == 0) {
        (void)syscall(SYS_getppid);
        execv(command[0], command);
        _exit(1);
    }
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

static void fork_and_exec(void)
{
    between(false);
}

static void vfork_and_exec(void)
{
    between(true);
}

static void flood(void)
{
    for (;;) {
        if (write(STDOUT_FILENO, block, sizeof(block)) < 0)
            _exit(1);
    }
}

/* It ends, and its child goes on writing. */
static void flood_by_child(void)
{
    if (fork() == 0) {
        alarm(LIMIT_S);
        flood();
    }
    usleep(10000);
    _exit(0);
}

static void on_term(int signal)
{
    (void)signal;
    for (int i = 0; i < 200; i++)
        (void)!write(STDOUT_FILENO, block, 4096);
    _exit(7);
}

static void write_when_dying(void)
{
    signal(SIGTERM, on_term);
    signal(SIGHUP, on_term);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*act)(void);
    } acts[] = {
        {"fill-one", fill_one},
        {"fill-many", fill_many},
        {"many", many_files},
        {"lock", lock_folders},
        {"links", links},
        {"nodes", nodes},
        {"names", names},
        {"deep", deep},
        {"crowd", crowd},
        {"bomb", bomb},
        {"storm", storm},
        {"between", fork_and_exec},
        {"vbetween", vfork_and_exec},
        {"flood", flood},
        {"flood-child", flood_by_child},
        {"dying", write_when_dying},
    };

    alarm(LIMIT_S);
    setvbuf(stdout, NULL, _IOLBF, 0);
    memset(block, 'z', sizeof(block));
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        if (argc > 1 && strcmp(argv[1], acts[i].name) == 0) {
            acts[i].act();
            printf("ready\n");
            for (;;)
                pause();
        }
    }
    return 2;
}
