/* lock-left-broken.c - one run at a time, by a lock file that is removed at the normal end only. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    int fd = open("work.lock", O_WRONLY | O_CREAT | O_EXCL, 0644);

    if (fd < 0) {
        fputs("another one is running\n", stderr);
        return 1;
    }
    dprintf(fd, "%d\n", (int)getpid());
    close(fd);
    usleep(1000); /* the work */
    return unlink("work.lock") != 0;
}
