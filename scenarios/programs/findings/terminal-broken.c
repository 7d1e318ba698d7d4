/* terminal-broken.c - a full-screen program that puts its terminal back at the normal end only. */
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

int main(void)
{
    struct termios before, full;

    if (tcgetattr(0, &before) != 0)
        return 1;
    full = before;
    full.c_lflag &= (tcflag_t) ~(ECHO | ICANON);
    tcsetattr(0, TCSANOW, &full);
    dprintf(1, "\033[?1049h\033[?25l\033[2J working ");
    usleep(2000); /* the work */
    dprintf(1, "\033[?25h\033[?1049l");
    return tcsetattr(0, TCSANOW, &before) != 0;
}
