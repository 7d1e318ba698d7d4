/* line.c - see line.h. Calls write(2) and poll(2) only. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "line.h"

static void put(struct line *line, char c)
{
    if (line->len < LINE_MAX_BYTES - 1) /* the last byte is the newline's */
        line->text[line->len++] = c;
}

void line_text(struct line *line, const char *text)
{
    while (*text)
        put(line, *text++);
}

void line_word(struct line *line, const char *word)
{
    /* Names are cut so that what follows them, such as rc=, still fits. */
    size_t room = LINE_MAX_BYTES - 128;

    if (!word || !*word)
        word = "-";
    for (; *word && room; word++, room--)
        put(line, *word <= ' ' || *word == 0x7f || *word == '=' ? '_' : *word);
}

void line_number(struct line *line, int64_t number)
{
    char digits[24];
    size_t n = 0;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

    if (number < 0)
        put(line, '-');
    do {
        digits[n++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    while (n)
        put(line, digits[--n]);
}

void line_write(struct line *line, int fd)
{
    int saved = errno;

    line->text[line->len++] = '\n';
    while (write(fd, line->text, line->len) < 0) {
        struct pollfd full = {.fd = fd, .events = POLLOUT};

        if (errno == EAGAIN)
            poll(&full, 1, -1);
        else if (errno != EINTR)
            break;
    }
    line->len = 0;
    errno = saved;
}
