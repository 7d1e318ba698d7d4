/* gnuplot.h - writes a picture's script from a template and has gnuplot draw it. */
#ifndef SIGSWEEP_GNUPLOT_H
#define SIGSWEEP_GNUPLOT_H

#include "support/buf.h"
#include "support/error.h"

#define GNUPLOT_SECONDS 60 /* for one picture; then gnuplot is ended and a note says so */

/* The folder of the templates: $SIGSWEEP_PLOTS, ROOT/reports/plots for ROOT/build/bin/sigsweep, or
 * PREFIX/share/sigsweep/plots for PREFIX/bin/sigsweep. NULL with a message; the caller frees. */
char *gnuplot_templates(struct error *err);

/* Writes DIR/NAME.gp: the settings (gnuplot assignments) followed by TEMPLATES/TEMPLATE.gp. */
int gnuplot_script(const char *templates, const char *template, const char *dir, const char *name,
                   const struct buf *settings, struct error *err);

/* Runs `gnuplot NAME.gp` in DIR, without a shell. 0, -ENOENT: there is no gnuplot, or another
 * -errno; what it complained about goes into err. */
int gnuplot_run(const char *dir, const char *name, struct error *err);

/* A gnuplot string literal that is taken as it is. */
void gnuplot_quote(struct buf *out, const char *text);

/* Writes a whole file; 0 or -errno with a message. */
int gnuplot_write(const char *path, const struct buf *text, struct error *err);

#endif
