/* race-wait-broken.c - the handler ends the child and trusts its status to tell. But waitpid is
 * interrupted, and leaves the status as it was: success. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile pid_t child;

static void on_int(int sig)
{
    (void)sig;
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

    waitpid(child, &status, 0); /* EINTR is not looked for */
    return status;
}

int main(void)
{
    const struct sigaction action = {.sa_handler = on_int};

    start();
    sigaction(SIGINT, &action, NULL);
    if (finish() != 0) {
        signal(SIGINT, SIG_DFL);
        raise(SIGINT);
    }
    return write(STDOUT_FILENO, "done\n", 5) != 5;
}
