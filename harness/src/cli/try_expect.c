#include "cli/try_expect.h"

#include "cli/cli.h"
#include "support/buf.h"
#include "support/duration.h"
#include "support/signals.h"

#include <stdlib.h>
#include <string.h>

/* Calls `take` for each word between commas, until one is refused. */
static int each_word(struct expect *e, const char *text,
                     int (*take)(struct expect *e, const char *word))
{
    int status = -1;

    for (const char *at = text; status < 0; at += strcspn(at, ",") + 1) {
        size_t len = strcspn(at, ",");
        char *word = mem_strndup(at, len);

        status = take(e, word);
        free(word);
        if (at[len] == '\0')
            break;
    }
    return status;
}

static int take_ended(struct expect *e, const char *word)
{
    char *end;
    long code = strtol(word, &end, 10);
    bool is_code = end != word && *end == '\0' && code >= 0 && code <= 255;
    int signal = is_code ? 0 : signal_number(word);

    if (strcmp(word, "conventional") == 0) {
        e->conventional = true;
        return -1;
    }
    if (!is_code && signal <= 0)
        return usage_error("try",
                           "--ended takes conventional, or signals and exit codes such as "
                           "INT,130, not '%s'",
                           word);
    e->ended = mem_grow(e->ended, e->ended_n + 1, sizeof(*e->ended));
    e->ended[e->ended_n++] = (struct ended){!is_code, is_code ? (int)code : signal};
    return -1;
}

int try_expect_ended(struct expect *e, const char *text)
{
    e->success_apart = true;
    return each_word(e, text, take_ended);
}

int try_expect_within(struct expect *e, const char *text)
{
    if (duration_parse(text, &e->within_ns) != 0 || e->within_ns <= 0)
        return usage_error("try", "--within: '%s' is not a time such as 200ms or 1s", text);
    return -1;
}

static int take_leaks(struct expect *e, const char *word)
{
    if (strcmp(word, "fds") == 0)
        e->fds = 0;
    else if (strcmp(word, "threads") == 0)
        e->threads = 0;
    else
        return usage_error("try", "--leaks takes fds and threads, not '%s'%s", word,
                           strcmp(word, "memory") == 0 ? "; use --memory TOOL"
                                                       : " (what else is left is judged always)");
    return -1;
}

int try_expect_leaks(struct expect *e, const char *text)
{
    return each_word(e, text, take_leaks);
}
