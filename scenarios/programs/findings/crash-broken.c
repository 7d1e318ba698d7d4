/* crash-broken.c - the handler is there before what it uses. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *name; /* what the handler tells */

static void on_signal(int signal)
{
    (void)!write(2, name, strlen(name));
    _exit(128 + signal);
}

int main(void)
{
    signal(SIGINT, on_signal);
    name = malloc(20);
    if (name == NULL)
        return 1;
    strcpy(name, "interrupted\n");
    usleep(1000); /* the work */
    return 0;
}
