/* fixed-fd-on-cancel.c - closes its input on every way out. */
#include <sigsweep/probe.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t stop; /* the signal that asked for it; 0: none */

static void on_signal(int sig)
{
    stop = sig;
}

/* Ends the process as the signal would have: the caller must see a death by signal. */
static void end_by(int sig)
{
    struct sigaction sa = {.sa_handler = SIG_DFL};
    sigset_t set;

    sigaction(sig, &sa, NULL);
    sigemptyset(&set);
    sigaddset(&set, sig);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(sig);
}

static void handle(int sig, void (*handler)(int))
{
    struct sigaction sa = {.sa_handler = handler};

    sigemptyset(&sa.sa_mask);
    sigaction(sig, &sa, NULL);
}

/* Reads the device in pieces. The number of bytes, or -1: failed or interrupted. */
static long digest(const char *path)
{
    char piece[512];
    long total = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    for (int i = 0; i < 2000; i++) {
        sigsweep_mark("reading");
        if (stop) {
            total = -1;
            break;
        }
        total += read(fd, piece, sizeof piece);
        usleep(5000);
    }
    close(fd);
    return total;
}

int main(void)
{
    sigsweep_probe_init();
    handle(SIGINT, on_signal);
    digest("/dev/zero");
    if (stop)
        end_by(stop);
    return 0;
}
