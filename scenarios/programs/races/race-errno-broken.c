/* race-errno-broken.c - the handler's own calls change errno between a call that fails and the look
 * at why it failed. */
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void on_int(int sig)
{
    (void)sig;
    interrupted = 1;
    (void)close(-1); /* errno is EBADF from here on */
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
