/* lock-left-fixed.c - one run at a time, by a lock that the kernel ends with the process. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

int main(void)
{
    int fd = open("work", O_RDWR | O_CREAT, 0644);

    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0) {
        fputs("another one is running\n", stderr);
        return 1;
    }
    usleep(1000); /* the work */
    return 0;
}
