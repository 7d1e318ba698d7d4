/* flood-output.c - writes much more output than anybody wants.
 *
 * Usage: flood-output [MEGABYTES | forever] [stderr]      default: 100, stdout
 * Bounded by a 60 s alarm, and by SIGPIPE. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    static char block[1 << 16];
    int fd = argc > 2 && strcmp(argv[2], "stderr") == 0 ? 2 : 1;
    long long left = 100;

    if (argc > 1)
        left = strcmp(argv[1], "forever") == 0 ? LLONG_MAX >> 20 : strtoll(argv[1], NULL, 10);
    left <<= 20;
    alarm(60);
    memset(block, 'x', sizeof block);
    for (size_t i = 79; i < sizeof block; i += 80)
        block[i] = '\n';
    while (left > 0) {
        ssize_t n = write(fd, block, left < (long long)sizeof block ? (size_t)left : sizeof block);

        if (n < 0)
            return 1;
        left -= n;
    }
    return 0;
}
