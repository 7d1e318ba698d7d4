/* files N: makes N small files, a thousand in a folder, and returns. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 1;
    char path[32];

    for (int i = 0; i < n; i++) {
        int fd;
        if (i % 1000 == 0) {
            snprintf(path, sizeof(path), "%d", i / 1000);
            if (mkdir(path, 0700) != 0)
                return 1;
        }
        snprintf(path, sizeof(path), "%d/%d", i / 1000, i);
        fd = open(path, O_WRONLY | O_CREAT, 0600);
        if (fd < 0 || write(fd, path, 8) != 8)
            return 1;
        close(fd);
    }
    return 0;
}
