/* wakeself.c - its handler wakes it through a pipe of its own; then it tries what can't succeed,
 * and ends. `more`: first it goes on with its work. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static int ends[2];

static void on_int(int sig)
{
    (void)sig;
    (void)!write(ends[1], "!", 1);
}

int main(int argc, char **argv)
{
    char byte;

    if (pipe(ends) != 0 || signal(SIGINT, on_int) == SIG_ERR)
        return 1;
    (void)!write(1, "done\n", 5);
    while (read(ends[0], &byte, 1) != 1)
        ;
    (void)kill(0x7ffffff0, SIGTERM); /* nobody has that number */
    (void)unlink("no/such");
    if (argc > 1 && strcmp(argv[1], "more") == 0)
        return open("more", O_WRONLY | O_CREAT, 0600) < 0;
    return 0;
}
