/* broken-atexit-and-handler.c - two places clean up, and neither knows of the other.
 *
 * atexit() covers the normal end. The handler was written for the other case; it cleans up and
 * calls exit(), which does it all again. The second time it may remove the lock file of
 * another process, which took the free lock in the meantime. */
#include <sigsweep/probe.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void unlock(void)
{
    sigsweep_cleanup_begin(SIGSWEEP_NO_TASK, "lock");
    unlink("lock");
    sigsweep_cleanup_end(SIGSWEEP_NO_TASK, "lock", 0);
}

static void on_signal(int sig)
{
    (void)sig;
    unlock();
    exit(130); /* and exit() calls unlock() */
}

static void work(int ms)
{
    usleep(ms * 1000);
}

static void handle(int sig, void (*handler)(int))
{
    struct sigaction sa = {.sa_handler = handler};

    sigemptyset(&sa.sa_mask);
    sigaction(sig, &sa, NULL);
}

int main(void)
{
    int fd;

    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    fd = open("lock", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0)
        return 1;
    close(fd);
    atexit(unlock);
    sigsweep_cleanup_arm(SIGSWEEP_NO_TASK, "lock");
    sigsweep_ready();

    work(10000);
    return 0;
}
