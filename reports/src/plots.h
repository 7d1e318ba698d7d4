/* plots.h - the pictures of a run: data, scripts, and, where gnuplot is there, SVG and PNG. */
#ifndef SIGSWEEP_PLOTS_H
#define SIGSWEEP_PLOTS_H

#include "digest.h"
#include "report.h"
#include "support/buf.h"

#include <stdbool.h>

/* Where one picture is written; drawing goes on without gnuplot, with one note. */
struct plots {
    const char *dir;
    char *templates; /* NULL: not found */
    bool gnuplot_gone;
    struct report_written *written;
};

/* All pictures into dir, which exists. 0, or -errno: a file can't be written, or trial (>= 0) does
 * not exist. */
int plots_write(const struct digest *d, const char *dir, int64_t trial,
                struct report_written *written, struct error *err);

/* Writes NAME.dat and NAME.gp and draws them. */
int plots_picture(struct plots *p, const char *template, const char *name, const struct buf *data,
                  const struct buf *settings, struct error *err);
/* `key = value` and `key = 'text'` for a script. */
void plots_number(struct buf *settings, const char *key, double value);
void plots_text(struct buf *settings, const char *key, const char *value);
/* A label at pixel (x, y from the top) of a picture. align: left right center. */
void plots_label(struct buf *settings, double x, double y, const char *align, const char *color,
                 const char *text);

int plots_latency(const struct digest *d, struct plots *p, struct error *err);
int plots_timeline(const struct digest *d, int64_t trial, struct plots *p, struct error *err);
/* A strip of outcomes for each sweep, a heat map for each sweep of pairs. */
int plots_sweeps(const struct digest *d, struct plots *p, struct error *err);

#endif
