/* scratch.h - the folders that a trial may write in: work (its cwd), tmp (TMPDIR), home (HOME). */
#ifndef SIGSWEEP_SCRATCH_H
#define SIGSWEEP_SCRATCH_H

#include "support/error.h"
#include "trial/record.h"

#include <stdbool.h>

struct scratch {
    int lock_fd; /* held as long as this process lives; -1: none */
    char *base;  /* the worker's own folder, made by scratch_open */
    char *root;  /* base/N: holds work, tmp, home, and out (a stdout: file) */
    char *work, *tmp, *home, *out;
    const char *here;        /* a folder of the user's that is `work`; NULL: one of its own */
    unsigned count;          /* N of the next root */
    bool keep;               /* roots are never removed, for a person to look at */
    bool ready;              /* root stands, empty, and may be used */
    struct left_file *start; /* what was there when the program started, by path */
    size_t start_n;
    char *const *watch; /* folders elsewhere that are looked at too; NULL: none */
    int *watch_fds;     /* each is locked for the trial */
    /* A large copy need not be made again when nothing in it was touched. */
    char *stays;        /* the folder that work is a copy of, if that may stay; owned */
    unsigned work_mode; /* of work, at the mark */
    bool unchanged;     /* the last scan found everything as at the mark */
    bool reused;        /* by scratch_begin: the copy of the trial before stands, with its mark */
};

/* The folder that scratch folders are made in: the one given, else TMPDIR, else /tmp. */
const char *scratch_parent(const char *given);
/* Marks base as in use, until this process ends; the descriptor, or -1. */
int scratch_lock(const char *base);
/* Makes `parent`/sigsweep-XXXXXX. 0 or -errno with a message. */
int scratch_open(struct scratch *s, const char *parent, struct error *err);
/* Makes it ready for a trial: empty folders, or work as a copy of `copy`. An area that a trial left
 * untouched is used again, which saves making eight directories a trial. */
int scratch_begin(struct scratch *s, const char *copy, struct error *err);
/* Makes the files that are there older, all by the same time. Nothing is done with a folder that is
 * not its own. */
void scratch_age(struct scratch *s);
/* Notes what is there now, with its contents. Call it after set-up commands. */
void scratch_mark(struct scratch *s);
void scratch_forget(struct scratch *s); /* the mark */
/* After the mark: the next trial may have this very copy, should this one leave it untouched. */
void scratch_may_stay(struct scratch *s, const char *copy);
/* Looks at these folders, too. They are the user's: nothing in them is put back or removed; other
 * workers' trials wait until scratch_end. 0 or -errno with a message. */
int scratch_watch(struct scratch *s, char *const *folders, struct error *err);
/* Lists what was added, changed or taken away since scratch_mark into r->files, by path. `earlier`
 * is a scan of the same execution before, whose hashes are used where the file was not touched
 * since, or NULL. */
void scratch_scan(struct scratch *s, struct record *r, const struct record *earlier);
/* Removes what a trial left; keeps the area when it is as new. */
void scratch_end(struct scratch *s);
void scratch_close(struct scratch *s, bool keep);

/* Removes a tree, never following links, entering what it may not read after a chmod. 0/-errno. */
int tree_remove(const char *path);
/* Copies a tree, reflinking files where the file system can. 0 or -errno with a message. */
int tree_copy(const char *from, const char *to, struct error *err);

#endif
