/* line.h - builds one line of text without stdio or malloc. Everything here is async-signal-safe.
 */
#ifndef QS_LINE_H
#define QS_LINE_H

#include <stddef.h>
#include <stdint.h>

#define LINE_MAX_BYTES 512 /* with the newline; <= PIPE_BUF, so that one write(2) stays whole */

struct line {
    size_t len;                /* bytes used; text beyond the room is cut */
    char text[LINE_MAX_BYTES]; /* no terminating zero */
};

void line_text(struct line *line, const char *text);
/* A name given by the program: blanks, control bytes and '=' become '_', so that it stays one word.
 */
void line_word(struct line *line, const char *word);
void line_number(struct line *line, int64_t number);
/* Ends the line and writes it with one write(2); waits while fd is full. Errors are dropped: there
 * is nobody to tell. */
void line_write(struct line *line, int fd);

#endif
