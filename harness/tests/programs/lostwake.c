/* lostwake.c - looks at a flag, then pauses: a signal in between is lost. */
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t flag;

static void on_int(int sig)
{
    (void)sig;
    flag = 1;
}

int main(void)
{
    signal(SIGINT, on_int);
    while (!flag)
        pause();
    return 0;
}
