/* race-twice-broken.c - the same memory is freed by the handler and on the normal way. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static char *buffer;

static void clean_up(void)
{
    free(buffer); /* and forgets to say so */
}

static void on_int(int sig)
{
    (void)sig;
    clean_up();
}

int main(void)
{
    buffer = malloc(100);
    signal(SIGINT, on_int);
    (void)getppid();
    (void)getppid();
    clean_up();
    return 0;
}
