/* race-rename-fixed.c - a file without a name until it is whole: there is nothing to remove. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    char self[40];
    int fd = open(".", O_WRONLY | O_TMPFILE, 0600);

    if (fd < 0 || write(fd, "data\n", 5) != 5 || fsync(fd) != 0)
        return 1;
    snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
    return linkat(AT_FDCWD, self, AT_FDCWD, "out", AT_SYMLINK_FOLLOW) != 0;
}
