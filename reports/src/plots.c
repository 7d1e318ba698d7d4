#include "plots.h"

#include "gnuplot.h"
#include "support/buf.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

void plots_number(struct buf *settings, const char *key, double value)
{
    buf_addf(settings, "%s = %.9g\n", key, value);
}

void plots_text(struct buf *settings, const char *key, const char *value)
{
    buf_addf(settings, "%s = ", key);
    gnuplot_quote(settings, value);
    buf_adds(settings, "\n");
}

void plots_label(struct buf *settings, double x, double y, const char *align, const char *color,
                 const char *text)
{
    buf_adds(settings, "set label ");
    gnuplot_quote(settings, text);
    buf_addf(settings, " at screen %.1f/width,1 - %.1f/height %s tc rgb '%s' noenhanced\n", x, y,
             align, color);
}

static void drawn(struct plots *p, const char *name)
{
    static const char *const kinds[] = {"svg", "png"};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        char *path = mem_printf("%s/%s.%s", p->dir, name, kinds[i]);

        if (access(path, R_OK) == 0)
            report_written_path(p->written, path);
        else
            free(path);
    }
}

int plots_picture(struct plots *p, const char *template, const char *name, const struct buf *data,
                  const struct buf *settings, struct error *err)
{
    char *path = mem_printf("%s/%s.dat", p->dir, name);
    struct error why = {""};
    int rc = gnuplot_write(path, data, err);

    free(path);
    if (rc < 0 || p->templates == NULL)
        return rc;
    if ((rc = gnuplot_script(p->templates, template, p->dir, name, settings, err)) < 0 ||
        p->gnuplot_gone)
        return rc;
    rc = gnuplot_run(p->dir, name, &why);
    if (rc == 0) {
        drawn(p, name);
    } else {
        p->gnuplot_gone = rc == -ENOENT;
        report_written_note(p->written,
                            mem_printf("%s; the scripts and data are in %s", why.text, p->dir));
    }
    return 0; /* the run's verdict must not hang on a picture */
}

int plots_write(const struct digest *d, const char *dir, int64_t trial,
                struct report_written *written, struct error *err)
{
    struct plots p = {.dir = dir, .written = written};
    struct error why = {""};
    int rc;

    p.templates = gnuplot_templates(&why);
    if (p.templates == NULL)
        report_written_note(written,
                            mem_printf("no pictures: %s; the data are in %s", why.text, dir));
    rc = plots_latency(d, &p, err);
    if (rc == 0)
        rc = plots_timeline(d, trial, &p, err);
    if (rc == 0)
        rc = plots_sweeps(d, &p, err);
    free(p.templates);
    return rc;
}
