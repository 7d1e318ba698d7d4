/* print-env.c - prints what it was started with, one fact a line, to prove that the launch is
 * clean:
 *
 *     arg I TEXT · env NAME=VALUE · cwd PATH · umask OCTAL · fd N TARGET · blocked SIG · ignored
 * SIG pending SIG · sid same|own|other · pgid own|other · tty 0|1|2 yes|no nice N · limit-core SOFT
 *
 * Usage: print-env [ANYTHING...] */
#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static void print_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    struct dirent *entry;

    if (!dir)
        return;
    while ((entry = readdir(dir))) {
        char target[PATH_MAX];
        ssize_t n;

        if (entry->d_name[0] == '.' || strtol(entry->d_name, NULL, 10) == dirfd(dir))
            continue;
        n = readlinkat(dirfd(dir), entry->d_name, target, sizeof target - 1);
        printf("fd %s %.*s\n", entry->d_name, n > 0 ? (int)n : 1, n > 0 ? target : "?");
    }
    closedir(dir);
}

static void print_signals(void)
{
    sigset_t blocked, pending;

    sigprocmask(SIG_SETMASK, NULL, &blocked);
    sigpending(&pending);
    for (int sig = 1; sig < NSIG; sig++) {
        struct sigaction sa;
        const char *name = sigabbrev_np(sig);
        char number[16];

        snprintf(number, sizeof number, "%d", sig);
        name = name ? name : number;
        if (sigismember(&blocked, sig) == 1)
            printf("blocked %s\n", name);
        if (sigismember(&pending, sig) == 1)
            printf("pending %s\n", name);
        if (sigaction(sig, NULL, &sa) == 0 && sa.sa_handler == SIG_IGN)
            printf("ignored %s\n", name);
    }
}

int main(int argc, char **argv)
{
    struct rlimit core = {0, 0};
    char cwd[PATH_MAX];
    mode_t mask = umask(0);

    umask(mask);
    for (int i = 0; i < argc; i++)
        printf("arg %d %s\n", i, argv[i]);
    for (char **e = environ; *e; e++)
        printf("env %s\n", *e);
    printf("cwd %s\n", getcwd(cwd, sizeof cwd) ? cwd : "?");
    printf("umask %03o\n", (unsigned)mask);
    print_descriptors();
    print_signals();
    printf("sid %s\n", getsid(0) == getpid()            ? "own"
                       : getsid(0) == getsid(getppid()) ? "same"
                                                        : "other");
    printf("pgid %s\n", getpgid(0) == getpid() ? "own" : "other");
    for (int fd = 0; fd < 3; fd++)
        printf("tty %d %s\n", fd, isatty(fd) ? "yes" : "no");
    printf("nice %d\n", getpriority(PRIO_PROCESS, 0));
    getrlimit(RLIMIT_CORE, &core);
    printf("limit-core %llu\n", (unsigned long long)core.rlim_cur);
    return 0;
}
