/* screen.h - what a program has told its terminal to do, and not taken back: the alternate screen,
 * a hidden cursor, mouse reports. Reads the output as it comes, in pieces of any size; knows no
 * more of a terminal than its switches. After ECMA-48, DEC's VT220 manual and xterm's ctlseqs. */
#ifndef SIGSWEEP_SCREEN_H
#define SIGSWEEP_SCREEN_H

#include <stddef.h>

enum screen_switch {
    SCREEN_ALTERNATE,
    SCREEN_NO_CURSOR,
    SCREEN_PASTE,
    SCREEN_MOUSE,
    SCREEN_FOCUS,
    SCREEN_CURSOR_KEYS,
    SCREEN_KEYPAD,
    SCREEN_KITTY_KEYS,
    SCREEN_NO_WRAP,
    SCREEN_REVERSE,
    SCREEN_ORIGIN,
    SCREEN_INSERT,
    SCREEN_REGION,
    SCREEN_HELD,
    SCREEN_CHARSET,
    SCREEN_COLOURS, /* text attributes: a nuisance, no more */
    SCREEN_SWITCHES,
};
const char *screen_switch_name(enum screen_switch s); /* "hidden cursor" */

struct screen {
    unsigned on;         /* bit (1 << switch) */
    unsigned attributes; /* text attributes that are on, a bit each */
    unsigned mice;       /* ways of mouse reporting that are on */
    int kitty;           /* keyboard modes pushed and not popped */
    char state;          /* of the parser */
    char text[64];       /* parameters of the sequence that is read */
    size_t len;
};

/* Zero-initialise a screen first. */
void screen_feed(struct screen *s, const char *data, size_t len);

#endif
