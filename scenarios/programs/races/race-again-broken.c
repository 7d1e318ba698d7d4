/* race-again-broken.c - a one-shot handler, as signal() of System V makes it: the second SIGINT
 * finds the default action while the first is still being cleaned up after. */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static void clean_up(void)
{
    (void)!write(STDERR_FILENO, "stopping\n", 9);
    unlink("work.tmp");
}

static void on_int(int sig)
{
    clean_up();
    raise(sig);
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_int, .sa_flags = (int)(SA_RESETHAND | SA_NODEFER)};
    int fd;

    sigaction(SIGINT, &action, NULL);
    fd = open("work.tmp", O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0 || write(fd, "half\n", 5) != 5)
        return 1;
    return unlink("work.tmp") != 0;
}
