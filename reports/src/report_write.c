#include "digest.h"
#include "formats.h"
#include "gnuplot.h"
#include "plots.h"
#include "report.h"
#include "support/buf.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *const report_formats[] = {"junit", "json", "markdown", "lcov", "plots", "all", NULL};

static const struct text_format {
    const char *name, *file;
    void (*make)(const struct digest *d, struct buf *out);
} texts[] = {{"junit", "junit.xml", report_junit},
             {"json", "summary.json", report_json},
             {"markdown", "summary.md", report_markdown}};

#define TEXTS (sizeof(texts) / sizeof(texts[0]))

void report_written_path(struct report_written *w, char *path)
{
    w->paths = mem_grow(w->paths, w->paths_n + 1, sizeof(*w->paths));
    w->paths[w->paths_n++] = path;
}

void report_written_note(struct report_written *w, char *text)
{
    w->notes = mem_grow(w->notes, w->notes_n + 1, sizeof(*w->notes));
    w->notes[w->notes_n++] = text;
}

void report_written_free(struct report_written *w)
{
    for (size_t i = 0; i < w->paths_n; i++)
        free(w->paths[i]);
    for (size_t i = 0; i < w->notes_n; i++)
        free(w->notes[i]);
    free(w->paths);
    free(w->notes);
    *w = (struct report_written){0};
}

static int make_folder(const char *path, struct error *err)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return 0;
    return error_set(err, -errno, "%s: can't make the folder: %s", path, strerror(errno));
}

/* path NULL: stdout. */
static int put_text(const struct buf *text, const char *path, struct report_written *written,
                    struct error *err)
{
    int rc = 0;

    if (path != NULL) {
        if ((rc = gnuplot_write(path, text, err)) == 0)
            report_written_path(written, mem_strdup(path));
    } else if ((text->len != 0 && fwrite(text->data, 1, text->len, stdout) != text->len) ||
               fflush(stdout) != 0) {
        rc = error_set(err, errno != 0 ? -errno : -EIO, "stdout: %s", strerror(errno));
    }
    return rc;
}

static int write_text(const struct digest *d, const struct text_format *f, const char *path,
                      struct report_written *written, struct error *err)
{
    struct buf text = {0};
    int rc;

    f->make(d, &text);
    rc = put_text(&text, path, written, err);
    buf_free(&text);
    return rc;
}

/* if_any: a run that has no coverage writes no file. */
static int write_lcov(const struct digest *d, const char *path, bool if_any,
                      struct report_written *written, struct error *err)
{
    struct buf text = {0};
    int64_t unplaced = 0;
    int rc = report_lcov(d, &text, &unplaced, err);

    if (rc == 0 && (text.len != 0 || !if_any))
        rc = put_text(&text, path, written, err);
    if (rc == 0 && unplaced != 0 && (text.len != 0 || !if_any))
        report_written_note(written,
                            mem_printf("coverage: %" PRId64 " signals landed where no source line "
                                       "is known; they are left out",
                                       unplaced));
    if (rc == 0 && text.len == 0 && !if_any)
        report_written_note(written, mem_strdup("coverage: no signal of a sweep landed where a "
                                                "source line is known; is the program built with "
                                                "-g?"));
    buf_free(&text);
    return rc;
}

static int write_plots(const struct digest *d, const char *dir, int64_t trial,
                       struct report_written *written, struct error *err)
{
    int rc = make_folder(dir, err);

    return rc < 0 ? rc : plots_write(d, dir, trial, written, err);
}

static int write_all(const struct digest *d, const char *dir, int64_t trial,
                     struct report_written *written, struct error *err)
{
    char *path;
    int rc = make_folder(dir, err);

    for (size_t i = 0; i < TEXTS && rc == 0; i++) {
        path = mem_printf("%s/%s", dir, texts[i].file);
        rc = write_text(d, &texts[i], path, written, err);
        free(path);
    }
    if (rc < 0)
        return rc;
    path = mem_printf("%s/coverage.info", dir);
    rc = write_lcov(d, path, true, written, err);
    free(path);
    if (rc < 0)
        return rc;
    path = mem_printf("%s/plots", dir);
    rc = write_plots(d, path, trial, written, err);
    free(path);
    return rc;
}

static int write_format(const struct digest *d, const char *format, const char *out, int64_t trial,
                        struct report_written *written, struct error *err)
{
    char *report = mem_printf("%s/report", d->log->dir), *plots = mem_printf("%s/plots", report);
    int rc = -EINVAL;

    if (strcmp(format, "all") == 0) {
        rc = write_all(d, out != NULL ? out : report, trial, written, err);
    } else if (strcmp(format, "plots") == 0) {
        rc = out != NULL ? 0 : make_folder(report, err);
        if (rc == 0)
            rc = write_plots(d, out != NULL ? out : plots, trial, written, err);
    } else if (strcmp(format, "lcov") == 0) {
        rc = write_lcov(d, out, false, written, err);
    } else {
        for (size_t i = 0; i < TEXTS; i++)
            if (strcmp(format, texts[i].name) == 0)
                rc = write_text(d, &texts[i], out, written, err);
    }
    free(report);
    free(plots);
    return rc;
}

int report_write_to(const char *run_dir, const char *format, const char *out,
                    int64_t timeline_trial, struct report_written *written, struct error *err)
{
    struct report_written ignored = {0};
    struct runlog log;
    struct digest d;
    size_t i = 0;
    int rc;

    while (report_formats[i] != NULL && strcmp(report_formats[i], format) != 0)
        i++;
    if (report_formats[i] == NULL)
        return error_set(err, -EINVAL,
                         "no report format \"%s\"; there are: junit json markdown lcov plots all",
                         format);
    if ((rc = runlog_open(run_dir, &log, err)) < 0)
        return rc;
    if ((rc = digest_make(&log, &d, err)) == 0) {
        rc = write_format(&d, format, out, timeline_trial, written != NULL ? written : &ignored,
                          err);
        digest_free(&d);
    }
    runlog_close(&log);
    report_written_free(&ignored);
    return rc;
}

int report_write(const char *run_dir, const char *format, const char *out, struct error *err)
{
    return report_write_to(run_dir, format, out, -1, NULL, err);
}
