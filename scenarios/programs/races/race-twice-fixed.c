/* race-twice-fixed.c - the handler only notes the signal; what there is to clean is cleaned once.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static char *buffer;
static volatile sig_atomic_t interrupted;

static void on_int(int sig)
{
    (void)sig;
    interrupted = 1;
}

int main(void)
{
    buffer = malloc(100);
    signal(SIGINT, on_int);
    (void)getppid();
    (void)getppid();
    free(buffer);
    if (interrupted) {
        signal(SIGINT, SIG_DFL);
        raise(SIGINT);
    }
    return 0;
}
