/* debug_words.c - reads QS_DEBUG: words with commas between, such as "slow=20ms,leaks". */
#include <stdlib.h>
#include <string.h>

#include "debug.h"
#include "line.h"
#include "quiesce.h"

#define SLOW     (100 * QS_MILLISECOND)
#define SHUTDOWN QS_SECOND

/* "20ms", "2s"; empty: what stands there already. False: neither. */
static bool read_time(const char *text, int64_t *time)
{
    static const struct {
        const char *unit;
        int64_t ns;
    } units[] = {{"us", QS_MICROSECOND}, {"ms", QS_MILLISECOND}, {"s", QS_SECOND}};
    char *end;
    unsigned long number;

    if (!*text)
        return true;
    number = strtoul(text, &end, 10);
    for (size_t i = 0; i < 3; i++)
        if (end != text && !strcmp(end, units[i].unit) && number && number < 1000000) {
            *time = (int64_t)number * units[i].ns;
            return true;
        }
    return false;
}

static bool read_seed(const char *text, uint64_t *seed)
{
    char *end;

    *seed = strtoull(text, &end, 0);
    return *text && !*end;
}

static bool read_word(struct debug *debug, const char *word, const char *value)
{
    if (!strcmp(word, "slow"))
        return read_time(value, (debug->slow_ns = SLOW, &debug->slow_ns));
    if (!strcmp(word, "shutdown"))
        return read_time(value, (debug->shutdown_ns = SHUTDOWN, &debug->shutdown_ns));
    if (!strcmp(word, "seed"))
        return read_seed(value, &debug->seed);
    if (*value)
        return false;
    bool all = !strcmp(word, "all");
    if (all) {
        debug->slow_ns = debug->slow_ns ? debug->slow_ns : SLOW;
        debug->shutdown_ns = debug->shutdown_ns ? debug->shutdown_ns : SHUTDOWN;
    }
    if (!strcmp(word, "virtual"))
        return debug->virtual_clock = true;
    if (all || !strcmp(word, "handles"))
        debug->handles = true;
    if (all || !strcmp(word, "overrun"))
        debug->overrun = true;
    if (all || !strcmp(word, "leaks"))
        debug->leaks = true;
    return all || !strcmp(word, "handles") || !strcmp(word, "overrun") || !strcmp(word, "leaks");
}

static void complain(const struct debug *debug, const char *word)
{
    struct line line = {.len = 0};

    line_text(&line, "quiesce: QS_DEBUG: \"");
    line_word(&line, word);
    line_text(&line,
              "\" means nothing; there are slow=TIME, shutdown=TIME, handles, overrun, leaks, all, "
              "seed=N and virtual, with commas between; a TIME is like 20ms");
    line_write(&line, debug->fd);
}

void debug_read(struct debug *debug, int fd)
{
    const char *text = getenv("QS_DEBUG");

    *debug = (struct debug){.fd = fd};
    while (text && *text) {
        char word[32] = "";
        size_t len = strcspn(text, ",");
        char *value;

        memcpy(word, text, len < sizeof(word) - 1 ? len : sizeof(word) - 1);
        text += len + (text[len] != '\0');
        value = strchr(word, '=');
        if (value)
            *value++ = '\0';
        if (!read_word(debug, word, value ? value : ""))
            complain(debug, word);
    }
    debug->on =
        debug->slow_ns || debug->shutdown_ns || debug->handles || debug->overrun || debug->leaks;
}
