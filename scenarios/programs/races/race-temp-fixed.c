/* race-temp-fixed.c - the signal is blocked from before the file is made until its name is known to
 * the handler. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static char name[] = "partXXXXXX";

static void on_int(int sig)
{
    unlink(name);
    signal(sig, SIG_DFL);
    raise(sig);
}

int main(void)
{
    sigset_t block, before;
    int fd;

    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigprocmask(SIG_BLOCK, &block, &before);
    signal(SIGINT, on_int);
    fd = mkstemp(name);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (fd < 0 || write(fd, "data\n", 5) != 5)
        return 1;
    return unlink(name) != 0;
}
