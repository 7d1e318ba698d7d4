/* race-restart-fixed.c - without SA_RESTART the read that waits fails with EINTR, and the flag is
 * looked at. */
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
    const struct sigaction action = {.sa_handler = on_int};
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
    sigaction(SIGINT, &action, NULL);
    if (read(ends[0], &byte, 1) != 1 && !stop)
        return 1;
    if (stop) {
        signal(SIGINT, SIG_DFL);
        raise(SIGINT);
    }
    return write(STDOUT_FILENO, "done\n", 5) != 5;
}
