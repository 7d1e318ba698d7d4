/* files.c - what became of the files: left, torn, changed. Without an expectation a file may be as
 * the program started with it, or as an uninterrupted run leaves it: nothing between. */
#include "judge/check.h"
#include "support/subject.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TORN_LISTED 20 /* findings; the further files are counted in a last one */

static const struct left_file *find(const struct record *r, const char *path)
{
    size_t low = 0, high = r->files_n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(r->files[middle].path, path);

        if (order == 0)
            return &r->files[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* "work/a" is "a": expectations are written as the program sees its folder. */
static const char *shown(const char *path)
{
    return strncmp(path, "work/", 5) == 0 ? path + 5 : path;
}

int files_rule(const struct scenario *s, const char *path)
{
    for (size_t i = 0; i < s->expect.files_as_n; i++) {
        if (fnmatch(s->expect.files_as[i].pattern, shown(path), 0) == 0)
            return (int)s->expect.files_as[i].rule;
    }
    return NOT_GIVEN;
}

/* The user asked for that file: an option, an argument, a part of one. */
static bool is_named(const struct scenario *s, const char *path)
{
    const char *name = shown(path);

    for (char **arg = s->program.command; arg != NULL && *arg != NULL; arg++) {
        if (arg != s->program.command && strstr(*arg, name) != NULL)
            return true;
    }
    return false;
}

static bool is_same(const struct left_file *a, const struct left_file *b)
{
    if (a->state != b->state || a->type != b->type)
        return false;
    if (a->state == FILE_REMOVED || a->type != 'f')
        return true;
    return a->size == b->size && (!a->hashed || !b->hashed || a->hash == b->hash);
}

/* Its permissions are neither those of the start nor those that an uninterrupted run gives it. */
static bool has_wrong_mode(const struct left_file *f, const struct left_file *whole)
{
    if (f->state == FILE_REMOVED || f->type == 'l')
        return false;
    if (whole != NULL && whole->state != FILE_REMOVED && f->mode == whole->mode)
        return false;
    if (f->state == FILE_CHANGED)
        return f->mode != f->was_mode;
    return whole != NULL && whole->state == f->state;
}

static void state_text(struct buf *b, const struct left_file *f)
{
    if (f == NULL)
        buf_adds(b, "as at the start");
    else if (f->state == FILE_REMOVED)
        buf_adds(b, "gone");
    else if (f->type == 'f')
        buf_addf(b, "%" PRIu64 " bytes, contents %016" PRIx64, f->size, f->hash);
    else if (f->type == 'd')
        buf_adds(b, "a folder");
    else
        buf_addf(b, "no regular file (%c)", f->type);
    if (f != NULL && f->state != FILE_REMOVED)
        buf_addf(b, ", permissions %04o", f->mode);
    if (f != NULL && f->state == FILE_CHANGED && f->was_mode != f->mode)
        buf_addf(b, " (at the start %04o)", f->was_mode);
}

static void report(const struct view *v, const struct left_file *f, const struct left_file *whole,
                   bool warning)
{
    struct buf seen = {0}, expected = {0};
    char *message, *subject = subject_of(f->path);

    state_text(&seen, f);
    if (f->state == FILE_NEW)
        buf_adds(&expected, "absent, or as an uninterrupted run leaves it: ");
    else
        buf_adds(&expected, "as at the start, or as an uninterrupted run leaves it: ");
    state_text(&expected, whole);
    if (f->type == 'd' || (whole != NULL && is_same(f, whole)))
        message = mem_printf("the permissions of a %s are neither as before nor as they should "
                             "become: %.200s",
                             f->type == 'd' ? "folder" : "file", f->path);
    else if (f->state == FILE_NEW && is_named(v->s, f->path) && whole != NULL && f->type == 'f')
        message = mem_printf("a partial output was left: %.200s, %" PRIu64 " of %" PRIu64 " bytes",
                             f->path, f->size, whole->size);
    else if (f->state == FILE_NEW && whole != NULL && whole->unstable)
        message = mem_printf("a file was made and left empty: %.200s", f->path);
    else if (f->state == FILE_NEW)
        message = mem_printf("a file is incomplete: %.200s", f->path);
    else if (f->state == FILE_REMOVED)
        message = mem_printf("a file that was there is gone: %.200s", f->path);
    else
        message = mem_printf("a file that was there is neither as before nor as it should become: "
                             "%.200s",
                             f->path);
    (warning && !v->s->expect.strict ? findings_warn : findings_add)(
        v->out, KIND_FILE_TORN, subject, message, expected.data, seen.data);
    buf_free(&seen);
    buf_free(&expected);
    free(message);
    free(subject);
}

/* A time or a random number in it: nothing can be said of its contents. But one that was there and
 * is emptied is harmed all the same, and one that was made and never written is told. A new one
 * that is short may be a log, which is kept on purpose. */
static bool is_cut(const struct left_file *f, const struct left_file *whole, int rule)
{
    if (f->state == FILE_REMOVED || (f->state == FILE_NEW && rule == FILE_UNCHANGED))
        return false;
    return whole->steady && f->type == 'f' && f->size == 0 && whole->size != 0;
}

/* Who made it may look at its size, or write it later: nobody loses by it what was there. */
static bool is_only_incomplete(const struct view *v, const struct left_file *f,
                               const struct left_file *whole)
{
    return f->state == FILE_NEW && (is_named(v->s, f->path) || (whole != NULL && whole->unstable));
}

/* One that the trial made is file-left's business when an uninterrupted run does not leave it. */
static bool is_torn(const struct left_file *f, const struct left_file *whole, int rule)
{
    if (rule == FILE_ANY || rule == FILE_ABSENT)
        return false;
    if (whole != NULL && whole->unstable)
        return is_cut(f, whole, rule);
    if (rule == FILE_UNCHANGED)
        return f->state != FILE_NEW;
    if (f->type == 'd')
        return has_wrong_mode(f, whole);
    if (whole == NULL)
        return f->state != FILE_NEW;
    return !is_same(f, whole) || has_wrong_mode(f, whole);
}

/* `whole`: files that must be as an uninterrupted run leaves them, and are not even begun. */
static void check_missing(const struct view *v)
{
    for (size_t i = 0; v->s->expect.files_as_n != 0 && i < v->baseline->files_n; i++) {
        const struct left_file *whole = &v->baseline->files[i];
        struct buf expected = {0};
        char *message;

        if (files_rule(v->s, whole->path) != FILE_WHOLE || find(v->r, whole->path) != NULL)
            continue;
        state_text(&expected, whole);
        message =
            mem_printf("a file is not as an uninterrupted run leaves it: %.200s", whole->path);
        findings_add(v->out, KIND_FILE_TORN, whole->path, message, expected.data,
                     whole->state == FILE_NEW ? "absent" : "as at the start");
        buf_free(&expected);
        free(message);
    }
}

void check_torn(const struct view *v)
{
    size_t n = 0;

    if (v->baseline == NULL) {
        if (files_want_baseline(v))
            findings_untested(v->out, "files: there is no uninterrupted run to compare with");
        return;
    }
    for (size_t i = 0; i < v->r->files_n; i++) {
        const struct left_file *f = &v->r->files[i], *whole = find(v->baseline, f->path);
        int rule = files_rule(v->s, f->path);

        if (!is_torn(f, whole, rule) || n++ >= TORN_LISTED)
            continue;
        report(v, f, whole, rule == NOT_GIVEN && is_only_incomplete(v, f, whole));
    }
    if (n > TORN_LISTED) {
        char *seen = mem_printf("%zu more", n - TORN_LISTED);
        findings_add(v->out, KIND_FILE_TORN, "(others)", "more files are torn than are listed",
                     "none", seen);
        free(seen);
    }
    check_missing(v);
}

bool file_needs_baseline(const struct scenario *s, const char *path)
{
    int rule = files_rule(s, path);

    return rule != FILE_ANY && rule != FILE_ABSENT;
}

bool files_want_baseline(const struct view *v)
{
    for (size_t i = 0; i < v->s->expect.files_as_n; i++) {
        if (v->s->expect.files_as[i].rule == FILE_WHOLE)
            return true;
    }
    for (size_t i = 0; i < v->r->files_n; i++) {
        if (v->r->files[i].type != 'd' && file_needs_baseline(v->s, v->r->files[i].path))
            return true;
    }
    return false;
}
