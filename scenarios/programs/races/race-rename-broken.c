/* race-rename-broken.c - writes a new file beside the old one and renames it: whole at any moment,
 * but an interrupt leaves the half-made one. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    int fd = open("out.new", O_WRONLY | O_CREAT | O_EXCL, 0600);

    if (fd < 0 || write(fd, "data\n", 5) != 5 || fsync(fd) != 0 || close(fd) != 0)
        return 1;
    return rename("out.new", "out") != 0;
}
