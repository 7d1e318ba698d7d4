/* terminal.c - what a trial's terminal was left in: the line's settings, as stty names them, the
 * foreground group, and what was told to the screen. */
#include "trial/live.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

struct flag {
    const char *name; /* as stty(1) says it */
    tcflag_t bit;
};

static const struct flag local_flags[] = {
    {"isig", ISIG},     {"icanon", ICANON},   {"iexten", IEXTEN}, {"echo", ECHO},
    {"echoe", ECHOE},   {"echok", ECHOK},     {"echonl", ECHONL}, {"noflsh", NOFLSH},
    {"tostop", TOSTOP}, {"echoctl", ECHOCTL}, {"echoke", ECHOKE}, {NULL, 0},
};
static const struct flag input_flags[] = {
    {"ignbrk", IGNBRK}, {"brkint", BRKINT}, {"ignpar", IGNPAR}, {"parmrk", PARMRK},
    {"inpck", INPCK},   {"istrip", ISTRIP}, {"inlcr", INLCR},   {"igncr", IGNCR},
    {"icrnl", ICRNL},   {"ixon", IXON},     {"ixany", IXANY},   {"ixoff", IXOFF},
    {"iutf8", IUTF8},   {NULL, 0},
};
static const struct flag output_flags[] = {
    {"opost", OPOST}, {"onlcr", ONLCR}, {"ocrnl", OCRNL}, {"onlret", ONLRET}, {NULL, 0},
};

static void add(struct record *r, char *text)
{
    r->terminal_modes = mem_grow(r->terminal_modes, r->terminal_modes_n + 1, sizeof(char *));
    r->terminal_modes[r->terminal_modes_n++] = text;
}

static void compare(struct record *r, const struct flag *list, tcflag_t was, tcflag_t is)
{
    for (; list->name != NULL; list++) {
        if ((was & list->bit) != (is & list->bit))
            add(r, mem_printf("%s%s", is & list->bit ? "" : "-", list->name));
    }
}

/* VMIN and VTIME mean something without canonical mode only, and that is told already. */
static bool characters_differ(const struct termios *was, const struct termios *is)
{
    for (int i = 0; i < NCCS; i++) {
        if (i != VMIN && i != VTIME && was->c_cc[i] != is->c_cc[i])
            return true;
    }
    return false;
}

void terminal_start(struct live *l, int slave)
{
    l->tty_fd = fcntl(slave, F_DUPFD_CLOEXEC, 0); /* its settings go with its last descriptor */
    if (l->tty_fd >= 0)
        (void)tcgetattr(l->tty_fd, &l->tty_start);
}

void terminal_exit(struct live *l)
{
    pid_t group;

    l->tty_taken = l->pty_fd >= 0 && l->plan->scenario->program.terminal &&
                   ioctl(l->pty_fd, TIOCGPGRP, &group) == 0 && group > 0 && group != l->pid;
}

void terminal_left(struct live *l)
{
    const struct termios *was = &l->tty_start;
    struct record *r = l->r;
    struct termios is;

    if (l->tty_fd < 0 || tcgetattr(l->tty_fd, &is) != 0)
        return;
    r->terminal_known = true;
    compare(r, local_flags, was->c_lflag, is.c_lflag);
    compare(r, input_flags, was->c_iflag, is.c_iflag);
    compare(r, output_flags, was->c_oflag, is.c_oflag);
    if (characters_differ(was, &is))
        add(r, mem_strdup("other control characters"));
    if (l->tty_taken)
        add(r, mem_strdup("another foreground group"));
    for (int i = 0; i < SCREEN_SWITCHES; i++) {
        if (l->screen.on >> i & 1)
            add(r, mem_strdup(screen_switch_name((enum screen_switch)i)));
    }
}
