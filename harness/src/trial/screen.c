#include "trial/screen.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { GROUND, ESCAPE, CONTROL, CHARSET, STRING, STRING_ESCAPE, SKIP_ONE };

const char *screen_switch_name(enum screen_switch s)
{
    static const char *const names[SCREEN_SWITCHES] = {
        [SCREEN_ALTERNATE] = "alternate screen",
        [SCREEN_NO_CURSOR] = "hidden cursor",
        [SCREEN_PASTE] = "bracketed paste",
        [SCREEN_MOUSE] = "mouse reports",
        [SCREEN_FOCUS] = "focus reports",
        [SCREEN_CURSOR_KEYS] = "application cursor keys",
        [SCREEN_KEYPAD] = "application keypad",
        [SCREEN_KITTY_KEYS] = "kitty keyboard protocol",
        [SCREEN_NO_WRAP] = "no line wrap",
        [SCREEN_REVERSE] = "reverse screen",
        [SCREEN_ORIGIN] = "origin mode",
        [SCREEN_INSERT] = "insert mode",
        [SCREEN_REGION] = "scroll region",
        [SCREEN_HELD] = "held updates",
        [SCREEN_CHARSET] = "line-drawing characters",
        [SCREEN_COLOURS] = "text attributes",
    };
    return names[s];
}

static void set(struct screen *s, enum screen_switch which, bool on)
{
    if (on)
        s->on |= 1U << which;
    else
        s->on &= ~(1U << which);
}

/* ESC [ ? N h, and l. */
static void private_mode(struct screen *s, long n, bool on)
{
    switch (n) {
    case 47:
    case 1047:
    case 1049: set(s, SCREEN_ALTERNATE, on); break;
    case 25: set(s, SCREEN_NO_CURSOR, !on); break;
    case 2004: set(s, SCREEN_PASTE, on); break;
    case 9:
    case 1000:
    case 1001:
    case 1002:
    case 1003: {
        unsigned bit = n == 9 ? 16 : 1U << (n - 1000);
        s->mice = on ? s->mice | bit : s->mice & ~bit;
        set(s, SCREEN_MOUSE, s->mice != 0);
        break;
    }
    case 1004: set(s, SCREEN_FOCUS, on); break;
    case 1: set(s, SCREEN_CURSOR_KEYS, on); break;
    case 66: set(s, SCREEN_KEYPAD, on); break;
    case 7: set(s, SCREEN_NO_WRAP, !on); break;
    case 5: set(s, SCREEN_REVERSE, on); break;
    case 6: set(s, SCREEN_ORIGIN, on); break;
    case 2026: set(s, SCREEN_HELD, on); break;
    default: break;
    }
}

/* Which bits of `attributes` a number of SGR sets; those that it clears go to *off. */
static unsigned attribute(long n, unsigned *off)
{
    *off = 0;
    if (n == 0)
        *off = ~0U;
    else if (n == 1 || n == 2)
        return 1;
    else if (n >= 3 && n <= 9)
        return 1U << (n - 2);
    else if (n == 21)
        return 1U << 2;
    else if (n == 22)
        *off = 1;
    else if (n >= 23 && n <= 29)
        *off = 1U << (n - 22) | (n == 25 ? 1U << 4 : 0);
    else if ((n >= 30 && n <= 38) || (n >= 90 && n <= 97))
        return 1U << 8;
    else if (n == 39)
        *off = 1U << 8;
    else if ((n >= 40 && n <= 48) || (n >= 100 && n <= 107))
        return 1U << 9;
    else if (n == 49)
        *off = 1U << 9;
    return 0;
}

/* 38;5;N and 38;2;R;G;B carry numbers that are no attributes. */
static void attributes(struct screen *s, const char *at)
{
    int carried = 0;
    bool colour = false; /* the way of giving a colour comes next */

    do {
        char *end;
        long n = strtol(at, &end, 10);
        unsigned off;

        if (colour) {
            carried = n == 5 ? 1 : n == 2 ? 3 : 0;
            colour = false;
        } else if (carried > 0) {
            carried--;
        } else {
            s->attributes |= attribute(n, &off);
            s->attributes &= ~off;
            colour = (n == 38 || n == 48) && *end == ';';
        }
        at = end + strcspn(end, ";");
    } while (*at++ == ';');
    set(s, SCREEN_COLOURS, s->attributes != 0);
}

