/* race-restart-broken.c - signal() sets SA_RESTART: the read that waits goes on, and nobody looks
 * at the flag before it is done. */
#include <poll.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t stop;

static void on_int(int sig)
{
    (void)sig;
    stop = 1;
}

int main(void)
{
    int ends[2];
    char byte;

    if (pipe(ends) != 0)
        return 1;
    if (fork() == 0) { /* the other side takes its time, unless nobody reads any more */
        struct pollfd reader = {.fd = ends[1]};
        close(ends[0]);
        if (poll(&reader, 1, 500) != 0)
            _exit(0);
        _exit(write(ends[1], "x", 1) != 1);
    }
    signal(SIGINT, on_int);
    if (read(ends[0], &byte, 1) != 1)
        return 1;
    return write(STDOUT_FILENO, "done\n", 5) != 5;
}
