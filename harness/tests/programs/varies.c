/* varies.c - a program whose executions are not all alike: some make two calls in the other order.
 *
 * Usage: varies FILE N   counts its executions in FILE; the Nth is another one than those before,
 *                        and so is each from the one after the next on */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int nth = argc > 2 ? atoi(argv[2]) : 0, fd;
    unsigned char count = 0;

    fd = open(argc > 2 ? argv[1] : "", O_RDWR | O_CREAT, 0600);
    if (fd < 0 || pread(fd, &count, 1, 0) < 0)
        return 1;
    count++;
    if (pwrite(fd, &count, 1, 0) != 1)
        return 1;
    close(fd);
    for (int i = 0; i < 8; i++) {
        int other = count == nth || count > nth + 1;
        (void)syscall(other ? SYS_getuid : SYS_getppid);
        (void)syscall(other ? SYS_getppid : SYS_getuid);
    }
    return 0;
}