static void modes(struct screen *s, const char *at, bool on)
{
    bool is_private = *at == '?';

    at += is_private;
    do {
        char *end;
        long n = strtol(at, &end, 10);

        if (is_private)
            private_mode(s, n, on);
        else if (n == 4)
            set(s, SCREEN_INSERT, on);
        at = end + strcspn(end, ";");
    } while (*at++ == ';');
}

static void reset(struct screen *s, bool hard)
{
    unsigned kept = 1U << SCREEN_ALTERNATE | 1U << SCREEN_PASTE | 1U << SCREEN_MOUSE |
                    1U << SCREEN_FOCUS | 1U << SCREEN_KITTY_KEYS | 1U << SCREEN_HELD;

    s->on &= hard ? 0 : kept;
    s->attributes = 0;
    if (hard) {
        s->mice = 0;
        s->kitty = 0;
    }
}

static void control(struct screen *s, char final)
{
    const char *p = s->text;

    s->text[s->len] = '\0';
    switch (final) {
    case 'h':
    case 'l': modes(s, p, final == 'h'); break;
    case 'm':
        if (*p != '>' && *p != '?')
            attributes(s, p);
        break;
    case 'r':
        if (*p != '?')
            set(s, SCREEN_REGION, *p != '\0' && *p != ';' && strcmp(p, "1;24") != 0);
        break;
    case 'p':
        if (strcmp(p, "!") == 0)
            reset(s, false);
        break;
    case 'u':
        if (*p == '>')
            s->kitty++;
        else if (*p == '<')
            s->kitty -= s->kitty > 0 ? (atoi(p + 1) > 1 ? atoi(p + 1) : 1) : 0;
        if (s->kitty < 0)
            s->kitty = 0;
        set(s, SCREEN_KITTY_KEYS, s->kitty > 0);
        break;
    default: break;
    }
}

static char escape(struct screen *s, char c)
{
    switch (c) {
    case '[': s->len = 0; return CONTROL;
    case ']':
    case 'P':
    case 'X':
    case '^':
    case '_': return STRING;
    case '(': return CHARSET;
    case ')':
    case '*':
    case '+':
    case '#':
    case '%':
    case ' ': return SKIP_ONE;
    case '=': set(s, SCREEN_KEYPAD, true); break;
    case '>': set(s, SCREEN_KEYPAD, false); break;
    case 'c': reset(s, true); break;
    case '\033': return ESCAPE;
    default: break;
    }
    return GROUND;
}

static char in_control(struct screen *s, char c)
{
    if (c == '\033')
        return ESCAPE;
    if (c >= 0x40 && c <= 0x7e) {
        control(s, c);
        return GROUND;
    }
    if (c >= 0x20 && s->len + 1 < sizeof(s->text))
        s->text[s->len++] = c;
    return CONTROL;
}

void screen_feed(struct screen *s, const char *data, size_t len)
{
    const char *end = data + len;

    while (data < end) {
        char c;

        if (s->state == GROUND) { /* most output is this */
            data = memchr(data, '\033', (size_t)(end - data));
            if (data == NULL)
                return;
            data++;
            s->state = ESCAPE;
            continue;
        }
        c = *data++;
        switch (s->state) {
        case ESCAPE: s->state = escape(s, c); break;
        case CONTROL: s->state = in_control(s, c); break;
        case CHARSET:
            set(s, SCREEN_CHARSET, c == '0');
            s->state = GROUND;
            break;
        case STRING:
            if (c == '\a')
                s->state = GROUND;
            else if (c == '\033')
                s->state = STRING_ESCAPE;
            break;
        case STRING_ESCAPE: /* ESC \ ends it; any other sequence begins anew */
            s->state = c == '\\' ? GROUND : escape(s, c);
            break;
        default: s->state = GROUND; break;
        }
    }
}
