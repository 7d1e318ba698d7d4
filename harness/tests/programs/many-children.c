/* many-children.c - a family of children, three generations deep, that dies with the group's
 * signal.
 *
 * Usage: many-children [CHILDREN [DEPTH]]      default: 5, 2; at most 200 processes
 * Every process sleeps at most 10 s. The root reports `mark name=family` when all of them stand. */
#include <sigsweep/probe.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static long children = 5;

static void grow(long depth)
{
    alarm(10);
    for (long i = 0; depth > 0 && i < children; i++) {
        if (fork() == 0) {
            grow(depth - 1);
            return;
        }
    }
}

int main(int argc, char **argv)
{
    long depth = 2, all = 1, level = 1;
    pid_t root = getpid();
    int stand[2];
    char nothing;

    if (argc > 1)
        children = strtol(argv[1], NULL, 10);
    if (argc > 2)
        depth = strtol(argv[2], NULL, 10);
    for (long i = 0; i < depth; i++) {
        level *= children;
        all += level;
    }
    if (children < 1 || depth < 0 || all > 200 || pipe2(stand, O_CLOEXEC) < 0)
        return 2;
    sigsweep_probe_init();
    grow(depth);
    if (getpid() != root) {
        close(stand[0]);
        close(stand[1]); /* the last one to do so ends the root's read */
        pause();
        _exit(0);
    }
    close(stand[1]);
    while (read(stand[0], &nothing, 1) > 0)
        ;
    close(stand[0]);
    sigsweep_ready();
    sigsweep_mark("family");
    pause();
    return 0;
}
