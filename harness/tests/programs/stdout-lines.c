/* stdout-lines.c - prints numbered lines, then a last word, so that output points have a target.
 *
 * Usage: stdout-lines [LINES [EVERY_MS [stderr | half]]]      default: 10 lines, every 1 ms
 *   stderr   the lines go to stderr
 *   half     each line is written in two halves, with the pause in between
 * Writes without a buffer, "line N\n" each, "end\n" last. Bounded by a 30 s alarm. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    long lines = argc > 1 ? strtol(argv[1], NULL, 10) : 10;
    useconds_t every = argc > 2 ? (useconds_t)strtoul(argv[2], NULL, 10) * 1000 : 1000;
    int half = argc > 3 && strcmp(argv[3], "half") == 0;
    int fd = argc > 3 && strcmp(argv[3], "stderr") == 0 ? 2 : 1;

    alarm(30);
    for (long i = 1; i <= lines; i++) {
        char line[40];
        int n = snprintf(line, sizeof line, "line %ld\n", i);
        int first = half ? 3 : n;

        if (write(fd, line, (size_t)first) < 0)
            return 1;
        usleep(every);
        if (first < n && write(fd, line + first, (size_t)(n - first)) < 0)
            return 1;
    }
    return write(fd, "end\n", 4) < 0;
}
