/* race-temp-broken.c - the temporary file is there before the handler that would remove it. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static char name[] = "partXXXXXX";

static void on_int(int sig)
{
    unlink(name);
    signal(sig, SIG_DFL);
    raise(sig);
}

int main(void)
{
    int fd = mkstemp(name);

    signal(SIGINT, on_int); /* too late */
    if (fd < 0 || write(fd, "data\n", 5) != 5)
        return 1;
    return unlink(name) != 0;
}
