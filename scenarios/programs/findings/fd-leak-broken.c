/* fd-leak-broken.c - the interrupted path returns without a close. */
#include <sigsweep/probe.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
    (void)signal;
    stop = 1;
}

int main(void)
{
    int input;

    sigsweep_probe_init();
    signal(SIGINT, on_signal);
    input = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    sigsweep_mark("reading");
    if (stop)
        return 130;
    close(input);
    return 0;
}
