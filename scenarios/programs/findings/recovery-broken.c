/* recovery-broken.c - makes a folder and a file in it, and cleans up behind itself when it is
 * interrupted, but for one thing: the next run can't tell half a file from a whole one. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
    int fd;

    if (access("store/data", F_OK) == 0)
        return 0; /* done already */
    if (mkdir("store", 0755) != 0)
        return 1;
    fd = open("store/data", O_WRONLY | O_CREAT | O_EXCL, 0644);
    if (fd < 0 || write(fd, "first\n", 6) != 6 || write(fd, "second\n", 7) != 7)
        return 1;
    return close(fd) != 0;
}
