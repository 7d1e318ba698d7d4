/* dispositions.c - treats SIGINT in each way that there is, one after the other, with calls
 * between: default, handled, handled once, ignored, blocked, default again. Its exit status tells
 * how many it handled. */
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t handled;

static void on_int(int sig)
{
    (void)sig;
    handled = handled + 1;
}

static void act(void (*how)(int), int flags)
{
    struct sigaction action = {.sa_handler = how, .sa_flags = flags};

    (void)sigaction(SIGINT, &action, NULL);
    for (int i = 0; i < 3; i++)
        (void)getppid();
}

int main(void)
{
    sigset_t set;

    act(SIG_DFL, 0);
    act(on_int, 0);
    act(on_int, (int)SA_RESETHAND);
    act(SIG_IGN, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    act(SIG_DFL, 0);
    (void)sigprocmask(SIG_UNBLOCK, &set, NULL);
    act(SIG_DFL, 0);
    return handled;
}
