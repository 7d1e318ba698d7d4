/* scratch.h - the folders that a trial may write in: work (its cwd), tmp (TMPDIR), home (HOME). */
#ifndef SIGSWEEP_SCRATCH_H
#define SIGSWEEP_SCRATCH_H

#include "support/error.h"
#include "trial/record.h"

#include <stdbool.h>

struct scratch {
    char *base; /* the worker's own folder, made by scratch_open */
    char *root; /* base/N: holds work, tmp, home, and out (a stdout: file) */
    char *work, *tmp, *home, *out;
    unsigned count; /* N of the next root */
    bool keep;      /* roots are never removed, for a person to look at */
    bool ready;     /* root stands, empty, and may be used */
    char **start;   /* sorted paths that were there when the program started */
    size_t start_n;
};

/* Makes `parent`/sigsweep-XXXXXX. 0 or -errno with a message. */
int scratch_open(struct scratch *s, const char *parent, struct error *err);
/* Makes it ready for a trial: empty folders, or work as a copy of `copy`. An area that a trial left
 * untouched is used again, which saves making eight directories a trial. */
int scratch_begin(struct scratch *s, const char *copy, struct error *err);
/* Notes what is there now; scratch_scan then leaves these out. Call it after set-up commands. */
void scratch_mark(struct scratch *s);
/* Lists what was added since scratch_mark into r->files, sorted by path. */
void scratch_scan(struct scratch *s, struct record *r);
/* Removes what a trial left; keeps the area when it is as new. */
void scratch_end(struct scratch *s);
void scratch_close(struct scratch *s, bool keep);

/* Removes a tree, never following links, entering what it may not read after a chmod. 0/-errno. */
int tree_remove(const char *path);
/* Copies a tree, reflinking files where the file system can. 0 or -errno with a message. */
int tree_copy(const char *from, const char *to, struct error *err);

#endif
