#include "scenario/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, struct buf *text)
{
    char block[16384];

    for (;;) {
        ssize_t got = read(fd, block, sizeof(block));

        if (got == 0)
            return 0;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (text->len + (size_t)got > SOURCE_MAX)
            return -EFBIG;
        buf_add(text, block, (size_t)got);
    }
}

int source_read(struct source *src, const char *path, struct error *err)
{
    struct stat st;
    int fd, rc = 0;

    *src = (struct source){.path = path};
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        rc = -errno;
    else if (S_ISDIR(st.st_mode))
        rc = -EISDIR;
    else
        rc = read_all(fd, &src->text);
    if (fd >= 0)
        close(fd);
    if (rc == -EFBIG)
        return error_set(err, rc, "larger than 1 MiB: this can't be a scenario");
    if (rc == -EISDIR)
        return error_set(err, rc, "is a directory; name the YAML file in it");
    if (rc < 0)
        return error_set(err, rc, "can't be read: %s", strerror(-rc));
    buf_add(&src->text, "", 0);
    if (memcmp(src->text.data, "\xef\xbb\xbf", src->text.len < 3 ? src->text.len + 1 : 3) == 0) {
        src->text.len -= 3; /* a byte order mark, which would shift the columns of line 1 */
        memmove(src->text.data, src->text.data + 3, src->text.len + 1);
    }
    return 0;
}

void source_free(struct source *src)
{
    buf_free(&src->text);
}

/* Well-formed sequences, The Unicode Standard, table 3-7. */
size_t utf8_length(const unsigned char *p, size_t len, unsigned *code)
{
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};

    if (n == 0 || n > len || p[0] > 0xf4)
        return 0;
    *code = n == 1 ? p[0] : p[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (p[i] & 0x3f);
    }
    if (*code < least[n] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
        return 0;
    return n;
}

/* Bytes of the line break at p, or 0. libyaml also ends lines at NEL, LS and PS (YAML 1.1). */
static size_t break_length(const char *p, size_t len)
{
    if (len >= 2 && p[0] == '\r' && p[1] == '\n')
        return 2;
    if (len >= 1 && (p[0] == '\n' || p[0] == '\r'))
        return 1;
    if (len >= 2 && memcmp(p, "\xc2\x85", 2) == 0)
        return 2;
    if (len >= 3 && (memcmp(p, "\xe2\x80\xa8", 3) == 0 || memcmp(p, "\xe2\x80\xa9", 3) == 0))
        return 3;
    return 0;
}

/* The characters of the reader in libyaml, which are those of YAML 1.1. */
static const char *character_problem(unsigned code)
{
    if (code == 0)
        return "a NUL byte: this is not a text file";
    if (code == 0xfeff)
        return "a byte order mark in the middle of the text";
    if (code == '\t' || code == '\n' || code == '\r' || code == 0x85)
        return NULL;
    if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xfffe || code == 0xffff)
        return "a control character; in double quotes it can be written as \"\\x1b\"";
    return NULL;
}

const char *source_check(const struct source *src, struct place *at)
{
    const char *text = src->text.data;
    size_t len = src->text.len, i = 0;

    *at = (struct place){1, 1, 1};
    while (i < len) {
        unsigned code = 0;
        size_t n = utf8_length((const unsigned char *)text + i, len - i, &code);
        size_t line_break = break_length(text + i, len - i);
        const char *problem =
            n == 0 ? "not UTF-8; save the file as UTF-8" : character_problem(code);

        if (problem != NULL)
            return problem;
        if (line_break != 0) {
            at->line++;
            at->col = 1;
            i += line_break;
        } else {
            at->col++;
            i += n;
        }
    }
    return NULL;
}

size_t source_line(const struct source *src, unsigned line, const char **text)
{
    const char *p = src->text.data, *end = src->text.data + src->text.len;
    size_t len = 0;

    while (line > 1 && p < end) {
        size_t line_break = break_length(p, (size_t)(end - p));
        if (line_break != 0)
            line--;
        p += line_break != 0 ? line_break : 1;
    }
    while (p + len < end && break_length(p + len, (size_t)(end - p) - len) == 0)
        len++;
    *text = p;
    return len;
}
