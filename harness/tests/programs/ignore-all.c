/* ignore-all.c - ignores every signal that can be ignored, and never ends.
 *
 * Usage: ignore-all [block]      with `block`: blocks them instead
 * Safe when the harness fails: it ends when its parent changes, and after 60 s by its own clock (an
 * alarm would be ignored). */
#include <signal.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    pid_t parent = getppid();
    time_t begin = time(NULL);
    sigset_t all;

    (void)argv;
    if (argc > 1) {
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, NULL);
    } else {
        for (int sig = 1; sig < NSIG; sig++)
            signal(sig, SIG_IGN);
    }
    if (write(1, "ready\n", 6) < 0)
        return 1;
    while (getppid() == parent && time(NULL) - begin < 60) {
        struct timespec step = {0, 50000000};

        nanosleep(&step, NULL);
    }
    return 0;
}
