/* handlerfile.c - its handler leaves a file. */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static void on_int(int sig)
{
    (void)sig;
    _exit(open("mark", O_WRONLY | O_CREAT, 0600) < 0);
}

int main(void)
{
    signal(SIGINT, on_int);
    for (int i = 0; i < 20; i++)
        (void)getppid();
    return 0;
}
