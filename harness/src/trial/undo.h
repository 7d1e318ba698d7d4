/* undo.h - a copy may change what is in the trial's own folders: first is noted what they hold,
 * what it removes is moved aside, and at its end all is put back for the original, and compared
 * with what was noted. Private to trial/. */
#ifndef SIGSWEEP_UNDO_H
#define SIGSWEEP_UNDO_H

#include "trial/arch.h"
#include "trial/scratch.h"

#include <sys/stat.h>

/* Folders that hold more are not put back: copies that change them are replayed. */
#define HELD_FILES   256
#define HELD_BYTES   (1 << 20)
#define CHANGES_MOST 1000      /* calls of one copy */
#define WRITTEN_MOST (4 << 20) /* bytes that one copy may write */

/* A file or folder, before a copy changed anything. */
struct held {
    char *path; /* absolute */
    struct stat st;
    int64_t place;        /* where its folder lists it: d_off of getdents64(2) */
    unsigned char *bytes; /* of a regular file; NULL: none, or not asked for */
};

/* Folders before what is in them, each in the order in which it is listed. */
struct folders {
    struct held *list;
    size_t n;
    uint64_t bytes;
};

/* What the copy that runs has removed. */
struct aside {
    dev_t device;
    ino_t inode;
    char *was; /* its path */
};

struct undo {
    const struct scratch *scratch;
    char *room;          /* the folder in which what was removed waits; NULL: not made yet */
    struct folders held; /* what the original left there */
    bool known;          /* ... and it is still so */
    const char *refused; /* why they can't be put back, as they are now; NULL */
    const char *never;   /* why not from now on, whatever they hold; NULL */

    /* Of the copy that runs. */
    pid_t original;
    bool begun; /* it may have changed something */
    bool wrote; /* it may have changed what a file holds */
    unsigned changes;
    uint64_t written;
    struct aside *asides;
    size_t asides_n;
};

struct undo *undo_open(const struct scratch *s);
void undo_close(struct undo *u); /* u may be NULL */
/* The original is about to make a call; changes: it may change files. */
void undo_call(struct undo *u, const struct arch_call *call, bool changes);

/* hold.c */
/* What the trial's folders hold. NULL, or why they can't be put back. */
const char *folders_take(struct folders *f, const struct scratch *s, bool contents);
void folders_free(struct folders *f);
/* To the same inodes, in the same order; times of access and of change of status apart. */
bool folders_same(const struct folders *a, const struct folders *b, bool contents);
/* The next one from i on that is right in this folder; n: none. */
size_t folders_next(const struct folders *f, const char *folder, size_t i);
/* What is in it is listed in the same order; places: and at the same places. */
bool folders_listed_alike(const struct folders *a, const struct folders *b, const char *folder,
                          bool places);
const struct held *folders_find(const struct folders *f, const struct stat *st);
/* Reads a file that has this size. NULL: it can't be; the caller frees. */
unsigned char *held_read(const char *path, size_t size);

/* A copy of the original is about to change something. NULL, or why that can't be put back. */
const char *undo_begin(struct undo *u, pid_t original);
/* Moves it away in the place of the process, which is about to remove or replace it. */
bool undo_set_aside(struct undo *u, const char *path, const struct held *h);
/* ... and back, the last one: it was not removed. */
bool undo_take_back(struct undo *u);
bool undo_is_aside(const struct undo *u, const struct stat *st);
/* The path of a file that the copy removed, as the kernel would name it: changes it in place. */
void undo_name(const struct undo *u, char *path, size_t room);
/* Where something that is aside waits; the caller frees. */
char *undo_place(const struct undo *u, const struct stat *st);
/* To a name that is free. */
bool undo_move(const char *from, const char *to);
void asides_free(struct undo *u);

/* put_back.c */
/* The copy is gone: all as it was. False: it is not, or that is not known. */
bool undo_put_back(struct undo *u);

/* reach.c */
struct copied;
#define REACH_OUTSIDE "it changes files outside of its own folders"
/* The path that a copy's call names, without links, relative to dir_fd (or AT_FDCWD); follow: a
 * link at its end, too. NULL and out (PATH_MAX bytes); or why it is not in the trial's folders. */
const char *reach(const struct copied *c, int dir_fd, uint64_t path, bool follow, char *out);
/* It is one of the trial's folders, or in one. */
bool reach_is_own(const struct scratch *s, const char *path);

/* changes.c: a call of a copy that may change files. NULL, or why the copy can't make it. */
const char *copy_changes(struct copied *c, const struct arch_call *call);
const char *copy_opens(struct copied *c, int dir_fd, uint64_t path, uint64_t flags);
/* To a file that the original has open too. */
const char *copy_writes(struct copied *c, const struct stat *st);
/* The call has ended. NULL, or why the copy can't go on. */
const char *copy_changed(struct copied *c, const struct arch_call *call, long result);
/* It asks for what would show that a file was not removed, but moved aside. */
bool copy_uses_removed(const struct copied *c, const struct arch_call *call);

#endif
