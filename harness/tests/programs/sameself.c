/* sameself.c - its handler looks whether it is still the process that it was, and dies by the
 * signal if so: as programs do that must not run their handlers in a child of fork. */
#include <signal.h>
#include <unistd.h>

static pid_t self;

static void on_int(int sig)
{
    if (getpid() != self)
        _exit(3);
    signal(sig, SIG_DFL);
    kill(self, sig);
}

int main(void)
{
    self = getpid();
    signal(SIGINT, on_int);
    for (int i = 0; i < 20; i++)
        (void)getppid();
    return 0;
}
