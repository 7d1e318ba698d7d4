#include "support/shell.h"

#include <string.h>

void shell_quote(struct buf *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_-./:=+,@%";

    if (word[0] != '\0' && strspn(word, plain) == strlen(word)) {
        buf_adds(out, word);
        return;
    }
    buf_adds(out, "'");
    for (; *word != '\0'; word++) {
        if (*word == '\'')
            buf_adds(out, "'\\''");
        else
            buf_add(out, word, 1);
    }
    buf_adds(out, "'");
}
