/* race-errno-fixed.c - the handler puts errno back as it was. */
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void on_int(int sig)
{
    int was = errno;

    (void)sig;
    interrupted = 1;
    (void)close(-1);
    errno = was;
}

int main(void)
{
    struct stat st;

    signal(SIGINT, on_int);
    if (stat("config", &st) != 0 && errno != ENOENT)
        return 3; /* believes that something is broken */
    if (interrupted) {
        signal(SIGINT, SIG_DFL);
        raise(SIGINT);
    }
    return 0;
}
