/* small.c - a program of the sweep benchmark: copies its own file to /dev/null, a piece a call; a
 * few hundred system calls, or, by the size of a piece, some thousand. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int from = open(argv[0], O_RDONLY | O_CLOEXEC);
    int to = open("/dev/null", O_WRONLY | O_CLOEXEC);
    char piece[128];
    size_t size = argc > 1 ? (size_t)atoi(argv[1]) : sizeof(piece);
    ssize_t n;

    if (from < 0 || to < 0 || size > sizeof(piece))
        return 1;
    while ((n = read(from, piece, size)) > 0) {
        if (write(to, piece, (size_t)n) != n)
            return 1;
    }
    return close(to) != 0;
}
