/* terminal-fixed.c - a full-screen program whose handler puts the terminal back, and dies by the
 * signal. It is installed before anything is changed. */
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;

static void put_back(void)
{
    static const char off[] = "\033[?25h\033[?1049l";

    (void)!write(1, off, sizeof(off) - 1);
    (void)tcsetattr(0, TCSANOW, &before);
}

static void on_signal(int number)
{
    put_back(); /* write and tcsetattr are async-signal-safe */
    signal(number, SIG_DFL);
    raise(number);
}

int main(void)
{
    struct termios full;

    if (tcgetattr(0, &before) != 0)
        return 1;
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    full = before;
    full.c_lflag &= (tcflag_t) ~(ECHO | ICANON);
    tcsetattr(0, TCSANOW, &full);
    dprintf(1, "\033[?1049h\033[?25l\033[2J working ");
    usleep(2000); /* the work */
    put_back();
    return 0;
}
