/* slow-child.c - leaves a child that ends by itself a little later: no finding.
 *
 * Usage: slow-child [MS [wait]]     default: 300
 * With `wait` the program waits for a signal, at most 10 s; the child begins its delay when the
 * program is gone. */
#include <sigsweep/probe.h>

#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    useconds_t ms = argc > 1 ? (useconds_t)strtoul(argv[1], NULL, 10) : 300;
    int alive[2];
    char nothing;

    sigsweep_probe_init();
    if (pipe(alive) < 0)
        return 1;
    if (fork() == 0) {
        alarm(20);
        close(alive[1]);
        while (read(alive[0], &nothing, 1) > 0) /* ends when the program is gone */
            ;
        usleep(ms * 1000);
        _exit(0);
    }
    close(alive[0]);
    sigsweep_ready();
    if (argc > 2) {
        alarm(10);
        pause();
    }
    return 0;
}
