/* change-session.c - leaves a process behind that has cut every tie to it.
 *
 * Usage: change-session child | daemon | group [SECONDS]
 *   child    a child in a session of its own
 *   daemon   a double fork, in a session of its own, with its stdio closed and its cwd in /
 *   group    a child in a process group of its own
 * The one that is left sleeps 1000 s (or SECONDS). The program itself ends with 0 once that one
 * stands; with `wait` as a third argument it waits for a signal instead, at most 10 s. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void sleep_on(unsigned seconds, int report)
{
    close(report); /* says: everything stands */
    sleep(seconds);
    _exit(0);
}

static void become_daemon(unsigned seconds, int report)
{
    int null = open("/dev/null", O_RDWR);

    setsid();
    if (fork() != 0)
        _exit(0);
    if (chdir("/") < 0)
        _exit(1);
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    close(null);
    sleep_on(seconds, report);
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "child";
    unsigned seconds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1000;
    int report[2];
    char nothing;

    if (pipe2(report, O_CLOEXEC) < 0)
        return 1;
    if (fork() == 0) {
        close(report[0]);
        if (strcmp(how, "daemon") == 0)
            become_daemon(seconds, report[1]);
        if (strcmp(how, "group") == 0)
            setpgid(0, 0);
        else
            setsid();
        sleep_on(seconds, report[1]);
    }
    close(report[1]);
    while (read(report[0], &nothing, 1) > 0)
        ;
    close(report[0]);
    if (strcmp(how, "daemon") == 0)
        wait(NULL); /* the one in the middle */
    if (argc > 3) {
        alarm(10);
        pause();
    }
    return 0;
}
