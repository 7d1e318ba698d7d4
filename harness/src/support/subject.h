/* subject.h - names that the program under test made up: of two executions they differ, and mean
 * the same. */
#ifndef SIGSWEEP_SUBJECT_H
#define SIGSWEEP_SUBJECT_H

#include <stdbool.h>

/* A path with what looks like mkstemp's letters masked: work/sedXXXXXX. What a finding is about is
 * told so, for the same cause to have the same subject in each run. The caller frees. */
char *subject_of(const char *path);
/* Whether two subjects are one. Masks tell only what looks random by itself; here two are compared,
 * and where they differ only within words of the same length, in nearly every letter, those were
 * drawn by chance: tmp/par461NV.tst is tmp/parIEKDz.tst. Nor do process ids make a difference:
 * tmp/lock.998 is tmp/lock.1004. */
bool subjects_same(const char *a, const char *b);

#endif
