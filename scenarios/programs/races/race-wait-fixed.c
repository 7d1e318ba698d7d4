/* race-wait-fixed.c - waits again until the child's status is there, and asks the flag too. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile pid_t child;
static volatile sig_atomic_t stop;

static void on_int(int sig)
{
    stop = sig;
    if (child > 0)
        kill(child, SIGTERM);
}

static void start(void)
{
    const struct timespec moment = {0, 500000000};

    child = fork();
    if (child == 0) { /* the work */
        nanosleep(&moment, NULL);
        _exit(0);
    }
}

static int finish(void)
{
    int status = 0;

    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

int main(void)
{
    const struct sigaction action = {.sa_handler = on_int};
    int status;

    start();
    sigaction(SIGINT, &action, NULL);
    status = finish();
    if (stop) {
        signal(SIGINT, SIG_DFL);
        raise(SIGINT);
    }
    return status != 0 || write(STDOUT_FILENO, "done\n", 5) != 5;
}
