/* term-raw.c - puts its terminal into raw mode, hides the cursor, and leaves it like that.
 *
 * Usage: term-raw [wait]      with `wait`: waits for a signal, at most 10 s, before it leaves
 * Without a terminal: exit code 3. In raw mode a typed ^C is a byte and no signal. */
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    const char *screen = "\033[?1049h\033[?25lraw\r\n";
    struct termios mode;
    char byte;

    (void)argv;
    if (tcgetattr(1, &mode) < 0)
        return 3;
    cfmakeraw(&mode);
    if (tcsetattr(1, TCSANOW, &mode) < 0)
        return 1;
    if (write(1, screen, strlen(screen)) < 0)
        return 1;
    if (argc > 1) {
        alarm(10);
        if (read(1, &byte, 1) == 1)
            printf("byte %d\r\n", byte);
    }
    return 0;
}
