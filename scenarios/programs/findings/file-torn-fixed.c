/* file-torn-fixed.c - writes the new settings beside the old ones and renames. The signals wait
 * meanwhile, so that nothing is left beside either. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static int rewrite(void)
{
    int fd = open("settings.new", O_WRONLY | O_CREAT | O_TRUNC, 0644);

    if (fd < 0)
        return 1;
    for (int i = 0; i < 4; i++) {
        if (write(fd, "setting = new\n", 14) != 14)
            return 1;
    }
    return close(fd) != 0 || rename("settings.new", "settings") != 0;
}

int main(void)
{
    sigset_t ends, before;
    int rc;

    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, &before);
    rc = rewrite();
    sigprocmask(SIG_SETMASK, &before, NULL); /* one that came is taken here */
    return rc;
}
